"""Setting a page from top to bottom: rows, pairs of a name and a value, tables, paragraphs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from bench.generate.page import (
    GREY,
    HEIGHT,
    INK,
    RED,
    WHITE,
    WIDTH,
    Anchor,
    Box,
    Colour,
    Face,
    Line,
    Page,
    Row,
    Shape,
    Text,
)

SPECIMEN = {"en": "SPECIMEN", "ru": "ОБРАЗЕЦ", "ko": "견본"}
MARGIN = 72
LEADING = 1.55  # from baseline to baseline, in sizes
_AIR = 0.25  # more between the rows of a table than between lines, in sizes
_INDENT = 8  # dots between a table's edge and its text
_FAINT: Colour = (196, 198, 204)
_SHADE: Colour = (232, 234, 238)


@dataclass(frozen=True)
class Column:
    """`at` and `room` in shares of the width between the margins."""

    title: str
    at: float
    room: float
    anchor: Anchor = "left"


class Flow:
    """A cursor that goes down the page. Sizes in dots."""

    def __init__(
        self,
        language: str,
        *,
        size: int = 24,
        serif: bool = False,
        width: int = WIDTH,
        height: int = HEIGHT,
        paper: Colour = WHITE,
        left: float = MARGIN,
        right: float | None = None,
        top: float = MARGIN,
    ) -> None:
        self.language, self.size = language, size
        korean = language == "ko"
        self.plain: Face = "hangul" if korean else "serif" if serif else "sans"
        self.bold: Face = "hangul_bold" if korean else "bold"
        self.width, self.height, self.paper = width, height, paper
        self.left, self.right = left, width - MARGIN if right is None else right
        self.y = top
        self.rows: list[Row] = []
        self.shapes: list[Shape] = []

    def page(self) -> Page:
        return Page(tuple(self.rows), tuple(self.shapes), self.width, self.height, self.paper)

    @property
    def across(self) -> float:
        return self.right - self.left

    def gap(self, lines: float = 0.5) -> None:
        self.y += lines * self.size * LEADING

    def rule(self, width: int = 2, ink: Colour = GREY) -> None:
        self.y += self.size * 0.45
        self.shapes.append(Line((self.left, self.y), (self.right, self.y), width, ink))
        self.y += self.size * 0.15

    def row(self, *parts: tuple[str, Column], size: int | None = None, bold: bool = False) -> None:
        """One line of print; an empty part leaves its column empty."""
        big = size or self.size
        self.y += big * LEADING
        face = self.bold if bold else self.plain
        texts = [self._text(text, column, big, face) for text, column in parts if text]
        self.rows.append(tuple(texts))

    def _text(self, text: str, column: Column, size: int, face: Face) -> Text:
        x = self.left + column.at * self.across
        return Text(text, round(x, 1), round(self.y, 1), size, face, column.anchor,
                    round(column.room * self.across, 1), INK)  # fmt: skip

    def line(
        self, text: str, *, anchor: Anchor = "left", size: int | None = None, bold: bool = False
    ) -> None:
        at = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
        self.row((text, Column("", at, 1.0, anchor)), size=size, bold=bold)

    def lines(self, texts: Sequence[str], *, anchor: Anchor = "left") -> None:
        for text in texts:
            self.line(text, anchor=anchor)

    def ends(self, left: str, right: str, *, size: int | None = None, bold: bool = False) -> None:
        """One text at the left margin, one at the right."""
        ends = (left, Column("", 0.0, 0.6)), (right, Column("", 1.0, 0.38, "right"))
        self.row(*ends, size=size, bold=bold)

    def pair(self, name: str, value: str, *, at: float = 0.34, bold: bool = False) -> None:
        """A name, and its value behind it; a long value goes on below itself."""
        named, valued = Column("", 0.0, at - 0.02), Column("", at, 1.0 - at)
        letter = 0.9 if self.language == "ko" else 0.56  # wide letters
        chars = max(10, int(valued.room * self.across / (self.size * letter)))
        first, *more = wrapped(value, chars)
        self.row((name, named), (first, valued), bold=bold)
        for part in more:
            self.row((part, valued), bold=bold)

    def paragraph(self, text: str, chars: int) -> None:
        for part in wrapped(text, chars):
            self.line(part)

    def table(
        self, columns: Sequence[Column], cells: Sequence[Sequence[str]], *, grid: bool = False
    ) -> None:
        """A shaded row of titles, then a row each; `grid` draws the lines between them."""
        self.y += self.size * 0.2
        top = self.y + self.size * 0.42
        ground = (self.left, top), (self.right, top + self.size * (LEADING + _AIR))
        self.shapes.append(Box(*ground, 0, fill=_SHADE))
        self._cells(columns, [column.title for column in columns], bold=True)
        for row in cells:
            if grid:
                self._below(1, _FAINT)
            self._cells(columns, row)
        self._below(2, GREY)
        self.y += self.size * 0.6

    def _below(self, width: int, ink: Colour) -> None:
        """A line below the row of a table, as far from it as from the next."""
        y = self.y + self.size * (0.42 + _AIR / 2)
        self.shapes.append(Line((self.left, y), (self.right, y), width, ink))

    def _cells(self, columns: Sequence[Column], row: Sequence[str], *, bold: bool = False) -> None:
        shift = {"left": 1, "middle": 0, "right": -1}
        inset = _INDENT / self.across
        placed = [
            Column("", column.at + shift[column.anchor] * inset, column.room - inset, column.anchor)
            for column in columns
        ]
        self.y += self.size * _AIR
        self.row(*zip(row, placed, strict=True), bold=bold)

    def signature(self, left: str, right: str) -> None:
        """A text at the left, a line to sign on at the right with its name below."""
        self.gap(1.2)
        y = self.y + self.size * 0.45
        self.shapes.append(Line((self.right - 0.34 * self.across, y), (self.right, y), 1, GREY))
        ends = (left, Column("", 0.0, 0.64)), (right, Column("", 1.0, 0.33, "right"))
        self.row(*ends)

    def mark(self, *, anchor: Anchor = "right") -> None:
        """The word SPECIMEN in red between two lines, on a line of its own.

        No frame: readers of pages take framed words for pictures and leave them out.
        """
        word, size = SPECIMEN[self.language], 36
        half = len(word) * size * (0.5 if self.language == "ko" else 0.36) + 14
        middle = {
            "left": self.left + half,
            "middle": (self.left + self.right) / 2,
            "right": self.right - half,
        }[anchor]
        lines = [self.y, self.y + size * 2.0]
        self.y += size * 1.36
        room = 2 * half
        text = Text(word, middle, round(self.y, 1), size, self.bold, "middle", room, RED)
        self.rows.append((text,))
        self.y = lines[1]
        self.shapes += [Line((middle - half, y), (middle + half, y), 4, RED) for y in lines]


def wrapped(text: str, chars: int) -> list[str]:
    """Lines of at most `chars` characters, broken between words."""
    return textwrap.wrap(text, chars, break_long_words=False, break_on_hyphens=False) or [text]
