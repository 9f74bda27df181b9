"""The fonts that come with bench: a fresh machine draws the same pages."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.generate.page import Face, Text

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FOLDER = Path(__file__).resolve().parent / "fonts"
FILES: dict[Face, str] = {
    "sans": "PTS55F.ttf",
    "bold": "PTS75F.ttf",
    "serif": "PTF55F.ttf",
    "hangul": "NanumSquareR.ttf",
    "hangul_bold": "NanumSquareB.ttf",
}
SMALLEST = 13  # dots: below it print is not read


@lru_cache(maxsize=128)
def font(face: Face, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    # BASIC: shaping by libraqm moves letters, and not every machine has it.
    return ImageFont.truetype(FOLDER / FILES[face], size, layout_engine=ImageFont.Layout.BASIC)


def fitting(text: Text) -> FreeTypeFont:
    """The font at the text's size, or at the largest one at which it fits its room.

    ValueError where that is under SMALLEST.
    """
    chosen = font(text.face, text.size)
    if text.room is None:
        return chosen
    size = text.size
    while chosen.getlength(text.text) > text.room:
        size = min(size - 1, int(size * text.room / chosen.getlength(text.text)))
        if size < SMALLEST:
            raise ValueError(f"no room for {text.text!r}: {text.room:g} dots")
        chosen = font(text.face, size)
    return chosen
