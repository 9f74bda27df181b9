"""How small a difference paired documents can show: at least 80 of 100 such pairs show it.

A drop may come upon all documents alike, or upon some alone that moved not at all before; of these
nothing is seen in the spread of today's differences, so their spread is added to it (h below).
Student's t stands for few documents. The exact test needs some documents that move one way: 6 at
5 %, more where others move against them. What the simulations in tests/comparison/test_power.py
asked for beyond that is in the three constants.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from bench.comparison.significance import ALPHA, contributions
from bench.statistics import POWER, Clustered, student

MANY = 100  # documents: beyond these, how many move one way does not bind
_MANY_MORE = 10**6  # degrees of freedom: the normal distribution
_NEW = 1.4  # spread of the documents that a drop moves, of a single size of movement
_MORE, _FEW = 0.24, 5.0  # standard errors on top of t: at all times, and over the documents


@dataclass(frozen=True)
class Spread:
    """Of the documents' differences. `error`: standard error of the whole difference.

    `still`: share of documents with none. `typical`: the size of a movement, larger ones counting
    more. `against`: movements of that size in the rarer direction.
    """

    documents: int
    error: float
    still: float
    typical: float
    against: float


def spread(a: Clustered, b: Clustered, apart: Clustered) -> Spread | None:
    """`apart` is the difference of the two. None where no document differs."""
    import numpy as np

    count = len(apart.documents)
    if count < 2 or not apart.standard_error > 0:
        return None
    kept = (a.below != 0) | (b.below != 0)
    moves = count * contributions(a, b)[kept]
    sizes = np.abs(moves)
    total = float(sizes.sum())
    if not total > 0:
        return None
    typical = float((sizes**2).sum()) / total
    return Spread(
        documents=count,
        error=apart.standard_error,
        still=float(np.mean(sizes == 0)),
        typical=typical,
        against=min(float(sizes[moves > 0].sum()), float(sizes[moves < 0].sum())) / typical,
    )


def detectable(
    of: Spread | None, *, tests: int = 1, allowed: float = 0.0, most: float | None = None
) -> float | None:
    """The smallest difference that is shown in at least 80 % of pairs like these, two-sided at 5 %.

    `tests`: of how many Holm adjusts the p. `allowed`: the estimate must be larger than this as
    well. None where even `most`, the largest that there can be, is not shown.
    """
    if of is None:
        return None
    alpha = ALPHA / tests
    share = _share(of.documents, _against(of, alpha))
    if share is None:
        return None
    freedom = of.documents - 1
    power = student(POWER, freedom)
    needed = max(
        _beyond(of, student(1 - alpha / 2, freedom) + power, 0.0),
        _beyond(of, power, allowed),
        share * of.typical,
    )
    return None if most is not None and needed > most else needed


def documents_needed(of: Spread | None, allowed: float) -> int | None:
    """For 80 % power to exclude a drop of `allowed` where there is none."""
    if of is None or not allowed > 0:
        return None
    reach = student(1 - ALPHA / 2, _MANY_MORE) + student(POWER, _MANY_MORE)
    return math.ceil(of.documents * (reach * of.error / allowed) ** 2)


def _beyond(of: Spread, quantiles: float, start: float) -> float:
    """The d with (d - start)^2 = reach^2 (error^2 + h d): h d is the spread that a drop brings."""
    reach = quantiles + _MORE + _FEW / of.documents
    half = _NEW * of.still * of.typical * reach**2 / of.documents / 2
    rest = (reach * of.error) ** 2 + 2 * half * start
    return start + half + math.sqrt(half**2 + rest)


def _against(of: Spread, alpha: float) -> int:
    """How many documents must move one way for a p below `alpha`."""
    opposed = math.ceil(of.still * of.against) if of.documents <= MANY else 0
    return _one_way(opposed, alpha)


@cache
def _one_way(opposed: int, alpha: float) -> int:
    found = opposed + 1
    while 2 * _tail(found + opposed, opposed, 0.5) >= alpha:
        found += 1
    return found


@cache
def _share(documents: int, least: int) -> float | None:
    """The share of documents that must move for at least `least` of them in 80 % of pairs."""
    if documents < least:
        return None
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if 1 - _tail(documents, least - 1, middle) >= POWER:
            high = middle
        else:
            low = middle
    return high


def _tail(count: int, most: int, chance: float) -> float:
    """At most `most` of `count`, each with that chance (binomial)."""
    terms = (
        math.comb(count, one) * chance**one * (1 - chance) ** (count - one)
        for one in range(most + 1)
    )
    return math.fsum(terms)
