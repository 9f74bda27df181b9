"""What stands on a page and where; nothing is drawn here.

Lengths are dots. A page of 1000 x 1414 dots is A5 at 172 dots an inch, and 24 dots are 10 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Face = Literal["sans", "bold", "serif", "hangul", "hangul_bold"]
Anchor = Literal["left", "middle", "right"]
Colour = tuple[int, int, int]

WIDTH, HEIGHT = 1000, 1414
INK: Colour = (28, 28, 34)
GREY: Colour = (95, 95, 102)
RED: Colour = (176, 28, 36)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Text:
    """`x` is where the anchor sits, `y` the baseline. Wider than `room`, it is set smaller."""

    text: str
    x: float
    y: float
    size: int
    face: Face
    anchor: Anchor = "left"
    room: float | None = None
    ink: Colour = INK


@dataclass(frozen=True)
class Line:
    start: tuple[float, float]
    end: tuple[float, float]
    width: int = 2
    ink: Colour = INK


@dataclass(frozen=True)
class Box:
    """Corners; an `ellipse` fills them. Without `width` no border, without `fill` no ground."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: int = 2
    ink: Colour = INK
    fill: Colour | None = None
    ellipse: bool = False


Shape = Line | Box
Row = tuple[Text, ...]


@dataclass(frozen=True)
class Page:
    """`rows` in reading order; the texts of a row from left to right."""

    rows: tuple[Row, ...]
    shapes: tuple[Shape, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    paper: Colour = WHITE

    @property
    def text(self) -> str:
        """The transcript: a row a line, its parts joined by one space."""
        return "\n".join(" ".join(part.text for part in row) for row in self.rows)
