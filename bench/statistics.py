"""Intervals by the bootstrap (Efron 1979, percentile method), clustered on the document.

Questions about one page are not independent: whole documents are drawn with replacement, and the
sum over sum is computed anew for each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

RESAMPLES = 1000
CONFIDENCE = 0.95
METHOD = f"percentile bootstrap over documents, {RESAMPLES} resamples"
MINIMUM = 5  # with fewer documents there are too few distinct draws to say anything
_CELLS = 2_000_000  # weights held at once: 16 MB


class Bounds(NamedTuple):
    low: float
    high: float
    clusters: int


def bootstrap(
    numerators: Sequence[float],
    denominators: Sequence[float],
    clusters: Sequence[str],
    *,
    seed: int,
) -> Bounds | None:
    """Bounds of sum(numerators) / sum(denominators); None with fewer than five documents.

    The three sequences have one entry a sample. Draws whose denominators sum to 0 are left out.
    """
    import numpy as np

    numbers = {name: number for number, name in enumerate(sorted(set(clusters)))}
    index = np.array([numbers[name] for name in clusters], dtype=int)
    count = len(numbers)
    if count < MINIMUM:
        return None
    above = np.bincount(index, weights=np.asarray(numerators, dtype=float), minlength=count)
    below = np.bincount(index, weights=np.asarray(denominators, dtype=float), minlength=count)
    generator = np.random.default_rng(seed)
    ratios = []
    left = RESAMPLES
    while left:
        draws = min(left, max(1, _CELLS // count))
        picked = generator.integers(0, count, size=(draws, count))
        over = above[picked].sum(axis=1)
        under = below[picked].sum(axis=1)
        ratios.append(over[under > 0] / under[under > 0])
        left -= draws
    drawn = np.concatenate(ratios)
    if not len(drawn):
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Bounds(float(low), float(high), count)
