"""The bootstrap: what it covers, what widens it, and when there is none."""

from __future__ import annotations

import random
import time

import pytest

from bench.statistics import MINIMUM, Bounds, bootstrap

NUMBERS = random.Random(5)
VALUES = [NUMBERS.random() for _ in range(60)]
ONES = [1.0] * len(VALUES)
NAMES = [f"d{number}" for number in range(len(VALUES))]


def bounds(values: list[float], weights: list[float], names: list[str], seed: int = 0) -> Bounds:
    found = bootstrap(values, weights, names, seed=seed)
    assert found is not None
    return found


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


def test_95_percent_covers_about_95_percent() -> None:
    """200 sets of 40 documents, 1 to 4 rows each that share a document's effect; mean 0.5."""
    numbers = random.Random(20)
    covered = 0
    for seed in range(200):
        values: list[float] = []
        names: list[str] = []
        for document in range(40):
            effect = numbers.gauss(0.5, 0.2)
            rows = numbers.randint(1, 4)
            values += [effect + numbers.gauss(0, 0.1) for _ in range(rows)]
            names += [str(document)] * rows
        found = bounds(values, [1.0] * len(values), names, seed)
        covered += found.low <= 0.5 <= found.high
    assert 176 <= covered <= 198
