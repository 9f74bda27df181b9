"""Rows to ink: what the print head of a thermal printer puts down, before any wear."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

from tools.receipts.rows import Gap, Row, Rule, Size, Text
from tools.receipts.typefaces import FontPair

PRINT_WIDTH = 576  # dots of an 80 mm print head
MARGIN = 34
STRETCH: dict[Size, tuple[float, float]] = {
    "normal": (1.0, 1.0),
    "tall": (1.15, 1.7),
    "wide": (1.8, 1.1),
    "big": (1.55, 1.75),
}


@dataclass(frozen=True)
class Pen:
    """A font pair at the size that puts `columns` digits on a line; `line` in dots."""

    regular: ImageFont.FreeTypeFont
    bold: ImageFont.FreeTypeFont
    stroke: int
    line: int


def pen(fonts: FontPair, columns: int) -> Pen:
    advance = ImageFont.truetype(str(fonts.regular), 100).getlength("0") / 100
    size = PRINT_WIDTH / columns / advance
    regular = ImageFont.truetype(str(fonts.regular), size)
    bold = ImageFont.truetype(str(fonts.bold or fonts.regular), size)
    ascent, descent = regular.getmetrics()
    return Pen(regular, bold, 0 if fonts.bold else 1, round((ascent + descent) * 1.04))


def word_ink(text: str, row: Text, with_pen: Pen) -> Image.Image:
    """One cell's ink, as high as its line, stretched as its row asks."""
    font = with_pen.bold if row.bold else with_pen.regular
    stroke = with_pen.stroke if row.bold else 0
    width = round(font.getlength(text)) + 2 * stroke
    ink = Image.new("L", (width, with_pen.line), 0)
    ImageDraw.Draw(ink).text((stroke, 1), text, 255, font, stroke_width=stroke / 2)
    across, down = STRETCH[row.size]
    if row.size == "normal":
        return ink
    return ink.resize(
        (round(width * across), round(with_pen.line * down)), Image.Resampling.BICUBIC
    )


def text_ink(row: Text, with_pen: Pen) -> Image.Image:
    """One row; ValueError where cells overlap or leave the paper."""
    height = round(with_pen.line * STRETCH[row.size][1])
    strip = Image.new("L", (PRINT_WIDTH, height), 0)
    end = 0
    for cell in row.cells:
        ink = word_ink(cell.text, row, with_pen)
        shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[cell.anchor]
        x = round(cell.at * PRINT_WIDTH - shift * ink.width)
        if x < end or x + ink.width > PRINT_WIDTH + 2:
            raise ValueError(f"no room for {cell.text!r} in {row}")
        strip.paste(ink, (x, 0))
        end = x + ink.width + 3
    if row.inverse:
        return ImageChops.invert(strip)
    return strip


def rule_ink(row: Rule, line: int) -> Image.Image:
    strip = Image.new("L", (PRINT_WIDTH, round(line * 0.7)), 0)
    pencil, y = ImageDraw.Draw(strip), round(line * 0.35)
    if row.kind in {"dashes", "dots"}:
        dash, step = (8, 13) if row.kind == "dashes" else (2, 8)
        for x in range(0, PRINT_WIDTH - dash, step):
            pencil.rectangle((x, y, x + dash - 1, y + 1), 255)
    else:
        for offset in (-2, 2) if row.kind == "double" else (0,):
            pencil.rectangle((0, y + offset, PRINT_WIDTH, y + offset + 1), 255)
    return strip


def bars_ink(rng: Random) -> Image.Image:
    strip = Image.new("L", (PRINT_WIDTH, 76), 0)
    pencil, x = ImageDraw.Draw(strip), 110
    while x < PRINT_WIDTH - 110:
        bar = rng.choice((2, 2, 4, 6))
        pencil.rectangle((x, 0, x + bar - 1, 76), 255)
        x += bar + rng.choice((2, 4, 4, 6))
    return strip


def squares_ink(rng: Random) -> Image.Image:
    side, dot = 25, 6
    strip = Image.new("L", (PRINT_WIDTH, side * dot + 8), 0)
    pencil, start = ImageDraw.Draw(strip), (PRINT_WIDTH - side * dot) // 2

    def block(x: int, y: int, size: int, ink: int) -> None:
        corner = (start + x * dot, y * dot)
        pencil.rectangle((*corner, corner[0] + size * dot - 1, corner[1] + size * dot - 1), ink)

    for y in range(side):
        for x in range(side):
            block(x, y, 1, 255 * (rng.random() < 0.5))
    for x, y in ((0, 0), (side - 7, 0), (0, side - 7)):
        block(max(x - 1, 0), max(y - 1, 0), 8, 0)
        block(x, y, 7, 255)
        block(x + 1, y + 1, 5, 0)
        block(x + 2, y + 2, 3, 255)
    return strip


def row_ink(row: Row, with_pen: Pen) -> Image.Image:
    if isinstance(row, Text):
        return text_ink(row, with_pen)
    if isinstance(row, Rule):
        return rule_ink(row, with_pen.line)
    if isinstance(row, Gap):
        return Image.new("L", (PRINT_WIDTH, round(row.lines * with_pen.line)), 0)
    return bars_ink(Random(row.seed)) if row.kind == "bars" else squares_ink(Random(row.seed))


def printed(rows: tuple[Row, ...], fonts: FontPair, columns: int) -> Image.Image:
    """The whole receipt in dots: 255 = ink, 0 = bare paper, with its margins."""
    with_pen = pen(fonts, columns)
    strips = [row_ink(row, with_pen) for row in rows]
    height = sum(strip.height for strip in strips)
    page = Image.new("L", (PRINT_WIDTH + 2 * MARGIN, height + 4 * MARGIN), 0)
    y = 2 * MARGIN
    for strip in strips:
        page.paste(strip, (MARGIN, y))
        y += strip.height
    return page.point([max(0, min(255, (v - 70) * 2)) for v in range(256)])
