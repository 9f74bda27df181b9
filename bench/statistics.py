"""Intervals by the bootstrap, clustered on the document (docs/statistics.md).

Questions about one page are not independent, so whole documents are resampled and the sum over sum
is computed anew for each draw. A document's weights in the draws come from its name and the seed
alone: neither the order of the records nor the other documents change them, and a group of
documents has the same interval by itself as within the whole.

Sources: Efron, "Better Bootstrap Confidence Intervals", JASA 82 (1987), for BCa; Hesterberg, "What
Teachers Should Know About the Bootstrap", The American Statistician 69 (2015), for widening it
where documents are few; Hanley and MacGibbon, "Creating non-parametric bootstrap samples using
Poisson frequencies" (2006), for weights that are drawn document by document.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.quality_rows import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Places = NDArray[np.int64]
    Keys = NDArray[np.uint64]

RESAMPLES = 1000
CONFIDENCE = 0.95
POWER = 0.8
MINIMUM = 5  # with fewer documents there are too few distinct draws to say anything
LARGEST = 10_000  # documents; above, a sum is normal and resampling it tells nothing more
METHOD = f"BCa bootstrap over documents, widened for few of them, {RESAMPLES} resamples"
METHOD_OF_ALIKE = "exact bound on the share of such documents: all are alike"
METHOD_OF_MANY = f"normal, clustered on documents (more than {LARGEST:,})"

_NORMAL = NormalDist()
_BLOCK = 4096  # documents whose weights are held at once: 16 MB
_BATCH = 2000  # groups whose draws are held at once: 32 MB
_DENSE = 0.25  # from this share of a block on, a product with zeros is cheaper than picking rows
_TIE = 1e-5  # of a standard error; products are of single precision
_STEP, _MIX, _MIX_AGAIN = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Bounds(NamedTuple):
    low: float
    high: float
    clusters: int
    method: str = METHOD


@dataclass(frozen=True)
class Clustered:
    """A ratio's numerators and denominators by document.

    `documents` are places in the keys of all documents, ascending, each once.
    """

    documents: Places
    above: Floats
    below: Floats

    @cached_property
    def value(self) -> float | None:
        under = math.fsum(self.below)
        return math.fsum(self.above) / under if under else None

    @property
    def mean(self) -> float | None:
        """Of the documents' own ratios, each counting the same."""
        import numpy as np

        measured = np.flatnonzero(self.below)
        if not len(measured):
            return None
        return math.fsum(self.above[measured] / self.below[measured]) / len(measured)

    @cached_property
    def standard_error(self) -> float:
        """Of the ratio, linearised: the sandwich over documents, with the factor n / (n - 1)."""
        count, under = len(self.documents), float(self.below.sum())
        if count < 2 or not under:
            return math.nan
        squares = float((self.residuals**2).sum())
        return math.sqrt(count / (count - 1) * squares) / under

    @cached_property
    def residuals(self) -> Floats:
        """What each document adds beyond its share; exactly 0 where all have the same ratio."""
        import numpy as np

        expected = self.below * (self.value or 0.0)
        rest = self.above - expected
        size = np.maximum(np.abs(self.above), np.abs(expected))
        return np.where(np.abs(rest) <= 1e-12 * size, 0.0, rest)


def interval(bounds: Bounds | None, *, low: float, high: float | None) -> Interval | None:
    """`bounds` within what the value can be; None as well where nothing can be said.

    Where all documents are alike, resampling them tells nothing. With 95 % confidence at least a
    share q of all documents is like them (q = .025 ** (1 / documents); Clopper and Pearson 1934),
    and the others are somewhere from `low` to `high`: without a `high` there is no interval then.
    """
    if bounds is None:
        return None
    (below, above), method = (bounds.low, bounds.high), bounds.method
    if below == above:
        if high is None:
            return None
        share = ((1 - CONFIDENCE) / 2) ** (1 / bounds.clusters)
        below, above = (share * below + (1 - share) * end for end in (low, high))
        method = METHOD_OF_ALIKE
    return Interval(
        low=max(below, low),
        high=above if high is None else min(above, high),
        confidence=CONFIDENCE,
        method=method,
        clusters=bounds.clusters,
    )


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

    names = sorted(set(clusters))
    numbers = {name: number for number, name in enumerate(names)}
    index = np.fromiter((numbers[name] for name in clusters), dtype=np.int64, count=len(clusters))
    above, below = (
        np.bincount(index, weights=some, minlength=len(names)).astype(np.float64)
        for some in (numerators, denominators)
    )
    one = Clustered(np.arange(len(names)), above, below)
    return intervals([one], keys(names, seed=seed))[0]


def keys(names: Sequence[str], *, seed: int) -> Keys:
    """What a document's weights are drawn from; names may hold lone surrogates."""
    import numpy as np

    salt = (seed % 2**128).to_bytes(16, "little")
    drawn = (
        hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, salt=salt).digest()
        for name in names
    )
    return np.frombuffer(b"".join(drawn), dtype="<u8").astype(np.uint64)


def intervals(groups: Sequence[Clustered], known: Keys) -> list[Bounds | None]:
    """One a group, in their order; `known` are the `keys` of all documents."""
    found: list[Bounds | None] = [None] * len(groups)
    resampled = []
    for place, group in enumerate(groups):
        if len(group.documents) < MINIMUM or not group.below.any():
            continue
        if len(group.documents) > LARGEST:
            found[place] = _normal_bounds(group)
        else:
            resampled.append(place)
    for start in range(0, len(resampled), _BATCH):
        batch = resampled[start : start + _BATCH]
        some = [groups[place] for place in batch]
        for place, one, drawn in zip(batch, some, _draws(some, known), strict=True):
            found[place] = _bca(one, drawn)
    return found


def detectable(group: Clustered) -> float | None:
    """The smallest difference between two independent runs over documents like these that is
    found with 80 % power at 5 %, two-sided. None with fewer than five documents, or where all
    documents have the same value.

    Sources: Card et al., "With Little Power Comes Great Responsibility", EMNLP 2020; Miller,
    "Adding Error Bars to Evals", 2024.
    """
    error = group.standard_error
    if len(group.documents) < MINIMUM or not error > 0:
        return None
    both = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2) + _NORMAL.inv_cdf(POWER)
    return both * math.sqrt(2) * error


def _normal_bounds(group: Clustered) -> Bounds:
    value, reach = group.value or 0.0, _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
    reach *= group.standard_error
    return Bounds(value - reach, value + reach, len(group.documents), METHOD_OF_MANY)


def _draws(groups: Sequence[Clustered], known: Keys) -> Iterator[Floats]:
    """Each group's value in each draw, less its value: residuals over denominators."""
    import numpy as np

    needed = np.unique(np.concatenate([one.documents for one in groups]))
    columns = [
        np.stack([one.residuals, one.below]).astype(np.float32)  # exact to 1e-7 of the spread
        for one in groups
    ]
    rows = [np.searchsorted(needed, one.documents) for one in groups]
    sums = np.zeros((len(groups), 2, RESAMPLES))
    for start in range(0, len(needed), _BLOCK):
        weights = _weights(known[needed[start : start + _BLOCK]])
        _add(sums, weights, start, rows, columns)
    for over, under in sums:
        kept = under > 0
        yield over[kept] / under[kept]


def _add(
    sums: Floats, weights: Floats, start: int, rows: list[Places], columns: list[Floats]
) -> None:
    """The block's documents into each group's sums."""
    import numpy as np

    count = len(weights)
    parts = [slice(*np.searchsorted(one, (start, start + count))) for one in rows]
    dense = [n for n, part in enumerate(parts) if part.stop - part.start >= _DENSE * count]
    if dense:
        padded = np.zeros((len(dense), 2, count), dtype=np.float32)
        for place, number in enumerate(dense):
            part = parts[number]
            padded[place][:, rows[number][part] - start] = columns[number][:, part]
        product = padded.reshape(-1, count) @ weights
        sums[dense] += product.reshape(len(dense), 2, RESAMPLES)
    sparse = sorted(set(range(len(rows))) - set(dense))
    # Metrics of one task measure the same documents: what is picked serves all of them.
    alike: dict[bytes, list[int]] = defaultdict(list)
    for number in sparse:
        alike[rows[number][parts[number]].tobytes()].append(number)
    for numbers in alike.values():
        part = parts[numbers[0]]
        if part.stop > part.start:
            picked = weights[rows[numbers[0]][part] - start]
            stacked = np.concatenate([columns[number][:, parts[number]] for number in numbers])
            sums[numbers] += (stacked @ picked).reshape(len(numbers), 2, RESAMPLES)


def _weights(drawn_from: Keys) -> Floats:
    """How often each document (row) is in each draw: Poisson with mean 1.

    SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) from each key, sixteen bits a draw.
    """
    import numpy as np

    with np.errstate(over="ignore"):
        counted = np.arange(1, RESAMPLES // 4 + 1, dtype=np.uint64) * np.uint64(_STEP)
        bits = drawn_from[:, None] + counted
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(_MIX)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(_MIX_AGAIN)
        bits ^= bits >> np.uint64(31)
    drawn: Floats = _poisson()[bits.view(np.uint16)]
    return drawn


@cache
def _poisson() -> Floats:
    """The quantiles of a Poisson variable with mean 1, at 65,536 even steps."""
    import numpy as np

    mass = [math.exp(-1) / math.factorial(count) for count in range(12)]
    levels = (np.arange(65536) + 0.5) / 65536
    return np.searchsorted(np.cumsum(mass), levels, side="right").astype(np.float32)


def _bca(group: Clustered, drawn: Floats) -> Bounds | None:
    """`drawn`: the draws' values less the group's. Moved for bias and skewness, and widened."""
    import numpy as np

    value, count = group.value, len(group.documents)
    if value is None or not len(drawn):
        return None
    error = group.standard_error
    if not error > 0:
        return Bounds(value, value, count)
    tie = _TIE * error
    below = np.mean(drawn < -tie) + np.mean(np.abs(drawn) <= tie) / 2
    one_draw = 1 / len(drawn)
    bias = _NORMAL.inv_cdf(min(max(float(below), one_draw), 1 - one_draw))
    rest = group.residuals
    skewness = float((rest**3).sum() / (6 * (rest**2).sum() ** 1.5))
    reach = _reach(count)
    moved = (bias + end for end in (-reach, reach))
    levels = [_NORMAL.cdf(bias + one / max(1 - skewness * one, 0.1)) for one in moved]
    low, high = np.quantile(drawn, levels)
    return Bounds(value + float(low), value + float(high), count)


def widened(count: int) -> tuple[float, float]:
    """The quantiles of draws of `count` documents, two or more, that bound 95 % (as above)."""
    reach = _reach(count)
    return _NORMAL.cdf(-reach), _NORMAL.cdf(reach)


def _reach(count: int) -> float:
    return math.sqrt(count / (count - 1)) * student((1 + CONFIDENCE) / 2, count - 1)


def student(level: float, freedom: int) -> float:
    """A quantile of Student's t, to 0.001 from 4 degrees of freedom on (Abramowitz and Stegun,
    26.7.5).
    """
    z = _NORMAL.inv_cdf(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, start=1))
