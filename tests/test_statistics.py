"""The bootstrap: what it covers, what widens it, and when there is none."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from bench import statistics
from bench.statistics import (
    METHOD,
    METHOD_OF_ALIKE,
    METHOD_OF_MANY,
    MINIMUM,
    RESAMPLES,
    Bounds,
    Clustered,
    bootstrap,
    detectable,
    interval,
    intervals,
    keys,
    student,
)

NUMBERS = random.Random(5)
VALUES = [NUMBERS.random() for _ in range(60)]
ONES = [1.0] * len(VALUES)
NAMES = [f"d{number}" for number in range(len(VALUES))]


def bounds(values: list[float], weights: list[float], names: list[str], seed: int = 0) -> Bounds:
    found = bootstrap(values, weights, names, seed=seed)
    assert found is not None
    return found


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_documents_that_are_all_alike_bound_what_the_others_may_be(value: float) -> None:
    """The share of others that 20 documents show with a chance of .025 or more."""
    same = bounds([value] * 20, [1.0] * 20, NAMES[:20])
    assert same.low == same.high == value
    found = interval(same, low=0.0, high=1.0)
    assert found is not None
    others = 1 - 0.025 ** (1 / 20)
    assert (1 - others) ** 20 == pytest.approx(0.025)
    assert found.low == pytest.approx(value * (1 - others))
    assert found.high == pytest.approx(value * (1 - others) + others)
    assert found.method == METHOD_OF_ALIKE
    assert interval(same, low=0.0, high=None) is None


def test_an_interval_keeps_to_what_the_value_can_be() -> None:
    wide = Bounds(-0.1, 1.2, 30)
    cut, open_ended = (interval(wide, low=0.0, high=high) for high in (1.0, None))
    assert cut is not None
    assert open_ended is not None
    assert (cut.low, cut.high, cut.clusters, cut.method) == (0.0, 1.0, 30, METHOD)
    assert open_ended.high == 1.2
    assert interval(None, low=0.0, high=1.0) is None


def test_the_value_lies_within_and_a_seed_repeats() -> None:
    found = bounds(VALUES, ONES, NAMES)
    assert found.low < sum(VALUES) / len(VALUES) < found.high
    assert found.clusters == 60
    assert bounds(VALUES, ONES, NAMES) == found
    assert bounds(VALUES, ONES, NAMES, seed=1) != found


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = list(zip(VALUES, ONES, [name[:2] for name in NAMES], strict=True))
    shuffled = random.Random(1).sample(rows, len(rows))
    first, second = (
        bounds([row[0] for row in some], [row[1] for row in some], [row[2] for row in some])
        for some in (rows, shuffled)
    )
    assert second == pytest.approx(first)


@pytest.mark.parametrize("names", [[], ["d"], ["d"] * 50, NAMES[: MINIMUM - 1]])
def test_there_is_none_with_too_few_documents(names: list[str]) -> None:
    assert bootstrap([1.0] * len(names), [1.0] * len(names), names, seed=0) is None


def test_the_least_number_of_documents_is_enough() -> None:
    assert bounds(VALUES[:MINIMUM], ONES[:MINIMUM], NAMES[:MINIMUM]).clusters == MINIMUM


def test_there_is_none_where_nothing_was_measured() -> None:
    assert bootstrap(ONES, [0.0] * len(ONES), NAMES, seed=0) is None


def test_draws_without_a_denominator_are_left_out() -> None:
    """One document of six has a length: a third of the draws miss it."""
    found = bounds([1.0] + [0.0] * 5, [2.0] + [0.0] * 5, NAMES[:6])
    assert (found.low, found.high) == (0.5, 0.5)


def test_rows_of_one_document_do_not_narrow() -> None:
    alone = bounds(VALUES, ONES, NAMES)
    copied = bounds(VALUES * 4, ONES * 4, NAMES * 4)
    naive = bounds(VALUES * 4, ONES * 4, [f"r{number}" for number in range(240)])
    width = alone.high - alone.low
    assert copied == pytest.approx(alone)
    assert naive.high - naive.low < 0.7 * width


def test_equal_documents_give_no_width() -> None:
    found = bounds([2.0] * 9, [4.0] * 9, NAMES[:9])
    assert (found.low, found.high) == (0.5, 0.5)


def test_odd_names_are_documents_of_their_own() -> None:
    names = ["a", "a\0", "a\0\0", "\ud800", "", "A"]
    assert bounds(VALUES[:6], ONES[:6], names).clusters == 6


def test_ten_thousand_documents_take_few_seconds() -> None:
    count = 10_000
    started = time.process_time()
    found = bounds([0.25] * count, [1.0] * count, [str(number) for number in range(count)])
    assert time.process_time() - started < 5
    assert (found.low, found.high, found.clusters) == (0.25, 0.25, count)


def test_a_documents_weights_are_its_own() -> None:
    """Poisson with mean 1, whatever the other documents are and in whatever order."""
    names = [f"d{number}" for number in range(400)]
    drawn = statistics._weights(keys(names, seed=3))
    assert drawn.shape == (400, RESAMPLES)
    assert np.mean(drawn) == pytest.approx(1, abs=0.01)
    assert np.var(drawn) == pytest.approx(1, abs=0.02)
    assert np.mean(drawn == 0) == pytest.approx(np.exp(-1), abs=0.005)
    between = np.asarray(np.corrcoef(drawn)) - np.eye(400)
    assert np.abs(between).max() < 0.2
    alone = statistics._weights(keys(names[:7:-1], seed=3))
    assert (alone[::-1] == drawn[8:]).all()
    assert (statistics._weights(keys(names, seed=4)) != drawn).mean() > 0.5


def clustered(first: int, count: int) -> Clustered:
    return Clustered(
        np.arange(first, first + count),
        np.array(VALUES[first : first + count]),
        np.ones(count),
    )


@pytest.mark.parametrize("block", [7, 64], ids=str)
@pytest.mark.parametrize("dense", [0.0, 0.5, 2.0], ids=str)
def test_a_group_alone_has_the_bounds_that_it_has_within_the_whole(
    monkeypatch: pytest.MonkeyPatch, block: int, dense: float
) -> None:
    """However documents are cut into blocks, and whether groups are padded or picked."""
    groups = [clustered(0, 60), clustered(10, 20), clustered(10, 20), clustered(31, 5)]
    groups.append(Clustered(np.arange(0, 60, 3), np.array(VALUES[::3]), np.ones(20)))
    known = keys(NAMES, seed=0)
    alone = [intervals([group], known)[0] for group in groups]
    monkeypatch.setattr(statistics, "_BLOCK", block)
    monkeypatch.setattr(statistics, "_DENSE", dense)
    monkeypatch.setattr(statistics, "_BATCH", 3)
    together = intervals(groups, known)
    for one, other in zip(alone, together, strict=True):
        assert one is not None
        assert other is not None
        assert other[:2] == pytest.approx(one[:2], rel=1e-5)
    by_name = bounds(VALUES[10:30], ONES[10:30], NAMES[10:30])
    assert by_name[:2] == pytest.approx(together[1][:2] if together[1] else (), rel=1e-5)


def test_of_many_documents_the_interval_is_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    known = keys(NAMES, seed=0)
    drawn = intervals([clustered(0, 60)], known)[0]
    monkeypatch.setattr(statistics, "LARGEST", 59)
    normal = intervals([clustered(0, 60)], known)[0]
    assert drawn is not None
    assert normal is not None
    assert (drawn.method, normal.method) == (METHOD, METHOD_OF_MANY)
    assert normal.high - normal.low == pytest.approx(drawn.high - drawn.low, rel=0.15)


def test_the_standard_error_is_that_of_a_mean_where_all_weigh_the_same() -> None:
    error = float(np.std(VALUES, ddof=1) / np.sqrt(len(VALUES)))
    assert clustered(0, 60).standard_error == pytest.approx(error)
    assert detectable(clustered(0, 60)) == pytest.approx((1.96 + 0.8416) * 2**0.5 * error, rel=1e-4)


def test_what_does_not_differ_shows_no_difference() -> None:
    same = Clustered(np.arange(9), np.full(9, 0.1), np.full(9, 0.3))
    assert same.standard_error == 0
    assert detectable(same) is None
    assert detectable(clustered(0, MINIMUM - 1)) is None


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(4, 2.7764), (9, 2.2622), (19, 2.0930), (99, 1.9842), (9999, 1.9602)]
)
def test_quantiles_of_students_t(freedom: int, quantile: float) -> None:
    assert student(0.975, freedom) == pytest.approx(quantile, abs=0.001)


def test_a_mean_of_documents_counts_each_the_same() -> None:
    one = Clustered(np.arange(3), np.array([1.0, 0.0, 0.0]), np.array([1.0, 9.0, 0.0]))
    assert one.mean == 0.5
    assert one.value == 0.1
