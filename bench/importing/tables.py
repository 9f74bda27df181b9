"""VLMEvalKit's tables in its three formats, each cell a text; and what the format has lost."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import yaml
from bench.errors import SourceError
from bench.importing.spreadsheet import LONGEST_CELL, Cell, read_sheet

FORMATS = (".tsv", ".json", ".xlsx", ".csv")  # the most faithful first
SHOWN = 3  # ids named
_READ_AS_MISSING = {"#N/A", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "<NA>"}


@dataclass(frozen=True)
class Table:
    """`damage`: what can no longer be told of the answers, by name."""

    path: Path
    rows: tuple[dict[str, str], ...]
    damage: tuple[str, ...] = ()

    @property
    def columns(self) -> set[str]:
        return set().union(*self.rows)


def read_table(path: Path) -> Table:
    """SourceError where the file is not what its name says."""
    if path.suffix == ".xlsx":
        cells = read_sheet(path)
        rows = tuple({name: _plain(cell) for name, cell in row.items()} for row in cells)
        return Table(path, rows, tuple(_damage(cells)))
    text = yaml.decoded(path, path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    if path.suffix == ".json":
        return Table(path, tuple(_objects(path, text)))
    csv.field_size_limit(sys.maxsize)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","
    )
    rows = tuple({key: value or "" for key, value in row.items() if key} for row in reader)
    return Table(path, rows)


def _plain(cell: Cell) -> str:
    """A whole number without the `.0` that a spreadsheet may have put behind it."""
    text = cell.text
    return text.removesuffix(".0") if cell.kind == "number" else text


def _objects(path: Path, text: str) -> Iterator[dict[str, str]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(path, f"is no whole JSON: {error}") from None
    if isinstance(value, dict):  # columns, or one row of numbers
        lists = all(isinstance(one, list) for one in value.values())
        names = list(value)
        value = (
            [dict(zip(names, line, strict=True)) for line in zip(*value.values(), strict=True)]
            if lists
            else [value]
        )
    for row in value:
        if not isinstance(row, dict):
            raise SourceError(path, "is no list of rows")
        yield {key: one if isinstance(one, str) else json.dumps(one) for key, one in row.items()}


def _damage(cells: list[dict[str, Cell]]) -> Iterator[str]:
    """What xlsx does to answers; the kinds that are seen here, and one that leaves no trace."""
    said = [(_plain(row["index"]), row.get("prediction")) for row in cells if "index" in row]
    if not any("prediction" in row for row in cells):
        return
    kinds: dict[str, Callable[[Cell], bool]] = {
        "were taken for formulas (read back as they were written)": (
            lambda one: one.kind == "formula"
        ),
        "are numbers there: 007 and 7, 1.10 and 1.1 cannot be told apart": (
            lambda one: one.kind == "number"
        ),
        f"have {LONGEST_CELL:,} characters, where xlsx cuts": (
            lambda one: len(one.text) >= LONGEST_CELL
        ),
        "have several lines: \\r\\n and \\r have become \\n": lambda one: "\n" in one.text,
    }
    for what, is_so in kinds.items():
        ids = [index for index, cell in said if cell is not None and is_so(cell)]
        if ids:
            yield f"xlsx: {len(ids)} answers {what}: {named(ids)}"
    empty = [index for index, cell in said if cell is None]
    if empty:
        yield (
            f"xlsx: {len(empty)} answers are empty cells: an empty answer, or one that was lost: "
            f"{named(empty)}"
        )


def read_as_missing(rows: Iterable[dict[str, str]]) -> list[str]:
    """Ids of answers that pandas takes for a missing value when it reads the table back."""
    return [row["index"] for row in rows if row.get("prediction") in _READ_AS_MISSING]


def named(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (" and others" if len(ids) > SHOWN else "")
