"""What a receipt prints, row by row; how it is drawn stands in `drawing.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Anchor = Literal["left", "middle", "right"]
Size = Literal["normal", "tall", "wide", "big"]


@dataclass(frozen=True)
class Cell:
    """`at`: where the anchor sits, 0 (left edge of the print) to 1 (right edge)."""

    text: str
    at: float
    anchor: Anchor


@dataclass(frozen=True)
class Text:
    cells: tuple[Cell, ...]
    size: Size = "normal"
    bold: bool = False
    inverse: bool = False


@dataclass(frozen=True)
class Rule:
    kind: Literal["dashes", "dots", "solid", "double"]


@dataclass(frozen=True)
class Code:
    """A block of bars or squares that means nothing; decoration, no text."""

    kind: Literal["bars", "squares"]
    seed: str


@dataclass(frozen=True)
class Gap:
    """`lines`: height in lines of normal print."""

    lines: float = 0.6


Row = Text | Rule | Code | Gap


def left(text: str, *, indent: float = 0.0, size: Size = "normal", bold: bool = False) -> Text:
    return Text((Cell(text, indent, "left"),), size, bold)


def middle(text: str, *, size: Size = "normal", bold: bool = False, inverse: bool = False) -> Text:
    return Text((Cell(text, 0.5, "middle"),), size, bold, inverse)


def pair(name: str, value: str, *, size: Size = "normal", bold: bool = False) -> Text:
    return Text((Cell(name, 0.0, "left"), Cell(value, 1.0, "right")), size, bold)


def columns(
    texts: Iterable[str], places: Iterable[tuple[float, Anchor]], *, bold: bool = False
) -> Text:
    """One row of a table; an empty text leaves its column blank."""
    placed = zip(texts, places, strict=True)
    return Text(tuple(Cell(text, at, anchor) for text, (at, anchor) in placed if text), bold=bold)


def capitals(text: str) -> str:
    """In capitals; ß stays, as tills print it."""
    return "ß".join(part.upper() for part in text.split("ß"))


def upper(row: Row) -> Row:
    if not isinstance(row, Text):
        return row
    cells = tuple(Cell(capitals(cell.text), cell.at, cell.anchor) for cell in row.cells)
    return Text(cells, row.size, row.bold, row.inverse)


def transcript(rows: Iterable[Row]) -> str:
    """All printed text: rows top to bottom, the cells of a row left to right."""
    return "\n".join(
        " ".join(cell.text for cell in row.cells) for row in rows if isinstance(row, Text)
    )
