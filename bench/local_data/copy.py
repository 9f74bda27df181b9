"""A local copy of a benchmark's data: its folder, and what its data.json says.

FOLDER/NAME/data.json, rows/CONFIG/SPLIT.jsonl, images/AB/ABCD….png
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bench import resources
from bench.errors import SourceError

FILE = "data.json"
SCHEMA = 1


class _Written(BaseModel):
    """Written by `bench data add`, read by programs: a later key is no error."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StoredFile(_Written):
    sha256: str
    bytes: int


class Source(_Written):
    kind: str
    name: str


class Table(_Written):
    """`id`, `document`, `group`, `references`: names of columns. `file` is below the folder."""

    config: str
    split: str
    file: str
    rows: int
    columns: dict[str, Any]
    id: str | None = None
    document: str | None = None
    group: str | None = None
    references: str | None = None


class Described(_Written):
    """data.json. `tsv`: column of VLMEvalKit's table -> column of the rows."""

    name: str
    hub: str | None = None
    tables: tuple[Table, ...]
    tsv: dict[str, str] | None = None
    files: dict[str, StoredFile]
    content_sha256: str
    source: Source
    added_at: str


@dataclass(frozen=True)
class Copy:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def described(self) -> Described:
        """SourceError where data.json is missing, broken, or of another version of bench."""
        path = self.folder / FILE
        try:
            values = json.loads(path.read_bytes())
        except OSError as error:
            raise _unreadable(path, f"cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise _unreadable(path, f"is no JSON: {error}") from None
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            found = values.get("schema") if isinstance(values, dict) else None
            raise _unreadable(path, f"has schema {found!r}, and this bench reads {SCHEMA}")
        try:
            return Described.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise _unreadable(path, f"{place}: {first['msg']}") from None

    @property
    def content_sha256(self) -> str:
        """Of the rows and the images' bytes; where they came from does not count."""
        return self.described.content_sha256

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.described.tables

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        """Of rows and images, in bytes."""
        return sum(one.bytes for one in self.described.files.values())


def copies_folder() -> Path:
    """Where copies lie: BENCH_DATA, else `data` below BENCH_HOME."""
    named = os.environ.get("BENCH_DATA")
    return Path(named).expanduser().resolve() if named else resources.home() / "data"


def stored_name(name: str) -> str:
    """The name of a copy: ours, where `name` is a spelling of it or one harness's name for it."""
    from bench.benchmarks import find_benchmark, homes_of

    found = find_benchmark(name)
    if found is not None:
        return found.name
    ours = {native.benchmark for native in homes_of(name) if native.benchmark}
    return ours.pop() if len(ours) == 1 else name


def find_copy(name: str) -> Copy | None:
    """The copy of a benchmark by any of its names; None where there is none."""
    folder = copies_folder()
    for one in dict.fromkeys((name, stored_name(name))):
        if "/" not in one and not one.startswith(".") and (folder / one / FILE).is_file():
            return Copy(folder / one)
    return None


def copies() -> Iterator[Copy]:
    """All copies, by name."""
    folder = copies_folder()
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".") and (path / FILE).is_file():
                yield Copy(path)


def _unreadable(path: Path, message: str) -> SourceError:
    return SourceError(
        path, message, hint=f"bench data add {path.parent.name} --from PATH --replace"
    )
