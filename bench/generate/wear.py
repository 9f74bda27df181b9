"""A drawn page as a scanner or a telephone would give it, and its file."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.generate.look import Look

if TYPE_CHECKING:
    from PIL.Image import Image

_DESK = (214, 212, 208)
QUALITY = 52  # of JPEG: small, and its blocks are not seen at this size of print


def worn(image: Image, look: Look) -> Image:
    rng = Random(look.seed)  # noqa: S311  (a seeded drawing)
    made = {
        "clean": lambda: image,
        "skew": lambda: _turned(image, look.strength),
        "blur": lambda: _blurred(image, look.strength),
        "stain": lambda: _stained(image, look.strength, rng),
        "low_light": lambda: _darkened(image, look.strength, rng),
        "noise": lambda: _noisy(image, look.strength, look.seed),
    }
    return made[look.wear]()


def ending(look: Look) -> str:
    """Clean pages keep every dot."""
    return ".png" if look.wear == "clean" else ".jpg"


def save(image: Image, path: Path) -> None:
    from PIL import Image as Images

    if path.suffix == ".png":
        few = image.quantize(24, method=Images.Quantize.MEDIANCUT, dither=Images.Dither.NONE)
        few.save(path, optimize=True)
    else:
        image.save(path, quality=QUALITY, optimize=True)


def _turned(image: Image, degrees: float) -> Image:
    from PIL import Image as Images

    return image.rotate(degrees, Images.Resampling.BICUBIC, expand=True, fillcolor=_DESK)


def _blurred(image: Image, radius: float) -> Image:
    from PIL import ImageFilter

    return image.filter(ImageFilter.GaussianBlur(radius))


def _stained(image: Image, darkness: float, rng: Random) -> Image:
    """Rings of a cup and spots, multiplied with the page."""
    from PIL import Image as Images
    from PIL import ImageChops, ImageDraw, ImageFilter

    mask = Images.new("L", image.size, 0)
    pen = ImageDraw.Draw(mask)
    width, height = image.size
    for _ in range(rng.randint(1, 2)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(80, 150)
        circle = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(circle, fill=70, outline=230, width=rng.randint(9, 18))
    for _ in range(rng.randint(3, 8)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(6, 40)
        long = radius * rng.uniform(0.7, 1.5)
        pen.ellipse((x - radius, y - long, x + radius, y + long), fill=rng.randint(90, 200))
    soft = mask.filter(ImageFilter.GaussianBlur(4)).point([v * darkness for v in range(256)])
    coffee = Images.new("RGB", image.size, (122, 84, 40))
    cover = Images.composite(coffee, Images.new("RGB", image.size, (255, 255, 255)), soft)
    return ImageChops.multiply(image, cover)


def _darkened(image: Image, light: float, rng: Random) -> Image:
    """Lamp light from one side: dark, a little yellow, and grainy."""
    from PIL import Image as Images
    from PIL import ImageChops

    slope = Images.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270)))
    falls = slope.point([255 * light * (0.65 + 0.7 * v / 255) for v in range(256)])
    lamp = falls.resize(image.size, Images.Resampling.BICUBIC)
    tint = [
        lamp,
        lamp.point([v * 0.95 for v in range(256)]),
        lamp.point([v * 0.8 for v in range(256)]),
    ]
    dark = ImageChops.multiply(image, Images.merge("RGB", tint))
    return _noisy(dark, 3.0, rng.getrandbits(32))


def _noisy(image: Image, deviation: float, seed: int) -> Image:
    import numpy as np
    from PIL import Image as Images

    rng = np.random.default_rng(seed)
    grains = rng.normal(0.0, deviation, (image.height, image.width, 1))
    seen = np.asarray(image, np.float32) + grains.astype(np.float32)
    return Images.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
