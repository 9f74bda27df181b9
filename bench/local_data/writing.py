"""Tables of a source -> rows/, images/ and data.json in a folder that is being made."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench import jsonl
from bench.benchmarks.entry import DataShape
from bench.errors import SourceError, UsageError
from bench.importers.row import Row
from bench.local_data.columns import (
    ColumnType,
    Kept,
    MisfitError,
    StoredImage,
    merged,
    parsed,
    read_off,
    same_value,
    settled,
    spoken,
    taken,
)
from bench.local_data.copy import FILE, SCHEMA
from bench.local_data.pictures import Pictures
from bench.local_data.source_table import Found, SourceTable

Told = Callable[[str], None]
_EVERY_S = 2.0  # between two words about progress


@dataclass
class _Columns:
    """The types of a table: those that are declared, and what the rows show of the others."""

    shape: DataShape | None
    types: dict[str, ColumnType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.shape is not None:
            self.types.update(self.shape.columns)

    def stored(self, row: Row, kept: Kept, *, cells: bool) -> dict[str, Any]:
        """The row as it is written; SourceError names the column that is wrong."""
        declared: Mapping[str, ColumnType] = self.shape.columns if self.shape else {}
        self._complete(row)
        keys = [key for key in declared if key in row.values]
        keys += [key for key in row.values if key not in declared]
        stored = {}
        for key in keys:
            value = row.values[key]
            try:
                if key in declared:
                    cell = isinstance(value, str) and cells
                    value = parsed(value, declared[key]) if cell else value
                    stored[key] = taken(value, declared[key], kept)
                else:
                    stored[key], kind = read_off(value, kept)
                    self.types[key] = merged(self.types.get(key, "null"), kind)
            except MisfitError as error:
                raise self._wrong(row, key, str(error)) from None
        for key in self.shape.required if self.shape else ():
            if stored[key] is None:
                raise self._wrong(row, key, "is empty")
        return stored

    def _complete(self, row: Row) -> None:
        absent = [
            key for key in (self.shape.required if self.shape else ()) if key not in row.values
        ]
        if absent and self.shape:
            error = row.wrong(f"has no column {absent[0]!r}, which {self.shape.hub} has")
            error.hint = f"it has: {', '.join(map(str, row.values)) or 'nothing'}"
            raise error

    def _wrong(self, row: Row, key: str, said: str) -> SourceError:
        error = row.wrong(f"{key!r} {said}")
        if self.shape is not None and key in self.shape.columns:
            error.hint = f"in {self.shape.hub} it is {spoken(self.shape.columns[key])}"
        return error

    def settled(self) -> dict[str, ColumnType]:
        return {key: settled(kind) for key, kind in self.types.items()}


def write_copy(
    root: Path,
    name: str,
    found: Found,
    *,
    source: str,
    shape: DataShape | None,
    told: Told | None = None,
) -> None:
    """Fill the empty folder `root`; data.json comes last. `source`: its name, for data.json."""
    pictures, files, tables = Pictures(root), dict[str, dict[str, Any]](), []
    digests = []
    for table in sorted(found.tables, key=lambda one: (one.config, one.split)):
        described, stored, digest = _write_table(root, table, pictures, shape, told)
        tables.append(described)
        files[described["file"]] = stored
        digests.append([table.config, table.split, digest])
    for place, size in sorted(pictures.stored.items()):
        files[place] = {"sha256": Path(place).stem, "bytes": size}
    columns = dict.fromkeys(key for table in tables for key in table["columns"])
    described_copy = {
        "schema": SCHEMA,
        "name": name,
        "hub": shape.hub if shape else None,
        "tables": tables,
        "tsv": shape.tsv if shape else {key: key for key in columns} if found.tsv else None,
        "files": files,
        "content_sha256": content_of(digests),
        "source": {"kind": found.kind, "name": source},
        "added_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    text = json.dumps(described_copy, indent=1)
    (root / FILE).write_text(text + "\n", encoding="utf-8")


def content_of(digests: Iterable[list[str]]) -> str:
    """One hash over [config, split, hash of the rows] of each table."""
    return hashlib.sha256(json.dumps(sorted(digests)).encode()).hexdigest()


def row_bytes(row: Mapping[str, Any]) -> bytes:
    """A row as it is hashed: keys in order, ASCII, absent values left out. An image's place is the
    hash of its bytes.
    """
    return json.dumps(same_value(dict(row)), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _write_table(
    root: Path, table: SourceTable, pictures: Pictures, shape: DataShape | None, told: Told | None
) -> tuple[dict[str, Any], dict[str, Any], str]:
    """(its part of data.json, its file's hash and size, the hash of its rows)."""
    columns, written, content = _Columns(shape), _Hashed(), hashlib.sha256()
    place = f"rows/{_safe(table.config)}/{_safe(table.split)}.jsonl"
    (root / place).parent.mkdir(parents=True, exist_ok=True)

    def kept(value: Any) -> str:
        return pictures.keep(value, table.folders)

    def stored_now(content: bytes) -> StoredImage:
        return StoredImage(pictures.keep(content, ()))

    count, said = 0, time.monotonic()
    with (root / place).open("xb") as file:
        for row in table.rows(stored_now):
            stored = columns.stored(row, kept, cells=table.cells)
            written.write(file, jsonl.line(stored))
            content.update(row_bytes(stored))
            count += 1
            if told and time.monotonic() - said > _EVERY_S:
                said = time.monotonic()
                told(f"{table.label}: {count}{f' of {table.total}' if table.total else ''} rows")
    if not count:
        raise UsageError(f"{table.files[0]}: {table.label} holds no rows")
    described = {
        "config": table.config,
        "split": table.split,
        "file": place,
        "rows": count,
        "columns": columns.settled(),
        **{key: getattr(shape, key, None) for key in ("id", "document", "group", "references")},
    }
    return (
        described,
        {"sha256": written.sha256.hexdigest(), "bytes": written.size},
        content.hexdigest(),
    )


@dataclass
class _Hashed:
    sha256: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    def write(self, file: IO[bytes], content: bytes) -> None:
        file.write(content)
        self.sha256.update(content)
        self.size += len(content)


def _safe(name: str) -> str:
    """A name of a config or a split as that of a file."""
    return re.sub(r"[^\w.@+=,-]|^\.", "_", name)
