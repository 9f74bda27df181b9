"""Walks made by hand: what a part is, its interval, and what is never made."""

from __future__ import annotations

import math
import random

import pytest

from bench.aggregate.places import Place
from bench.gap.rows import Gap, Samples, Term
from bench.gap.scoring import Cell, Cells
from bench.gap.sums import Ends, Summed, summed, table
from bench.gap.walk import ANSWERS, STEPS, Cause, Walk
from bench.statistics import bootstrap

NOWHERE = Place(None, None, None, ())
PROMPT, DATA, SCORER = Cause(term="prompt"), Cause(term="data"), Cause(term="scorer")
FAILURES = STEPS.index("failures")


def cells(above: float, below: float = 1.0) -> Cells:
    return (Cell(NOWHERE, above, below),)


def walk(name: str, *changes: tuple[int, Cells], cause: Cause | None = None) -> Walk:
    """From the first change's cells on, each step that is named changes them."""
    (_, now), *later = changes
    found = [now]
    for step in range(len(STEPS)):
        now = dict(later).get(step, now)
        found.append(now)
    return Walk(name, tuple(found), "one_cause", cause)


def made(*walks: Walk, ends: Ends | None = None) -> Summed:
    return summed(table(walks), ends or Ends(), seed=0)


def test_parts_of_a_ratio_are_taken_one_after_the_other() -> None:
    """(1 + 0) / (4 + 2), then a failure (2 of 2), then an answer (0 of 4)."""
    found = made(
        walk("a", (-1, cells(1, 4)), (ANSWERS, cells(0, 4)), cause=PROMPT),
        walk("b", (-1, cells(0, 2)), (FAILURES, cells(2, 2))),
    )
    parts = {cause.term: one.value for cause, one in found.parts.items() if one.value}
    assert parts == pytest.approx({"failures": 3 / 6 - 1 / 6, "prompt": 2 / 6 - 3 / 6})
    assert (found.a, found.b) == pytest.approx((1 / 6, 2 / 6))
    assert math.fsum(parts.values()) == pytest.approx(1 / 6, abs=1e-15)


@pytest.mark.parametrize("several", [1, 3], ids=lambda count: f"{count} a document")
def test_an_interval_is_that_of_the_moves_over_documents(several: int) -> None:
    chance = random.Random(several)
    moves = [chance.choice((0.0, 0.0, 1.0)) for _ in range(60)]
    names = [f"d{number // several}" for number in range(60)]
    found = made(
        *(
            walk(name, (-1, cells(0)), (ANSWERS, cells(move)), cause=PROMPT)
            for name, move in zip(names, moves, strict=True)
        )
    )
    bounds = bootstrap(moves, [1.0] * 60, names, seed=0)
    assert bounds is not None
    assert found.parts[PROMPT].bounds == pytest.approx((bounds.low, bounds.high), abs=1e-4)
    assert found.bounds == found.parts[PROMPT].bounds


def test_no_interval_is_given_for_a_number_that_nobody_can_resample() -> None:
    walks = [walk(f"d{n}", (-1, cells(1)), (ANSWERS, cells(n % 2))) for n in range(8)]
    found = made(*walks, ends=Ends(a=0.9, b=None))
    assert found.parts[SCORER].value == pytest.approx(0.1)
    assert found.parts[SCORER].bounds == found.bounds == (None, None)


def test_what_lies_between_two_numbers_is_no_single_causes() -> None:
    """No record has a denominator between the step of data and that of answers."""
    found = made(
        walk(
            "a",
            (-1, cells(1)),
            (STEPS.index("data"), ()),
            (FAILURES, cells(5, 0)),
            (ANSWERS, cells(0)),
            cause=PROMPT,
        )
    )
    (rest,) = (cause for cause, one in found.parts.items() if one.value)
    assert (rest.rest, rest.kinds) == ("no number", ("data", "failures", "prompt"))
    assert found.parts[rest].value == -1


def test_a_side_without_a_number_has_no_parts() -> None:
    assert made(walk("a", (-1, ()), (ANSWERS, cells(1)))) == Summed(None, 1.0, {})


def test_a_split_that_does_not_add_up_is_never_made() -> None:
    terms = (Term("prompt", 0.1, 1, 1),)
    keys = {"a_job": "a", "b_job": "b", "metric": "m", "higher_is_better": True}
    assert Gap(**keys, a=0.2, b=0.3, value=0.1, terms=terms, rest=(), samples=None).value == 0.1  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"the terms add up to 0\.1"):
        Gap(**keys, a=0.2, b=0.31, value=0.11, terms=terms, rest=(), samples=None)  # type: ignore[arg-type]


def test_a_sample_without_a_place_is_never_passed_over() -> None:
    with pytest.raises(ValueError, match="3 samples have a place, 4 were expected"):
        Samples(4, 1, 1, 0, 0, 0, 0, 1, 0)
