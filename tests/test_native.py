"""A harness's own numbers: their intervals, and the rule that is held against them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.native import native_results
from bench.protocol import NativeScore
from bench.schema import NativeResult, Range, Result
from bench.store import SampleKept

VALUES = (1.0, 0.0, 0.9, 0.7, 1.0, 0.4)
MEAN = sum(VALUES) / len(VALUES)


def sample(number: int, *, doc_id: str | None = None, doc_type: str | None = None) -> SampleKept:
    document = f"d{number}" if doc_id is None else doc_id
    return SampleKept(id=f"s{number}", references=("x",), doc_id=document, doc_type=doc_type)


SAMPLES = [sample(number) for number in range(len(VALUES))]


def given(
    value: float, *, scale: float = 1.0, n: int | None = 6, group: str | None = None
) -> NativeResult:
    return NativeResult(metric="anls", value=value, scale=scale, n=n, group=group, source="a file")


def scores(values: Sequence[float] = VALUES) -> list[NativeScore]:
    return [
        NativeScore(id=f"s{number}", metric="anls", value=value)
        for number, value in enumerate(values)
    ]


def result(value: float | None, *, answered: float | None = None, failed: int = 0) -> Result:
    return Result(
        metric="rule",
        level="global",
        group="all",
        value=value,
        value_answered=value if answered is None else answered,
        n=6,
        answered=6 - failed,
        failed=failed,
        higher_is_better=True,
        range=Range(low=0.0, high=1.0),
        unit="share",
        interval=None,
    )


def judged(
    native: NativeResult, found: list[Result], values: Sequence[float] = VALUES
) -> NativeResult:
    rules = {"anls": "rule"}
    (one,) = native_results([native], scores(values), SAMPLES, found, rules, seed=0)
    return one


@pytest.mark.parametrize("scale", [1.0, 100.0, 1000.0])
def test_an_interval_stands_on_the_values_own_scale(scale: float) -> None:
    one = judged(given(MEAN * scale, scale=scale), [])
    assert one.interval is not None
    assert 0 <= one.interval.low < one.value < one.interval.high <= scale
    assert one.interval.clusters == len(VALUES)
    assert (one.value, one.rule) == (MEAN * scale, None)


def test_scores_on_a_scale_of_a_hundred_need_no_other() -> None:
    one = judged(given(MEAN * 100, scale=100.0), [], [value * 100 for value in VALUES])
    assert one.interval is not None
    assert one.interval.low < one.value < one.interval.high


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(VALUES[:5], id="a sample without a score"),
        pytest.param([0.1] * 6, id="their mean is another number"),
        pytest.param([*VALUES[:5], float("nan")], id="no number"),
        pytest.param([], id="none"),
    ],
)
def test_no_interval_where_the_scores_are_not_those_of_the_number(values: list[float]) -> None:
    assert judged(given(MEAN), [], values).interval is None


def test_questions_on_one_document_are_resampled_together() -> None:
    together = [sample(number, doc_id=f"d{number // 3}") for number in range(6)]
    native = given(MEAN)
    (one,) = native_results([native], scores(), together, [], {}, seed=0)
    assert one.interval is None  # two documents are too few


def test_a_group_has_its_own_samples() -> None:
    groups = ["a", "b"]
    mixed = [sample(number, doc_type=groups[number % 2]) for number in range(6)]
    native = given(sum(VALUES[::2]) / 3, n=3, group="a")
    (one,) = native_results([native], scores(), mixed, [], {}, seed=0)
    assert one.value == native.value
    assert one.interval is None  # three documents are too few, and those of b do not count


@pytest.mark.parametrize(
    ("by_rule", "agrees"),
    [
        pytest.param(MEAN, True, id="equal"),
        pytest.param(MEAN + 4e-5, True, id="equal as it rounds"),
        pytest.param(MEAN + 2e-4, False, id="another rule"),
    ],
)
def test_the_rule_is_held_against_the_number(by_rule: float, agrees: bool) -> None:  # noqa: FBT001
    one = judged(given(MEAN * 100, scale=100.0), [result(by_rule)])
    assert one.rule == "rule"
    assert one.by_rule == pytest.approx(by_rule * 100)
    assert one.agrees is agrees


def test_a_harness_that_leaves_failures_out_is_held_against_what_was_answered() -> None:
    found = [result(0.5, answered=0.6, failed=1)]
    assert judged(given(0.6, n=5), found).agrees is True
    assert judged(given(0.6, n=6), found).agrees is False


@pytest.mark.parametrize(
    "native",
    [
        pytest.param(given(MEAN).model_copy(update={"scale": None}), id="no scale"),
        pytest.param(given(MEAN, group="a"), id="no result of that group"),
    ],
)
def test_nothing_is_said_where_nothing_can_be_compared(native: NativeResult) -> None:
    assert judged(native, [result(MEAN)]).agrees is None
