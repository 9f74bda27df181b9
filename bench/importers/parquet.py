"""Parquet files of model hubs: rows in batches, so that memory does not grow with the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.errors import SourceError, UsageError
from bench.importers.images import Picture
from bench.importers.row import Row, numbered

BATCH = 16  # rows: a scanned page is about a megabyte
INSTALL = 'install "vlmhyperbench[parquet]"'


def parquet_rows(paths: Sequence[Path], columns: Sequence[str]) -> tuple[int, Iterator[Row]]:
    """How many rows the files have, and each. `columns` must be there; all columns are read."""
    arrow = _pyarrow()
    total = 0
    for path in paths:
        with _opened(arrow, path) as file:
            found = file.schema_arrow.names
            for name in columns:
                if name not in found:
                    said = f"has no column {name!r}"
                    raise SourceError(path, said, hint=f"it has: {', '.join(found)}")
            total += file.metadata.num_rows
    return total, _rows(arrow, paths)


def picture(row: Row, name: str | None = None, column: str = "image") -> Picture:
    """The image of a column as hubs store it: {bytes, path}, or the bytes themselves.

    Without a name of its own it is named by its hash: the same image has the same name.
    """
    value = row.values.get(column)
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes) or not content:
        raise row.wrong(f"{column!r} holds no image bytes")
    return Picture(name or hashlib.sha256(content).hexdigest()[:16], content)


def _rows(arrow: Any, paths: Sequence[Path]) -> Iterator[Row]:
    for path in paths:
        number = 0
        with _opened(arrow, path) as file:
            try:
                for batch in file.iter_batches(batch_size=BATCH):
                    for values in batch.to_pylist():
                        number += 1
                        yield Row(values, numbered(path, number))
            except (arrow.ArrowException, OSError) as error:
                raise SourceError(path, f"row {number + 1}: {_short(error)}") from None


def _opened(arrow: Any, path: Path) -> Any:
    try:
        return arrow.parquet.ParquetFile(path, pre_buffer=False)
    except (arrow.ArrowException, OSError) as error:
        raise SourceError(path, f"is no parquet file that can be read: {_short(error)}") from None


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise UsageError("parquet files need the package pyarrow", hint=INSTALL) from None
    return pyarrow


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
