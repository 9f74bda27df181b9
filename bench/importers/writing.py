"""A task folder written whole: built beside its place, then moved there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

    @property
    def stored(self) -> str:
        """The image's place in the task's folder."""
        return f"images/{self.id}{self.image.suffix.lower()}"


def write_task(
    out: Path,
    described: dict[str, Any],
    samples: Sequence[NewSample],
    readme: str,
    more: Mapping[str, Iterable[dict[str, Any]]] | None = None,
) -> Path:
    """`out` must not exist, or be empty: nothing of a person's is written over.

    `more`: rows of further members about the same images, by file name.
    """
    with new_folder(out) as staging:
        (staging / "images").mkdir()
        rows = []
        for sample in samples:
            shutil.copyfile(sample.image, staging / sample.stored)
            rows.append({"id": sample.id, "images": [sample.stored], **sample.row})
        for file, written in {"samples.jsonl": rows, **(more or {})}.items():
            jsonl.write(staging / file, written)
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
