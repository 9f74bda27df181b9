"""A task folder written whole: built beside its place, then moved there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import jsonl
from bench.errors import UsageError
from bench.task import FILE


@dataclass(frozen=True)
class NewSample:
    """A row and the image file that it is about; the file's own bytes are kept."""

    id: str
    image: Path
    row: dict[str, Any]


def write_task(
    out: Path, described: dict[str, Any], samples: Sequence[NewSample], readme: str
) -> Path:
    """`out` must not exist, or be empty: nothing of a person's is written over."""
    with new_folder(out) as staging:
        (staging / "images").mkdir()
        rows = []
        for sample in samples:
            name = f"images/{sample.id}{sample.image.suffix.lower()}"
            shutil.copyfile(sample.image, staging / name)
            rows.append({"id": sample.id, "images": [name], **sample.row})
        jsonl.write(staging / "samples.jsonl", rows)
        write_yaml(staging / FILE, described)
        (staging / "README.md").write_text(readme, encoding="utf-8")
    return out


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `out` when the block ends, and is gone if the block raises."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already and is not empty", hint="name another --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise UsageError(f"{out}: cannot be made: {error.strerror}") from None
    try:
        yield staging
        os.chmod(staging, 0o755)  # noqa: S103, PTH101  (mkdtemp makes it private)
        if out.exists():
            out.rmdir()
        staging.rename(out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def write_yaml(path: Path, described: dict[str, Any]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.width = 100
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(described, file)
