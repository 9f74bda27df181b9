"""The interval holds the true difference as often as it says, and p finds nothing where there is
nothing.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.comparison.significance import (
    contributions,
    difference,
    holm,
    sign_flip,
)
from bench.statistics import Clustered, intervals, keys
from tests.clusters import draw

if TYPE_CHECKING:
    from bench.comparison.significance import Floats, Keys


def known(count: int) -> Keys:
    return keys([f"d{number}" for number in range(count)], seed=0)


def two(documents: int, apart: float, dice: np.random.Generator) -> tuple[Clustered, Clustered]:
    """A and B on the same documents: B's answers are A's, moved by `apart` and by chance."""
    a = draw("graded", 0.6, documents, dice)
    noise = dice.normal(apart, 0.15, documents) * a.below
    return a, Clustered(a.documents, a.above + noise, a.below)


@pytest.mark.parametrize(
    ("moves", "p"),
    [([1.0, 1.0, 1.0], 2 / 8), ([1.0, -1.0], 1.0), ([0.0, 0.0], 1.0), ([3.0, 1.0, 0.0], 2 / 4)],
    ids=["all-one-way", "even", "nothing", "zeros-do-not-count"],
)
def test_p_of_a_few_documents_counts_all_flips(moves: list[float], p: float) -> None:
    assert sign_flip(np.array(moves), known(len(moves))) == pytest.approx(p)


def test_p_agrees_with_counting_by_hand() -> None:
    moves = np.array([0.4, -0.1, 0.3, 0.25, -0.2, 0.1, 0.5])
    seen = abs(moves.sum()) - 1e-12
    flips = [abs(np.dot(signs, moves)) >= seen for signs in product((1, -1), repeat=7)]
    assert sign_flip(moves, known(7)) == pytest.approx(sum(flips) / 2**7)


def _drawn(count: int, spread: float) -> Floats:
    dice = np.random.default_rng(5)
    moves: Floats = dice.standard_t(3, count) * 0.1 + spread
    return moves


def test_drawn_flips_and_the_normal_distribution_agree() -> None:
    """300 documents with heavy tails are drawn; 3,000 alike ones are taken as normal."""
    some = _drawn(300, 0.035)
    drawn = sign_flip(some, known(300))
    z = abs(some.sum()) / np.sqrt((some**2).sum())
    assert drawn == pytest.approx(_two_sided(float(z)), abs=0.012)
    assert drawn < 0.2
    many = np.random.default_rng(6).normal(0.003, 0.1, 3000)
    z = abs(many.sum()) / np.sqrt((many**2).sum())
    assert sign_flip(many, known(3000)) == pytest.approx(_two_sided(float(z)), rel=1e-5)


def _two_sided(z: float) -> float:
    from statistics import NormalDist

    return 2 * (1 - NormalDist().cdf(z))


def test_the_order_of_documents_changes_no_p() -> None:
    moves, named = _drawn(60, 0.02), known(60)
    order = np.random.default_rng(1).permutation(60)
    assert sign_flip(moves, named) == sign_flip(moves[order], named[order])


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_difference_is_that_of_the_two_values_whatever_the_weights() -> None:
    documents = np.arange(6)
    a = Clustered(documents, np.array([1.0, 0, 2, 1, 0, 3]), np.array([2.0, 3, 4, 1, 0, 5]))
    b = Clustered(documents, np.array([2.0, 1, 2, 0, 1, 3]), np.array([2.0, 4, 4, 1, 2, 5]))
    found = difference(a, b)
    assert found is not None
    assert found.value == pytest.approx(9 / 18 - 7 / 15)
    assert contributions(a, b).sum() == pytest.approx(9 / 18 - 7 / 15, rel=0.05)
    assert difference(a, Clustered(documents, b.above, np.zeros(6))) is None


def coverage(documents: int, repetitions: int, apart: float) -> tuple[float, float, float]:
    """How often the interval holds the true difference, how often it excludes 0 and how often p is
    below 5 %.
    """
    dice = np.random.default_rng(3)
    groups, found = [], []
    named = known(documents)
    for number in range(repetitions):
        a, b = two(documents, apart, dice)
        one = difference(a, b)
        assert one is not None
        groups.append(Clustered(one.documents + number * documents, one.above, one.below))
        found.append(sign_flip(contributions(a, b), named) < 0.05)
    drawn = dice.integers(0, 2**64, repetitions * documents, dtype=np.uint64)
    bounds = [one for one in intervals(groups, drawn) if one is not None]
    held = [one.low <= apart <= one.high for one in bounds]
    apart_from_0 = [not one.low <= 0 <= one.high for one in bounds]
    return float(np.mean(held)), float(np.mean(apart_from_0)), float(np.mean(found))


def test_the_interval_holds_the_true_difference_and_p_finds_nothing_in_nothing() -> None:
    """300 repetitions: two standard errors are 2.5 %."""
    held, wrong, found = coverage(12, 300, 0.0)
    assert 0.92 <= held <= 0.98
    assert wrong == pytest.approx(1 - held)
    assert 0.025 <= found <= 0.075


@pytest.mark.thorough
@pytest.mark.parametrize("documents", [10, 25, 80])
def test_coverage_and_false_positives_at_length(documents: int) -> None:
    held, _, found = coverage(documents, 700, 0.0)
    assert 0.93 <= held <= 0.97
    assert 0.033 <= found <= 0.067
