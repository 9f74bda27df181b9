"""What takes long to read in YAML as JSON beside it, with the hash of what it was made from.

Parsing configs/benchmarks.yaml takes seconds, and `bench task list` must not. `python -m
tools.catalogue` writes configs/compiled; where a source was edited since, the source is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bench import resources

PRESENT = "benchmarks.yaml"
ABSENT = "benchmarks_absent.yaml"


def configs() -> Path:
    return resources.folder("configs")


@cache
def values(name: str) -> dict[str, Any]:
    """The values of configs/NAME; SourceError where the YAML is wrong."""
    source = configs() / name
    found = kept(Path(name).stem, digest([source]))
    return parsed(source) if found is None else found


def parsed(source: Path) -> dict[str, Any]:
    from bench import yaml
    from bench.errors import SourceError

    found = yaml.load(source).values
    if not isinstance(found, dict):
        raise SourceError(source, "must be a mapping of names to benchmarks")
    return {str(name): one for name, one in found.items()}


def kept(stem: str, sha256: str) -> Any:
    """What configs/compiled/STEM.json holds; None where it was made from something else."""
    try:
        found = json.loads(path_of(stem).read_bytes())
    except (OSError, ValueError):
        return None
    made = isinstance(found, dict) and found.get("sha256") == sha256
    return found.get("values") if made else None


def keep(stem: str, sha256: str, made: Mapping[str, Any]) -> Path:
    path = path_of(stem)
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"sha256": sha256, "values": made}, ensure_ascii=False, indent=0)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def path_of(stem: str) -> Path:
    return configs() / "compiled" / f"{stem}.json"


def digest(paths: Iterable[Path]) -> str:
    """sha256 over the files' names and bytes, in this order."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
