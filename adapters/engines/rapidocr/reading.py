"""Text lines that an OCR found, put into reading order. Standard library only, Python 3.9."""

from __future__ import annotations

import math
from typing import List, NamedTuple, Sequence, Tuple

Polygon = Sequence[Sequence[float]]

# Angles of short boxes are mostly rounding; steeper than this is a text that stands upright.
_LONG = 2.0
_STEEPEST = math.radians(15)
# Boxes up to this many times taller or flatter than the page's median make the rows.
_ORDINARY = 1.5


class _Box(NamedTuple):
    left: float
    right: float
    top: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class _Row:
    """Cells side by side; its top and bottom are the means of its cells."""

    def __init__(self, box: _Box) -> None:
        self.cells = [box]
        self.top, self.bottom = box.top, box.bottom

    def add(self, box: _Box) -> None:
        self.cells.append(box)
        self.top += (box.top - self.top) / len(self.cells)
        self.bottom += (box.bottom - self.bottom) / len(self.cells)

    def shared(self, box: _Box) -> float:
        """The part, 0 to 1, of the flatter one's height at which row and box stand side by side."""
        common = min(self.bottom, box.bottom) - max(self.top, box.top)
        return max(0.0, common) / (min(self.bottom - self.top, box.height) or 1.0)

    def has_room(self, box: _Box) -> bool:
        return not any(_stacked(cell, box) for cell in self.cells)

    def text(self) -> str:
        return " ".join(cell.text for cell in sorted(self.cells, key=lambda cell: cell.left))


def reading_order(boxes: Sequence[Polygon], texts: Sequence[str]) -> str:
    """The texts row by row: rows from top to bottom, joined by a line feed; the cells of a row from
    left to right, joined by one space. Each text appears exactly once.

    `boxes` are polygons of four points (x, y), y downwards, clockwise from the text's own top left
    corner; any unit. A ValueError tells of unequal lengths.

    1. Skew: the median angle of the boxes' top edges, weighted by length, over boxes at least
       twice as wide as high and within 15 degrees of level; all boxes are turned back by it.
    2. Rows are made of the ordinary boxes (within 1.5 times the median height), from the top. A
       box joins the row that it shares most height with, if that is more than half of the flatter
       one's height and no cell of the row lies above or below it; else it starts a row.
    3. Boxes much taller or flatter come last: they join the row that they fit best (the upper of
       two equals), else form their own. So a tall box beside two short rows does not merge them.

    Columns of prose are not told apart: lines at one height are one row.
    """
    if len(boxes) != len(texts):
        raise ValueError("%d boxes, but %d texts" % (len(boxes), len(texts)))
    if not boxes:
        return ""
    level = _deskewed(boxes, texts)
    usual = _median([(box.height, 1.0) for box in level])
    ordinary = [box for box in level if usual / _ORDINARY <= box.height <= usual * _ORDINARY]
    odd = [box for box in level if not usual / _ORDINARY <= box.height <= usual * _ORDINARY]
    rows: List[_Row] = []
    for box in [*sorted(ordinary, key=_from_top), *sorted(odd, key=_from_top)]:
        fitting = [row for row in rows if row.shared(box) > 0.5 and row.has_room(box)]
        if fitting:
            max(fitting, key=lambda row: (row.shared(box), -row.top)).add(box)
        else:
            rows.append(_Row(box))
    rows.sort(key=lambda row: (row.top + row.bottom, row.cells[0].left))
    return "\n".join(row.text() for row in rows)


def skew(boxes: Sequence[Polygon]) -> float:
    """The page's angle in radians, clockwise positive; 0 where no box is long enough to tell."""
    angles: List[Tuple[float, float]] = []
    for first, second, _, last in boxes:
        across, down = second[0] - first[0], second[1] - first[1]
        length, angle = math.hypot(across, down), math.atan2(down, across)
        height = math.hypot(last[0] - first[0], last[1] - first[1])
        if length >= _LONG * height and abs(angle) <= _STEEPEST:
            angles.append((angle, length))
    return _median(angles) if angles else 0.0


def _deskewed(boxes: Sequence[Polygon], texts: Sequence[str]) -> List[_Box]:
    angle = skew(boxes)
    cosine, sine = math.cos(angle), math.sin(angle)
    level = []
    for polygon, text in zip(boxes, texts):
        across = [x * cosine + y * sine for x, y in polygon]
        down = sorted(y * cosine - x * sine for x, y in polygon)
        # The mean of the two upper and of the two lower corners: a box's own tilt adds no height.
        top, bottom = (down[0] + down[1]) / 2, (down[2] + down[3]) / 2
        level.append(_Box(min(across), max(across), top, bottom, text))
    return level


def _from_top(box: _Box) -> Tuple[float, float]:
    return box.middle, box.left


def _stacked(one: _Box, other: _Box) -> bool:
    """Over half of the narrower one lies above or below the other."""
    common = min(one.right, other.right) - max(one.left, other.left)
    return common > min(one.right - one.left, other.right - other.left) / 2


def _median(weighted: Sequence[Tuple[float, float]]) -> float:
    """The least value at which half of the weight is reached."""
    half, reached = sum(weight for _, weight in weighted) / 2, 0.0
    ordered = sorted(weighted)
    for value, weight in ordered:
        reached += weight
        if reached >= half:
            return value
    return ordered[-1][0]
