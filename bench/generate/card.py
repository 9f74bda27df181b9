"""A card: a title, the mark, a photo that is only a shape, names and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.generate.flow import Flow
from bench.generate.page import GREY, Box, Colour, Line, Page, Shape

WIDTH, HEIGHT = 1080, 720
_BARE: Colour = (224, 220, 222)
_SHAPE: Colour = (172, 164, 168)
_PHOTO = (72, 160, 332, 500)  # left, top, right, bottom

Pairs = Sequence[tuple[str, str | None]]


def card(
    language: str,
    title: str,
    groups: Sequence[Pairs],
    *,
    paper: Colour,
    photo: bool = True,
    height: int = HEIGHT,
) -> Page:
    """Groups of (name, value), a rule between them; a pair without a value is left out."""
    flow = Flow(language, size=27, width=WIDTH, height=height, paper=paper, top=30)
    flow.mark()
    flow.y = 36
    flow.line(title, size=34, bold=True)
    flow.rows.reverse()  # the title stands left of the mark, and is read first
    flow.y += 20
    flow.rule(3, _SHAPE)
    flow.shapes = [*_waves(flow.width, height, paper), *flow.shapes]
    if photo:
        flow.shapes += _photo()
        flow.left = _PHOTO[2] + 40
    flow.gap(0.2)
    for number, pairs in enumerate(groups):
        if number:
            flow.rule(1, _SHAPE)
        for name, value in pairs:
            if value is not None:
                flow.gap(0.1)
                flow.pair(name, value, at=0.36 if photo else 0.3)
    return flow.page()


def _photo() -> list[Shape]:
    left, top, right, bottom = _PHOTO
    middle, width, height = (left + right) / 2, right - left, bottom - top
    head = 0.19 * width
    return [
        Box((left, top), (right, bottom), 2, GREY, _BARE),
        Box((middle - head, top + 0.2 * height), (middle + head, top + 0.52 * height), 0,
            fill=_SHAPE, ellipse=True),
        Box((left + 0.14 * width, top + 0.62 * height), (right - 0.14 * width, bottom - 2), 0,
            fill=_SHAPE),
    ]  # fmt: skip


def _waves(width: int, height: int, paper: Colour) -> Iterable[Shape]:
    """Thin lines a little darker than the paper, as security print has them."""
    red, green, blue = (max(0, part - 9) for part in paper)
    for at in range(-height, width, 22):
        yield Line((at, 0), (at + height, height), 1, (red, green, blue))
        yield Line((at + height, 0), (at, height), 1, (red, green, blue))
