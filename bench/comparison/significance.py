"""Paired differences: their interval, and how likely chance alone makes one as large.

The interval resamples whole documents with the same weights on both sides (bench/statistics.py).
The test flips, document by document, which side gave which answers: under the hypothesis that the
two sides do not differ both are as likely (Fisher, The Design of Experiments, 1935; for systems on
one test set Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989). Holm, "A Simple
Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.statistics import CONFIDENCE, Clustered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Keys = NDArray[np.uint64]

ALPHA = 1 - CONFIDENCE
EXACT = 13  # documents that differ: all 8,192 flips are tried
DRAWS = 9_999
NORMAL = 0.01  # excess kurtosis below which the sum of flips counts as normal: p within 0.0002
_BLOCK = 256  # documents whose flips are held at once: 20 MB
_SAME = 1e-9  # of the sum of all sizes: rounding
_STEP, _MIX, _MIX_AGAIN = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_SALT = 0x5851F42D4C957F2D  # the bootstrap's weights are drawn from the same keys


def difference(a: Clustered, b: Clustered) -> Clustered | None:
    """B - A as one clustered ratio; both over the same documents. None where a side has no value.

    Exact where each document weighs the same on both sides, else linearised around the two values:
    the difference itself is exact always.
    """
    import numpy as np

    kept = (a.below != 0) | (b.below != 0)
    if not a.below.any() or not b.below.any():
        return None
    documents = a.documents[kept]
    if np.array_equal(a.below, b.below):
        return Clustered(documents, (b.above - a.above)[kept], a.below[kept])
    apart = (b.value or 0.0) - (a.value or 0.0)
    moves = b.residuals / math.fsum(b.below) - a.residuals / math.fsum(a.below)
    return Clustered(documents, apart + len(documents) * moves[kept], np.ones(len(documents)))


def contributions(a: Clustered, b: Clustered) -> Floats:
    """What each document adds to the difference: flipping its two sides turns the sign."""
    under = (math.fsum(a.below) + math.fsum(b.below)) / 2
    both = (math.fsum(a.above) + math.fsum(b.above)) / (2 * under)
    moves: Floats = ((b.above - a.above) - both * (b.below - a.below)) / under
    return moves


def sign_flip(moves: Floats, drawn_from: Keys) -> float:
    """Two-sided p of the sum of `moves`, whose signs are as likely either way.

    Exact up to 13 documents that differ, else 9,999 flips, or the normal distribution where the
    flips' sum has it: its excess kurtosis is -2 sum(m^4) / sum(m^2)^2. `drawn_from`: a key a
    document, so that the order of documents changes nothing.
    """
    import numpy as np

    apart = np.flatnonzero(moves)
    if not len(apart):
        return 1.0
    some = moves[apart]
    seen = abs(math.fsum(some)) - _SAME * float(np.abs(some).sum())
    if len(some) <= EXACT:
        flips = np.arange(2 ** len(some))[:, None] >> np.arange(len(some)) & 1
        return float(np.mean(np.abs(flips @ (2 * some) - some.sum()) >= seen))
    scaled = some / np.abs(some).max()  # squares of the smallest numbers would vanish
    squares = float((scaled**2).sum())
    if 2 * float((scaled**4).sum()) < NORMAL * squares**2:
        reach = max(seen, 0.0) / float(np.abs(some).max()) / math.sqrt(squares)
        return math.erfc(reach / math.sqrt(2))
    sums = np.full(DRAWS, some.sum())
    for start in range(0, len(some), _BLOCK):
        part = slice(start, start + _BLOCK)
        sums -= (2 * some[part]) @ _flips(drawn_from[apart[part]])
    return (1 + int(np.sum(np.abs(sums) >= seen))) / (1 + DRAWS)


def _flips(keys: Keys) -> Floats:
    """A row a document, 0 or 1 in each draw: SplitMix64 from its key."""
    import numpy as np

    words = -(-DRAWS // 64)
    with np.errstate(over="ignore"):
        bits = (keys ^ np.uint64(_SALT))[:, None]
        bits = bits + np.arange(1, words + 1, dtype=np.uint64) * np.uint64(_STEP)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(_MIX)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(_MIX_AGAIN)
        bits ^= bits >> np.uint64(31)
    drawn: Floats = np.unpackbits(bits.view(np.uint8), axis=1)[:, :DRAWS].astype(np.float64)
    return drawn


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Each p adjusted for all that are known; the rest stays None."""
    known = sorted((p, place) for place, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[place] = highest
    return adjusted
