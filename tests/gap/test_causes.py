"""Whole runs of a model whose every answer is known: each cause gets its part, and no other does.

What a part is worth is computed by hand (causes_sums.py), from the model and the published rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.gap import split
from tests.gap.causes import (
    ANY,
    COARSE,
    EXTRACTIONS,
    FOLDED,
    FOUR,
    PACKED,
    PAIRS,
    SINGLE,
    USUAL,
    Case,
)
from tests.gap.causes_checks import NEAR, Runs, by_an_older_bench, counts, found, same
from tests.gap.causes_model import SAMPLES, Temper
from tests.gap.causes_path import expected, places
from tests.gap.causes_runs import Way, job
from tests.gap.causes_sums import Step, parts, together, value

POINT = 0.01
SAME = "rest: same request"


@pytest.fixture(scope="module")
def runs(bench_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_HOME", str(bench_home))
        yield Runs(tmp_path_factory.mktemp("causes"))


def holds(runs: Runs, case: Case) -> None:
    gap = runs.gap(case.start, case.end, case.metric)
    assert gap.a == pytest.approx(value(case.start, case.metric), abs=NEAR)
    assert gap.b == pytest.approx(value(case.end, case.metric), abs=NEAR)
    same(gap, case.parts)
    assert counts(gap) == places(case.start, case.end)
    named = {one.kind for one in gap.terms if one.differences}
    # That a request failed is an outcome, no difference.
    nameless = {"failures", together(*case.kinds)}
    assert named == (case.parts.keys() - nameless) | case.kinds | case.named
    assert {kind for one in gap.rest for kind in one.kinds} == case.kinds


@pytest.mark.thorough
def test_each_part_is_worth_something() -> None:
    """Else an experiment would show nothing. The steps lead from one way to the other."""
    for case in [*SINGLE, *PAIRS, *EXTRACTIONS, FOUR]:
        assert all(abs(worth.value) > POINT / 10 for worth in case.parts.values()), case.name
        whole = value(case.end, case.metric) - value(case.start, case.metric)
        assert math.fsum(worth.value for worth in case.parts.values()) == pytest.approx(whole)


def test_of_four_causes_each_has_its_part(runs: Runs) -> None:
    holds(runs, FOUR)


@pytest.mark.thorough
@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case.name)
def test_a_single_cause_is_the_whole_gap(runs: Runs, case: Case) -> None:
    holds(runs, case)


@pytest.mark.thorough
@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_of_two_causes_each_has_its_part(runs: Runs, case: Case) -> None:
    holds(runs, case)


@pytest.mark.thorough
@pytest.mark.parametrize("case", EXTRACTIONS, ids=lambda case: case.name)
def test_of_an_extraction_its_fields_are_counted(runs: Runs, case: Case) -> None:
    holds(runs, case)


@pytest.mark.thorough
@pytest.mark.parametrize("name", list(ANY)[1:])
def test_any_two_ways_are_parted_as_the_path_says(runs: Runs, name: str) -> None:
    """Most are one cause away from the usual, so two of them are two causes apart."""
    names = list(ANY)
    for place, other in enumerate(names[: names.index(name)]):
        a, b = (name, other) if place % 2 else (other, name)
        gap = runs.gap(ANY[a], ANY[b])
        assert gap.b == pytest.approx(value(ANY[b]), abs=NEAR), (a, b)
        same(gap, expected(ANY[a], ANY[b]))
        assert counts(gap) == places(ANY[a], ANY[b])


@pytest.mark.thorough
def test_a_scorer_of_another_version(runs: Runs, tmp_path: Path) -> None:
    gap = split(job(by_an_older_bench(runs.of(USUAL), tmp_path)), job(runs.of(USUAL)))
    assert gap.a == pytest.approx(value(FOLDED), abs=NEAR)
    same(gap, parts(FOLDED, [Step("scorer", USUAL)]))
    assert {one.kind for one in gap.terms if one.differences} == {"scorer"}


def nothing_is_claimed(runs: Runs, seed: int) -> None:
    """Answers late and in any order; on odd seeds, requests that are sent a second time."""
    stumbles = frozenset({seed % SAMPLES, 7 * seed % SAMPLES}) if seed % 2 else frozenset()
    restless = Way(temper=Temper(stumbles=stumbles, late=0.02, lateness=seed), concurrency=8)
    gap = runs.gap(USUAL, restless)
    same(gap, {})
    assert gap.value == 0
    assert not [one for one in gap.terms if one.differences]
    assert counts(gap) == {"all": SAMPLES, "same_request": SAMPLES}


def test_the_same_again_has_no_gap(runs: Runs) -> None:
    nothing_is_claimed(runs, 1)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(2, 7))
def test_five_times_more(runs: Runs, seed: int) -> None:
    nothing_is_claimed(runs, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(7, 21))
def test_fourteen_times_more(runs: Runs, seed: int) -> None:
    nothing_is_claimed(runs, seed)


@pytest.mark.thorough
@pytest.mark.parametrize("luck", range(1, 6))
def test_chance_has_no_cause(runs: Runs, luck: int) -> None:
    by_chance = Way(temper=Temper(luck=luck))
    gap = runs.gap(USUAL, by_chance)
    same(gap, parts(USUAL, [Step(SAME, by_chance)]))
    assert not [one for one in gap.terms if one.differences]


@pytest.mark.thorough
def test_what_moves_nothing_is_named_and_worth_nothing(runs: Runs) -> None:
    gap = runs.gap(USUAL, PACKED)
    same(gap, {})
    assert gap.term("image").differences
    assert gap.term("image").samples == SAMPLES


@pytest.mark.thorough
def test_the_other_way_round_is_the_same_with_the_other_sign(runs: Runs) -> None:
    there, back = found(runs.gap(USUAL, COARSE)), found(runs.gap(COARSE, USUAL))
    assert back.keys() == there.keys() == {"image"}
    assert back["image"].value == pytest.approx(-there["image"].value, abs=NEAR)
