"""What was done to a page on its way into a file: one thing each, with its strength."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Wear = Literal["clean", "skew", "blur", "stain", "low_light", "noise"]
# Half of the pages are clean, both of those at even and of those at odd places.
CYCLE: tuple[Wear, ...] = (
    *("clean", "clean", "skew", "blur", "clean", "clean", "stain", "low_light", "clean", "noise"),
)


@dataclass(frozen=True)
class Look:
    """`strength`: degrees of skew; dots of blur; darkness of stains; share of the light that is
    left; standard deviation of the noise on 0 to 255. `seed` is for what is random in the picture.
    """

    wear: Wear
    strength: float = 0.0
    seed: int = 0


def look(index: int, rng: Random, *, clean: bool = False) -> Look:
    """That of the document `index` (from 0). Every ten documents the cycle starts one later, so
    that it falls in step with no order of classes or languages.
    """
    wear = "clean" if clean else CYCLE[(index + index // len(CYCLE)) % len(CYCLE)]
    least, most = {
        "clean": (0.0, 0.0),
        "skew": (0.8, 2.4),
        "blur": (1.2, 2.0),
        "stain": (0.25, 0.5),
        "low_light": (0.38, 0.6),
        "noise": (14.0, 26.0),
    }[wear]
    strength, sign, seed = rng.uniform(least, most), rng.choice((-1, 1)), rng.getrandbits(32)
    return Look(wear, round(strength * (sign if wear == "skew" else 1), 3), seed)
