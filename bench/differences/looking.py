"""Two images side by side: the same picture, coded again, resized, altered, or another one.

The bounds were set on 60 photographed receipts and pages (docs/diff.md). At 32 x 32 grey two
pictures of the same page correlate by 0.93 or more (JPEG quality 5; an eighth of the size), two
other pages by 0.83 or less. Coding again, down to JPEG quality 5, moves no block of 8 x 8 pixels
by more than 29 of 255; one printed word moves a block by 50.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

SIZE = 32  # of a thumbnail, in pixels
SAME_PICTURE = 0.9  # correlation of thumbnails
FLAT = 2.0  # standard deviation of a thumbnail that shows nothing, of 255
FLAT_ALIKE = 8.0  # mean difference of two such
BLOCK = 8
CODED = 32  # the most that coding moves a block, of 255

Judged = Literal["loss", "size", "altered", "turned", "another"]
Thumbnail = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """`mean` and `most` (of a block) are differences of 255; None where the sizes differ."""

    judged: Judged
    mean: float | None = None
    most: int | None = None
    turned: int = 0


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """In RGB, in 8 bits. Raises whatever the decoder raises."""
    from PIL import Image

    with warnings.catch_warnings(), Image.open(path) as image:
        warnings.simplefilter("ignore")
        if image.mode.startswith("I;16"):
            yield Image.fromarray((np.asarray(image) // 257).astype(np.uint8)).convert("RGB")
        else:
            yield image.convert("RGB")


@lru_cache(maxsize=4096)
def thumbnail(path: Path) -> Thumbnail | None:
    """Grey, 0 to 255; None where the file cannot be decoded."""
    from PIL import Image

    try:
        with opened(path) as image:
            small = image.convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)
            return np.asarray(small, dtype=float)
    except Exception:  # noqa: BLE001  (a decoder may raise anything)
        return None


def distance(a: Thumbnail, b: Thumbnail) -> float:
    """Mean difference at 16 x 16, of 255."""
    return float(np.abs(_halved(a) - _halved(b)).mean())


def _halved(thumb: Thumbnail) -> Thumbnail:
    half = SIZE // 2
    found: Thumbnail = thumb.reshape(half, 2, half, 2).mean(axis=(1, 3))
    return found


def alike(a: Thumbnail, b: Thumbnail) -> bool:
    if min(a.std(), b.std()) < FLAT:
        return max(a.std(), b.std()) < 2 * FLAT and float(np.abs(a - b).mean()) <= FLAT_ALIKE
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) >= SAME_PICTURE


def look(a: Path, b: Path) -> Look | None:
    """None where one of the two cannot be decoded."""
    small_a, small_b = thumbnail(a), thumbnail(b)
    if small_a is None or small_b is None:
        return None
    if not alike(small_a, small_b):
        turns = [n for n in (1, 2, 3) if alike(np.rot90(small_a, n), small_b)]
        return Look("turned", turned=90 * turns[0]) if turns else Look("another")
    with opened(a) as one, opened(b) as other:
        if one.size != other.size:
            return Look("size")
        return _same_size(one, other)


def _same_size(a: Image.Image, b: Image.Image) -> Look:
    from PIL import ImageChops, ImageStat

    means: list[float] = ImageStat.Stat(ImageChops.difference(a, b)).mean
    factor = min(BLOCK, *a.size)
    blocks = ImageChops.difference(a.convert("L").reduce(factor), b.convert("L").reduce(factor))
    extremes: Any = blocks.getextrema()
    most = int(extremes[1])
    judged: Judged = "loss" if most <= CODED else "altered"
    return Look(judged, mean=sum(means) / len(means), most=most)
