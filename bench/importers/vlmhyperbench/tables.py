"""A table divided by semicolons -> rows that know their line. Cells stay text: `NA` is no gap."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import yaml
from bench.errors import SourceError, suggestion

LONGEST_LIST = 10_000  # characters; a longer one is no list that a person wrote


@dataclass(frozen=True)
class Line:
    """One row; `number` is the line on which it begins, from 1."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell without white space at its ends; "" where the table has no such column."""
        return self.cells.get(column, "").strip()

    def error(self, column: str, message: str, hint: str | None = None) -> SourceError:
        return SourceError(self.path, f"{column}: {message}", line=self.number, hint=hint)


def read_table(path: Path, needed: Sequence[str]) -> list[Line]:
    """Every row that is not empty. SourceError for a missing column or a row of another width."""
    if not path.is_file():
        raise SourceError(path, "there is no such file")
    text = yaml.decoded(path, path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    rows: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(path, str(error), line=begins) from None
    if not rows:
        raise SourceError(path, "is empty", hint=f"its first line names {';'.join(needed)}")
    top, header = rows[0][0], [name.strip() for name in rows[0][1]]
    for name in needed:
        if name not in header:
            hint = suggestion(name, header) if len(header) > 1 else "columns are divided by `;`"
            raise SourceError(path, f"the column {name} is missing", line=top, hint=hint)
    for name in header:
        if header.count(name) > 1:
            raise SourceError(path, f"two columns are named {name!r}", line=top)
    return [_line(path, number, header, row) for number, row in rows[1:]]


def _line(path: Path, number: int, header: Sequence[str], row: Sequence[str]) -> Line:
    if len(row) > len(header):
        said = f"{len(row)} cells, but {len(header)} columns"
        raise SourceError(path, said, line=number, hint='a cell that holds `;` stands in "quotes"')
    # A row that ends early is what spreadsheets write for empty last cells.
    return Line(path, number, dict(zip(header, [*row, *[""] * len(header)], strict=False)))


def literal_texts(text: str) -> tuple[str, ...] | None:
    """The texts of a list in Python's notation, read as literals; None where it is no list.

    Nothing is evaluated: names, calls and operators make it no list. Numbers become their text.
    """
    if len(text) > LONGEST_LIST or not text.startswith(("[", "(")):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | int) for one in value):
        return None
    return tuple(str(one) for one in value)
