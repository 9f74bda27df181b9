"""From scores to rows and groups, with a harness whose scores are made by its own rules here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.parity.calling import Called, Loaded, Scored
from bench.parity.cases import Case
from bench.parity.families import FAMILIES
from bench.parity.found import family_found
from bench.parity.rows import FamilyFound, Row
from bench.parity.rules import Family

CASES = (
    Case(id="same", references=("ITC",), prediction="ITC"),
    Case(id="half", references=("aaaa",), prediction="aabb"),
    Case(id="marked", references=("x",), prediction="ANSWER: x"),
    Case(id="failed", references=("x",), prediction=None),
)
ANLS, CHOICE = FAMILIES["anls"], FAMILIES["choice"]


def sound(family: Family, cases: tuple[Case, ...]) -> dict[str, Called]:
    """Each harness as its rules say; where no answer came it raises."""
    called: dict[str, Called] = {}
    for one in family.theirs:
        before = called.get(one.harness) or Called("1", "env", {}, {})
        rows = {}
        for case in cases:
            score, read = family.measure(case, one.setting)
            error = "TypeError: no text" if case.prediction is None else None
            row = Scored(scorer=one.name, id=case.id, score=None if error else score, read=read)
            rows[one.name, case.id] = row.model_copy(update={"error": error})
        called[one.harness] = replace(
            before,
            loaded={**before.loaded, one.name: Loaded(function="f")},
            scores={**before.scores, **rows},
        )
    return called


def row(found: FamilyFound, key: str) -> Row:
    return next(one for one in found.rows if one.key == key)


def changed(called: dict[str, Called], harness: str, name: str, case: str, **to: object) -> None:
    run = called[harness]
    made = run.scores[name, case].model_copy(update=to)
    called[harness] = replace(run, scores={**run.scores, (name, case): made})


def test_counts_values_and_claims() -> None:
    found = family_found(ANLS, CASES, sound(ANLS, CASES), {})
    assert found.fair
    assert (found.answers, found.failed) == (3, 1)
    theirs = row(found, "evalscope:docvqa")
    assert theirs.value == pytest.approx((1 + 0.5 + 1) / 3)
    assert (theirs.metric, theirs.equal, theirs.departed) == ("anls_evalscope_answer", 3, 0)
    assert theirs.differs == {
        "vlmevalkit:docvqa": 1,
        "lmms-eval:docvqa": 1,
        "bench:anls": 2,
        "bench:anls_vlmevalkit": 1,
        "bench:anls_evalscope": 1,
        "bench:anls_evalscope_answer": 0,
    }
    assert [([rule.name for rule in one.rules], one.ids) for one in found.groups] == [
        (["half"], ("half",)),
        (["marker"], ("marked",)),
    ]
    ways = {way.words: way.scorers for way in found.groups[0].rules[0].ways}
    assert ways["counts 0, as published"] == ("bench:anls",)
    assert found.groups[0].example.scores["bench:anls"] == 0
    assert {(one.words, one.ids) for one in found.silences} == {
        ("raises TypeError: no text", ("failed",))
    }
    assert set(found.none) == {"lm-eval", "hret"}


def test_a_score_that_no_rule_gives_is_not_explained() -> None:
    called = sound(ANLS, CASES)
    changed(called, "evalscope", "docvqa", "half", score=0.25)
    found = family_found(ANLS, CASES, called, {})
    assert not found.fair
    (left,) = found.unexplained
    assert (left.scorer, left.id, left.expected, left.found) == (
        "evalscope:docvqa",
        "half",
        0.5,
        0.25,
    )
    theirs = row(found, "evalscope:docvqa")
    assert (theirs.equal, theirs.departed) == (2, None)
    assert "evalscope:docvqa" not in found.groups[0].example.scores


def test_a_scorer_that_raises_has_bounds_and_no_mean() -> None:
    called = sound(ANLS, CASES)
    changed(called, "vlmevalkit", "docvqa", "same", score=None, error="ValueError: no")
    found = family_found(ANLS, CASES, called, {})
    theirs = row(found, "vlmevalkit:docvqa")
    assert (theirs.value, theirs.scored, theirs.raised) == (None, 2, 1)
    assert (theirs.low, theirs.high) == pytest.approx((0.5 / 3, 1.5 / 3))
    assert [one.error for one in found.unexplained] == ["ValueError: no"]
    assert not found.fair


def test_a_letter_drawn_by_lot_is_no_score() -> None:
    cases = (
        Case(id="1", references=("B",), prediction="who knows", choices=("x", "y")),
        Case(id="2", references=("B",), prediction="(B)", choices=("x", "y")),
    )
    found = family_found(CHOICE, cases, sound(CHOICE, cases), {})
    assert found.fair
    theirs = row(found, "lmms-eval:mmmu")
    assert (theirs.value, theirs.guessed, theirs.low, theirs.high) == (None, 1, 0.5, 1.0)
    (group,) = found.groups
    assert [one.name for one in group.rules] == ["nothing", "guess"]
    assert group.example.read["lmms-eval:mmmu"] == "?"


def test_another_letter_with_the_same_score_is_not_explained() -> None:
    cases = (Case(id="1", references=("B",), prediction="C", choices=("x", "y", "z")),)
    called = sound(CHOICE, cases)
    changed(called, "evalscope", "mcq", "1", read="A")
    (left,) = family_found(CHOICE, cases, called, {}).unexplained
    assert (left.expected, left.found, left.expected_read, left.found_read) == (0, 0, "C", "A")


@pytest.mark.parametrize("how", ["whole", "import", "gone", "cut"])
def test_a_scorer_that_cannot_be_called_stays_in_the_table(how: str) -> None:
    called = sound(ANLS, CASES)
    run = called["lmms-eval"]
    called["lmms-eval"] = {
        "whole": Called(None, None, {}, {}, "no environment: no wheels"),
        "import": replace(run, loaded={"docvqa": Loaded(function="f", error="ImportError: x")}),
        "gone": replace(run, loaded={}),
        "cut": replace(run, scores=dict(list(run.scores.items())[:-1])),
    }[how]
    found = family_found(ANLS, CASES, called, {})
    theirs = row(found, "lmms-eval:docvqa")
    assert theirs.problem
    assert theirs.value is None
    assert not found.fair
    assert "lmms-eval:docvqa" not in row(found, "evalscope:docvqa").differs


def test_a_harness_that_was_not_asked_is_named() -> None:
    called = sound(ANLS, CASES)
    del called["evalscope"]
    found = family_found(ANLS, CASES, called, {"evalscope": "left out by --harness"})
    assert found.none["evalscope"] == "left out by --harness"
    assert found.fair
