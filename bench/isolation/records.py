"""What BENCH_HOME says of an image: images/NAME-FLAVOUR-KEY-ENGINE/ready.json, written last."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import resources
from bench.environment import Environment

_FILE = "ready.json"


@dataclass(frozen=True)
class Record:
    """`digest` is the engine's own id of it, of a SIF the sha256 of the file; `reference` its name,
    of a SIF its path.
    """

    key: str
    reference: str
    digest: str
    python_version: str
    lock_sha256: str


def images_folder() -> Path:
    return resources.home() / "images"


def record_folder(planned: Environment, key: str, isolation: str) -> Path:
    return images_folder() / f"{planned.name}-{planned.flavour}-{key[:12]}-{isolation}"


def named(planned: Environment, key: str) -> str:
    """Its name in every engine: `localhost` keeps podman from asking registries for it."""
    return f"localhost/vlmhyperbench/{planned.name.lower()}:{planned.flavour}-{key[:12]}"


def read_record(folder: Path) -> Record | None:
    try:
        return Record(**json.loads((folder / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def records(name: str, flavour: str, isolation: str) -> list[Record]:
    """Of every image of this environment that was built or taken for the engine."""
    folders = sorted(images_folder().glob(f"{name}-{flavour}-*-{isolation}"))
    return [record for record in map(read_record, folders) if record]


def write_record(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / f"{_FILE}.part"
    staging.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    staging.replace(folder / _FILE)
