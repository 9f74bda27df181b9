"""A task folder written whole: built beside its place, then moved there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
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
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already and is not empty", hint="name another --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        (staging / "images").mkdir()
        rows = []
        for sample in samples:
            name = f"images/{sample.id}{sample.image.suffix.lower()}"
            shutil.copyfile(sample.image, staging / name)
            rows.append({"id": sample.id, "images": [name], **sample.row})
        jsonl.write(staging / "samples.jsonl", rows)
        _write_yaml(staging / FILE, described)
        (staging / "README.md").write_text(readme, encoding="utf-8")
        os.chmod(staging, 0o755)  # noqa: S103, PTH101  (mkdtemp makes it private)
        if out.exists():
            out.rmdir()
        staging.rename(out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return out


def _write_yaml(path: Path, described: dict[str, Any]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.width = 100
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(described, file)
