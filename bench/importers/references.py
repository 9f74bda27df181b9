"""What is right, as a person keeps it: a CSV with one line a transcript or a field's value.

file,reference[,field,question,doc_type,language,page]. Separated by commas, semicolons or tabs.
A line with a `field` asks for that value; one without holds the whole text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.errors import SourceError, suggestion

NEEDED = ("file", "reference")
OPTIONAL = ("field", "question", "doc_type", "language", "page")
COLUMNS = (*NEEDED, *OPTIONAL)
LONGEST_CELL = 10_000_000  # characters


@dataclass(frozen=True)
class Given:
    """A line. Empty cells are None: an empty `reference` means that none is known.

    `page` counts from 1; None means the document as a whole.
    """

    line: int
    file: str
    reference: str | None
    field: str | None = None
    question: str | None = None
    doc_type: str | None = None
    language: str | None = None
    page: int | None = None


def read_references(path: Path) -> tuple[Given, ...]:
    """All lines. SourceError names the line of what is wrong."""
    rows = _rows(path, _text(path))
    header_line, header = next(rows, (1, []))
    columns = [name.strip().casefold() for name in header]
    _check_columns(path, header_line, columns)
    given = tuple(_given(path, line, columns, cells) for line, cells in rows)
    if not given:
        raise SourceError(path, "has no line below its header")
    return given


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "save it as `CSV UTF-8`"
        raise SourceError(path, "is not UTF-8", line=line, hint=hint) from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """(the line it begins at, its cells), blank lines left out."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    before = csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(path, f"is no CSV: {error}", line=begins) from None
    finally:
        csv.field_size_limit(before)


def _check_columns(path: Path, line: int, columns: list[str]) -> None:
    for name in NEEDED:
        if name not in columns:
            hint = f"the first line names the columns: {','.join(COLUMNS)}"
            raise SourceError(path, f"the column {name!r} is missing", line=line, hint=hint)
    for name in columns:
        if name not in COLUMNS:
            hint = suggestion(name, COLUMNS)
            raise SourceError(path, f"unknown column {name!r}", line=line, hint=hint)
        if columns.count(name) > 1:
            raise SourceError(path, f"the column {name!r} is there twice", line=line)


def _given(path: Path, line: int, columns: list[str], cells: list[str]) -> Given:
    if len(cells) != len(columns):
        said = f"has {len(cells)} cells, the header has {len(columns)}"
        hint = "a cell that holds the separator or a line break stands in double quotes"
        raise SourceError(path, said, line=line, hint=hint)
    cell = dict(zip(columns, cells, strict=True))
    short = {name: cell.get(name, "").strip() or None for name in COLUMNS}
    if short["file"] is None:
        raise SourceError(path, "names no file", line=line)
    page = short["page"]
    if page is not None and not re.fullmatch(r"[1-9][0-9]{0,5}", page):
        raise SourceError(path, f"page {page!r} is no number from 1", line=line)
    return Given(
        line=line,
        file=short["file"],
        reference=cell["reference"] if short["reference"] is not None else None,
        field=short["field"],
        question=short["question"],
        doc_type=short["doc_type"],
        language=short["language"],
        page=None if page is None else int(page),
    )
