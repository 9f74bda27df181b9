"""Folders that `datasets` wrote with save_to_disk: a data set, or one with a folder a split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.errors import SourceError, UsageError
from bench.importers.parquet import INSTALL
from bench.importers.row import Row, numbered
from bench.local_data.source_table import UNNAMED, Keep, SourceTable

_BATCH = 16  # rows: a scanned page is about a megabyte
_STATE = "state.json"
_SPLITS = "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    return (folder / _STATE).is_file() or (folder / _SPLITS).is_file()


def saved_tables(source: Path) -> list[SourceTable]:
    """Of the folder itself, else of the folders in it (a subject each), else none."""
    if is_saved(source):
        return _of(source, UNNAMED)
    below = sorted(path for path in source.iterdir() if path.is_dir())
    return [table for path in below if is_saved(path) for table in _of(path, path.name)]


def _of(folder: Path, config: str) -> list[SourceTable]:
    if (folder / _SPLITS).is_file():
        splits = _described(folder / _SPLITS).get("splits")
        if not isinstance(splits, list) or not splits:
            raise SourceError(folder / _SPLITS, "names no splits")
        return [_table(folder / str(split), config, str(split)) for split in splits]
    return [_table(folder, config, _split_of(folder))]


def _table(folder: Path, config: str, split: str) -> SourceTable:
    state = _described(folder / _STATE)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        said = "holds a selection of rows; save it after flatten_indices()"
        raise SourceError(folder / _STATE, said)
    named = state.get("_data_files")
    try:
        files = tuple(folder / str(one["filename"]) for one in named or ())
    except (TypeError, KeyError):
        files = ()
    if not files:
        raise SourceError(folder / _STATE, "names no data files")
    for path in files:
        if not path.is_file():
            raise SourceError(path, "is missing", hint=f"{_STATE} beside it names it")
    arrow = _pyarrow()

    def rows(_keep: Keep) -> Iterator[Row]:
        return _rows(arrow, files)

    total = sum(_batch_rows(arrow, path) for path in files)
    return SourceTable(config, split, files, rows, total, folders=(folder,))


def _split_of(folder: Path) -> str:
    """A data set that was saved alone knows the split that it was taken from."""
    state = _described(folder / _STATE)
    split = state.get("_split")
    return split if isinstance(split, str) and split.isidentifier() else ""


def _described(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SourceError(path, f"is no JSON: {error}") from None
    if not isinstance(values, dict):
        raise SourceError(path, "must be a JSON object")
    return values


def _batch_rows(arrow: Any, path: Path) -> int:
    """A memory map: only the batches' headers are read."""
    return sum(batch.num_rows for batch in _stream(arrow, path))


def _rows(arrow: Any, files: Sequence[Path]) -> Iterator[Row]:
    for path in files:
        number = 0
        for batch in _stream(arrow, path):
            for start in range(0, batch.num_rows, _BATCH):
                for values in batch.slice(start, _BATCH).to_pylist():
                    number += 1
                    yield Row(values, numbered(path, number))


def _stream(arrow: Any, path: Path) -> Iterator[Any]:
    try:
        with arrow.memory_map(str(path)) as mapped, arrow.ipc.open_stream(mapped) as stream:
            yield from stream
    except (arrow.ArrowException, OSError) as error:
        said = " ".join(str(error).split())[:160]
        raise SourceError(path, f"is no Arrow file that can be read: {said}") from None


def _pyarrow() -> Any:
    try:
        import pyarrow.ipc
    except ImportError:
        raise UsageError("data sets saved to disk need the package pyarrow", hint=INSTALL) from None
    return pyarrow
