"""Whether a copy still holds what it was added with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import jsonl
from bench.errors import SourceError
from bench.local_data.copy import FILE, Copy, Described
from bench.local_data.writing import content_of, row_bytes

Fault = Literal["missing", "changed", "extra", "unreadable"]
_SEVERAL = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Finding:
    """`place` is below the copy's folder."""

    place: str
    fault: Fault
    said: str = ""


def verify(copy: Copy) -> tuple[Finding, ...]:
    """Every file that is missing, changed or extra; empty where the copy is whole. Reads all."""
    try:
        described = copy.described
    except SourceError as error:
        return (Finding(FILE, "unreadable", error.message),)
    found = [
        Finding(place, fault)
        for place, wanted in described.files.items()
        if (fault := _fault(copy.folder / place, wanted.sha256, wanted.bytes)) is not None
    ]
    known = {*described.files, FILE}
    for path in sorted(copy.folder.rglob("*")):
        place = path.relative_to(copy.folder).as_posix()
        if not path.is_dir() and place not in known:
            found.append(Finding(place, "extra"))
    if not found and _content(copy.folder, described) != described.content_sha256:
        found.append(Finding(FILE, "changed", "the rows have another hash than it says"))
    return tuple(found)


def _fault(path: Path, sha256: str, size: int) -> Fault | None:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != size:
        return "changed"
    total = hashlib.sha256()
    with path.open("rb") as file:
        while content := file.read(_SEVERAL):
            total.update(content)
    return None if total.hexdigest() == sha256 else "changed"


def _content(folder: Path, described: Described) -> str:
    digests = []
    for table in described.tables:
        rows = hashlib.sha256()
        for row in jsonl.read(folder / table.file):
            rows.update(row_bytes(row))
        digests.append([table.config, table.split, rows.hexdigest()])
    return content_of(digests)
