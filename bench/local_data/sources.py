"""What lies at a path, and the tables in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.benchmarks.entry import DataShape
from bench.errors import SourceError, UsageError
from bench.importers.layouts import not_found
from bench.importers.row import Row
from bench.local_data.choice import same
from bench.local_data.columns import ColumnType
from bench.local_data.layout import Grouped, Placed, listed_files, named_files, placed_by_name
from bench.local_data.reading import SUFFIXES, TEXT_CELLS, read_files, with_images
from bench.local_data.saved import is_saved, saved_tables
from bench.local_data.source_table import UNNAMED, Found, Keep, SourceTable
from bench.local_data.tsv import is_table, table_rows

_KINDS = {
    ".parquet": "parquet files",
    ".tsv": "tables",
    ".jsonl": "JSON Lines",
    ".json": "JSON files",
    ".csv": "CSV files",
}
_READ = (
    "a snapshot of a hub, a folder of save_to_disk, parquet, CSV or JSON Lines files, or a table "
    "of VLMEvalKit"
)


def look(source: Path, shape: DataShape | None) -> Found:
    """The tables of `source`, not yet read. UsageError where there is nothing that can be."""
    if not source.exists():
        raise UsageError(f"{source}: there is no such file or folder")
    if source.is_file():
        return _single(source, shape)
    saved = saved_tables(source)
    if saved:
        return Found("saved to disk", tuple(saved))
    listed = listed_files(source / "README.md")
    if listed is not None:
        return Found("hub snapshot", _tables(source, listed, shape), listed=True)
    named = named_files(source)
    if not named:
        raise not_found(source, "data set that can be read", [_READ])
    tables = _tables(source, named, shape)
    return Found(_kind(tables), tables, tsv=_is_tsv(tables))


def _single(path: Path, shape: DataShape | None) -> Found:
    if path.suffix.lower() not in SUFFIXES:
        if path.suffix == ".arrow" and is_saved(path.parent):
            return look(path.parent, shape)
        raise UsageError(f"{path}: files of this kind are not read", hint=f"read are {_READ}")
    config, split = placed_by_name(path)
    known = [table.config for table in shape.tables] if shape else []
    if not any(same(config, one) for one in known):
        config = UNNAMED  # the name of a lone file says its split, and no config
    tables = _tables(path.parent, {(config, split): [path]}, shape)
    return Found(_kind(tables), tables, tsv=_is_tsv(tables))


def _tables(source: Path, grouped: Grouped, shape: DataShape | None) -> tuple[SourceTable, ...]:
    return tuple(_table(source, placed, files, shape) for placed, files in grouped.items())


def _table(
    source: Path, placed: Placed, files: Sequence[Path], shape: DataShape | None
) -> SourceTable:
    suffixes = {path.suffix.lower() for path in files}
    if len(suffixes) > 1 or not suffixes <= set(SUFFIXES):
        other = next(path for path in files if path.suffix.lower() not in SUFFIXES[:1])
        raise SourceError(other, "files of this kind are not read", hint=f"read are {_READ}")
    kind = suffixes.pop()
    cells = kind in TEXT_CELLS
    folders = dict.fromkeys([*(path.parent for path in files), source])
    around = [one for folder in folders for one in (folder, folder / "images") if one.is_dir()]
    if kind == ".tsv" and all(map(is_table, files)):
        renamed = (shape.tsv or {}) if shape else {}
        read = partial(_read_tables, files, renamed)
        return SourceTable(*placed, tuple(files), read, None, tuple(around), cells)
    total, rows = read_files(files)
    columns: Mapping[str, ColumnType] = shape.columns if shape else {}
    pictured = [name for name, column in columns.items() if column == "image"]
    official = pictured[0] if len(pictured) == 1 else None

    def read_rows(_keep: Keep) -> Iterator[Row]:
        if kind == ".parquet":
            return rows()
        return with_images(rows(), official, typed=shape is not None)

    return SourceTable(*placed, tuple(files), read_rows, total, tuple(around), cells)


def _read_tables(files: Sequence[Path], renamed: Mapping[str, str], keep: Keep) -> Iterator[Row]:
    for path in files:
        yield from table_rows(path, renamed, keep)


def _kind(tables: Sequence[SourceTable]) -> str:
    return "VLMEvalKit table" if _is_tsv(tables) else _KINDS[tables[0].files[0].suffix.lower()]


def _is_tsv(tables: Sequence[SourceTable]) -> bool:
    return all(
        table.files[0].suffix.lower() == ".tsv" and all(map(is_table, table.files))
        for table in tables
    )
