"""Page -> image. Refuses pages on which print overlaps or leaves the paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.generate.faces import fitting
from bench.generate.page import Box, Page, Text

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Area = tuple[float, float, float, float]
_RISE, _FALL = 0.7, 0.2  # of letters above and below the baseline, in sizes
_EDGE = 8  # dots of paper that stay bare
_PILLOW = {"left": "ls", "middle": "ms", "right": "rs"}


def area(text: Text) -> Area:
    """Left, top, right, bottom of the printed text."""
    chosen = fitting(text)
    width = chosen.getlength(text.text)
    left = text.x - {"left": 0.0, "middle": 0.5, "right": 1.0}[text.anchor] * width
    return left, text.y - _RISE * chosen.size, left + width, text.y + _FALL * chosen.size


def misfits(page: Page) -> Iterator[str]:
    """What is wrong with where the texts stand; nothing for a good page."""
    placed: list[tuple[Area, str]] = []
    for text in (text for row in page.rows for text in row):
        left, top, right, bottom = box = area(text)
        if left < _EDGE or top < _EDGE or right > page.width - _EDGE:
            yield f"{text.text!r} leaves the paper"
        if bottom > page.height - _EDGE:
            yield f"{text.text!r} stands below the paper's end"
        for other, said in placed:
            beside = right <= other[0] or left >= other[2]
            if not beside and bottom > other[1] and top < other[3]:
                yield f"{text.text!r} covers {said!r}"
        placed.append((box, text.text))


def drawn(page: Page) -> Image:
    """RGB; ValueError for a page with misfits."""
    from PIL import Image, ImageDraw

    for message in misfits(page):
        raise ValueError(message)
    image = Image.new("RGB", (page.width, page.height), page.paper)
    pen = ImageDraw.Draw(image)
    for shape in page.shapes:
        if isinstance(shape, Box):
            _box(pen, shape)
        else:
            pen.line((*shape.start, *shape.end), shape.ink, shape.width)
    for text in (text for row in page.rows for text in row):
        at = (text.x, text.y)
        pen.text(at, text.text, text.ink, fitting(text), anchor=_PILLOW[text.anchor])
    return image


def _box(pen: ImageDraw, box: Box) -> None:
    draw = pen.ellipse if box.ellipse else pen.rectangle
    border = box.ink if box.width else None
    draw((*box.start, *box.end), fill=box.fill, outline=border, width=box.width)
