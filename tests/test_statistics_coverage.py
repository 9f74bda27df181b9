"""How often a 95 % interval holds the true value, and how often a difference is found."""

from __future__ import annotations

import numpy as np
import pytest

from bench.statistics import Clustered, detectable, intervals
from tests.clusters import Kind, draw

KINDS: dict[Kind, tuple[float, ...]] = {
    "right or wrong": (0.5, 0.7, 0.9),
    "graded": (0.5, 0.7, 0.9),
    "error rate": (0.05, 0.2),
}
CASES = [
    pytest.param(kind, true, documents, id=f"{kind}-{true}-{documents}")
    for kind, values in KINDS.items()
    for true in values
    for documents in (20, 50, 200)
]


def coverage(kind: Kind, true: float, documents: int, repetitions: int) -> float:
    dice = np.random.default_rng(1)
    sets = [draw(kind, true, documents, dice) for _ in range(repetitions)]
    apart = [
        Clustered(one.documents + number * documents, one.above, one.below)
        for number, one in enumerate(sets)
    ]
    known = dice.integers(0, 2**64, repetitions * documents, dtype=np.uint64)
    found = intervals(apart, known)
    return sum(one is not None and one.low <= true <= one.high for one in found) / repetitions


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "true", "documents"), CASES)
def test_95_percent_covers_93_to_97_percent(kind: Kind, true: float, documents: int) -> None:
    assert 0.93 <= coverage(kind, true, documents, 2000) <= 0.97


@pytest.mark.parametrize(
    ("kind", "true", "documents"),
    [("right or wrong", 0.9, 20), ("graded", 0.7, 50), ("error rate", 0.05, 20)],
)
def test_95_percent_covers_about_95_percent(kind: Kind, true: float, documents: int) -> None:
    """A plain percentile interval covers 89 % in the first case and 90 % in the last."""
    assert 0.925 <= coverage(kind, true, documents, 800) <= 0.975


def test_where_almost_all_is_right_few_documents_do_not_say_so() -> None:
    """docs/statistics.md: of 20 documents with 99 % right, four in ten show no mistake at all."""
    assert 0.5 <= coverage("right or wrong", 0.99, 20, 400) <= 0.75


def test_the_difference_that_can_be_shown_is_shown_in_80_of_100() -> None:
    """Two independent runs over documents of their own, tested at 5 %."""
    dice = np.random.default_rng(2)
    true, documents, pairs = 0.6, 120, 1500
    many = draw("right or wrong", true, 40_000, dice)
    error = many.standard_error * (40_000 / documents) ** 0.5
    difference = 2.8016 * 2**0.5 * error
    found = 0
    for _ in range(pairs):
        one = draw("right or wrong", true, documents, dice)
        other = draw("right or wrong", true + difference, documents, dice)
        apart = float(other.value or 0) - float(one.value or 0)
        found += abs(apart) > 1.96 * np.hypot(one.standard_error, other.standard_error)
    assert 0.76 <= found / pairs <= 0.86
    said = np.mean([detectable(draw("right or wrong", true, documents, dice)) for _ in range(50)])
    assert said == pytest.approx(difference, rel=0.05)
