"""How worn a receipt looks: numbers only, drawn from the seed; `paper.py` applies them."""

from dataclasses import dataclass
from random import Random

WEARS = ("clean", "rotated", "faded", "banded", "noisy", "blurred", "perspective", "crumpled")


@dataclass(frozen=True)
class Look:
    """`rotation` in degrees; `width` of the image in pixels; the rest 0 (none) to 1."""

    width: int
    ink: float
    rotation: float
    faded: float
    banded: float
    noisy: float
    blurred: float
    perspective: float
    crumpled: float
    on_table: bool


def drawn(rng: Random, wears: tuple[str, ...]) -> Look:
    """Each named wear gets a strength between .5 and 1; the others little or none."""
    if unknown := set(wears) - set(WEARS):
        raise ValueError(f"no such wear: {', '.join(sorted(unknown))}")

    def strength(wear: str, least: float = 0.0) -> float:
        return round(rng.uniform(0.5, 1.0), 3) if wear in wears else least

    tilt = rng.uniform(1.0, 2.8) if "rotated" in wears else rng.uniform(0.0, 0.4)
    return Look(
        width=rng.randrange(620 if "blurred" in wears else 500, 721, 4),
        ink=round(rng.uniform(0.55, 0.85), 3),
        rotation=round(tilt * rng.choice((-1, 1)), 2),
        faded=strength("faded"),
        banded=strength("banded", 0.1),
        noisy=strength("noisy", 0.0 if "clean" in wears else 0.15),
        blurred=strength("blurred", 0.1),
        perspective=strength("perspective"),
        crumpled=strength("crumpled"),
        on_table="perspective" in wears or "crumpled" in wears,
    )
