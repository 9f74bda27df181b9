"""A file of rows, by its kind: parquet, JSON Lines, JSON, CSV. Tables of VLMEvalKit: tsv.py."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importers.json_rows import json_rows
from bench.importers.parquet import parquet_rows
from bench.importers.row import Row, at_line

SUFFIXES = (".parquet", ".tsv", ".jsonl", ".csv", ".json")
TEXT_CELLS = (".tsv", ".csv")
_POINTER = b"version https://git-lfs"

Counted = tuple[int | None, Callable[[], Iterator[Row]]]


def read_files(paths: Sequence[Path]) -> Counted:
    """How many rows files of one kind have, where that is known, and what reads them."""
    for path in paths:
        _check_whole(path)
    kind = paths[0].suffix.lower()
    if kind == ".parquet":
        total, rows = parquet_rows(paths, ())
        return total, lambda: rows
    if kind == ".json":
        lists = [_json(path) for path in paths]
        return sum(count for count, _ in lists), lambda: (row for _, rows in lists for row in rows)
    if kind == ".jsonl":
        return None, lambda: (row for path in paths for row in jsonl_rows(path))
    mark = "\t" if kind == ".tsv" else ","
    return None, lambda: (row for path in paths for row in delimited_rows(path, mark))


def _json(path: Path) -> tuple[int, Iterator[Row]]:
    """A list of objects, or one under `data`."""
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    return json_rows(path, None if start.startswith(b"[") else "data")


def jsonl_rows(path: Path) -> Iterator[Row]:
    """A line an object; memory does not grow with the file."""
    with path.open("rb") as file:
        for line, content in enumerate(file, 1):
            raw = content.removeprefix(b"\xef\xbb\xbf") if line == 1 else content
            if not raw.strip():
                continue
            values = _parsed_line(path, line, raw.rstrip(b"\r\n"))
            if not isinstance(values, dict):
                raise SourceError(path, "must be a JSON object", line=line)
            yield Row(values, at_line(path, line))


def _parsed_line(path: Path, line: int, raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        raise SourceError(path, error.msg, line=line, column=error.colno) from None
    except UnicodeDecodeError as error:
        raise SourceError(path, "is not UTF-8", line=line, column=error.start + 1) from None
    except (ValueError, RecursionError) as error:
        raise SourceError(path, f"cannot be read: {error}", line=line) from None


def delimited_rows(path: Path, mark: str) -> Iterator[Row]:
    """Each row's cells by column, all of them text; a row is named by the line it begins in."""
    csv.field_size_limit(sys.maxsize)  # an image in base64 is one cell
    with path.open("rb") as file:
        reader = csv.reader(_decoded(path, file), delimiter=mark, strict=True)
        line = 1
        columns: list[str] | None = None
        try:
            for cells in reader:
                if columns is None:
                    columns = _header(path, cells)
                elif cells:
                    if len(cells) != len(columns):
                        said = f"has {len(cells)} cells, and the first line names {len(columns)}"
                        raise SourceError(path, said, line=line, hint=_QUOTED)
                    yield Row(dict(zip(columns, cells, strict=True)), at_line(path, line))
                line = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(path, f"cannot be read: {error}", line=line, hint=_QUOTED) from None


_QUOTED = "a cell that holds a quote, a separator or a new line stands in double quotes"


def _header(path: Path, cells: list[str]) -> list[str]:
    if len(set(cells)) != len(cells) or "" in cells:
        twice = next(name for name in cells if not name or cells.count(name) > 1)
        said = f"names the column {twice!r} twice" if twice else "names a column with no name"
        raise SourceError(path, said, line=1)
    return cells


def _decoded(path: Path, lines: Iterator[bytes]) -> Iterator[str]:
    for number, content in enumerate(lines, 1):
        raw = content.removeprefix(b"\xef\xbb\xbf") if number == 1 else content
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            column = error.start + 1
            raise SourceError(path, "is not UTF-8", line=number, column=column) from None


def with_images(rows: Iterator[Row], official: str | None, *, typed: bool) -> Iterator[Row]:
    """Rows of a text file, which names the files of its images.

    `official`: the one column of the benchmark that holds an image; a row without it may call it
    `image`, `images`, `image_path` or `file_name`. Where no column is `typed`, those are images.
    """
    for row in rows:
        values = dict(row.values)
        if official is not None and official not in values:
            other = next((name for name in _IMAGE_COLUMNS if name in values), None)
            if other is not None:
                values[official] = _single(values.pop(other))
        elif not typed:
            named = {key for key in values if key in _IMAGE_COLUMNS or _NUMBERED.fullmatch(key)}
            values |= {key: _files_named(values[key]) for key in named}
        yield Row(values, row.wrong)


_IMAGE_COLUMNS = ("image", "images", "image_path", "file_name")
_NUMBERED = re.compile(r"image_[0-9]+")


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _files_named(value: Any) -> Any:
    if isinstance(value, list):
        return [_files_named(one) for one in value]
    if value == "":
        return None
    return {"bytes": None, "path": value} if isinstance(value, str) else value


def _check_whole(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_POINTER))
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    if start == _POINTER:
        said = "is a git-lfs pointer, not the file itself"
        raise SourceError(path, said, hint="fetch it: git lfs pull")
