"""Scores of a job: counts close, failures cost, nothing shrinks, predictions stay as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench import jsonl
from bench.aggregate import results
from bench.collect import Answer
from bench.schema import Level, Record, Result
from bench.score import counts, records
from bench.statistics import MINIMUM
from bench.store import SampleKept
from bench.task import MetricUse

CER = MetricUse(metric="cer")
EXACT = MetricUse(metric="exact_match", name="exact", case="fold")


def answer(name: str, said: str | None, *references: str, **more: Any) -> Answer:
    sample = SampleKept(id=name, references=references, **({"doc_id": name} | more))
    if said is None:
        return Answer(sample, None, "timeout", "no answer within 5 s")
    return Answer(sample, said, tokens=3, latency_s=0.5)


def scored(*answers: Answer, uses: tuple[MetricUse, ...] = (CER,)) -> list[Record]:
    return records("job", answers, uses)


def only(kept: list[Record], use: MetricUse = CER, level: Level = "global") -> Result:
    (result,) = results(kept, [use], [level], seed=0)
    return result


def by_group(kept: list[Record], level: Level) -> dict[str, Result]:
    return {result.group: result for result in results(kept, [CER], [level], seed=0)}


def test_cer_is_a_sum_over_a_sum() -> None:
    kept = scored(answer("a", "abcx", "abcd"), answer("b", "y" * 10, "z" * 10))
    result = only(kept)
    assert result.value == (1 + 10) / (4 + 10)
    assert [record.scores["cer"].value for record in kept] == [0.25, 1.0]
    assert result.value != (0.25 + 1.0) / 2


def test_a_failed_request_takes_the_worst_in_value_alone() -> None:
    kept = scored(
        answer("a", "ab", "ab"), answer("b", None, "cdef"), answer("c", "x", "y"), uses=(CER, EXACT)
    )
    rate, exact = results(kept, [CER, EXACT], ["global"], seed=0)
    assert (rate.value, rate.value_answered) == (5 / 7, 1 / 3)
    assert (exact.value, exact.value_answered) == (1 / 3, 1 / 2)
    assert [(one.n, one.answered, one.failed) for one in (rate, exact)] == [(3, 2, 1)] * 2


def test_an_empty_answer_is_an_answer() -> None:
    kept = scored(answer("a", "", ""), answer("b", "", "ab"), uses=(EXACT,))
    assert [record.status for record in kept] == ["answered", "answered"]
    result = only(kept, EXACT)
    assert (result.value, result.failed) == (0.5, 0)


def test_all_failed_has_a_value_and_no_value_answered() -> None:
    kept = scored(answer("a", None, "ab"), answer("b", None, "c"), uses=(CER, EXACT))
    rate, exact = results(kept, [CER, EXACT], ["global"], seed=0)
    assert (rate.value, rate.value_answered, rate.n) == (1.0, None, 2)
    assert (exact.value, exact.value_answered, exact.n) == (0.0, None, 2)


def test_counts_close_and_name_the_unscored() -> None:
    kept = scored(
        answer("a", "x", "x"), answer("b", None, "x"), answer("c", "x"), answer("d", None)
    )
    found = counts(kept)
    assert found.expected == found.answered + found.failed == 4
    assert (found.answered, found.failed, found.unscored) == (2, 2, 1)
    assert [record.id for record in kept] == ["a", "b", "c", "d"]
    assert only(kept).n == 2


def test_without_a_metric_every_answer_is_unscored() -> None:
    kept = scored(answer("a", "x", "x"), answer("b", None, "x"), uses=())
    assert counts(kept).unscored == 1
    assert results(kept, [], ["global"], seed=0) == []


def test_without_a_reference_there_is_no_result() -> None:
    assert results(scored(answer("a", "x")), [CER], ["global"], seed=0) == []


@pytest.mark.parametrize("level", ["doc_type", "field", "language"])
def test_groups_of_a_level(level: Level) -> None:
    kept = scored(
        answer("a", "ab", "ab", **{level: "two"}),
        answer("b", "xx", "ab", **{level: "one"}),
        answer("c", None, "ab", **{level: "one"}),
        answer("d", "x", "ab"),
    )
    found = by_group(kept, level)
    assert list(found) == ["one", "two"]
    assert (found["one"].n, found["one"].failed, found["one"].value) == (2, 1, 1.0)
    assert (found["two"].n, found["two"].value, found["two"].level) == (1, 0.0, level)


def test_a_sample_counts_once_in_each_of_its_tags() -> None:
    kept = scored(
        answer("a", "ab", "ab", tags=("blur", "fold", "blur")),
        answer("b", "xy", "ab", tags=("fold",)),
    )
    found = by_group(kept, "tag")
    assert {group: result.n for group, result in found.items()} == {"blur": 1, "fold": 2}
    assert (found["blur"].value, found["fold"].value) == (0.0, 0.5)


def test_results_come_metric_by_metric_global_first() -> None:
    kept = scored(answer("a", "x", "x", doc_type="t"), uses=(CER, EXACT))
    found = results(kept, [CER, EXACT], ["global", "doc_type"], seed=0)
    assert [(one.metric, one.level, one.group) for one in found] == [
        ("cer", "global", "all"),
        ("cer", "doc_type", "t"),
        ("exact", "global", "all"),
        ("exact", "doc_type", "t"),
    ]
    assert [(one.higher_is_better, one.range.high) for one in found[::2]] == [
        (False, None),
        (True, 1.0),
    ]


def test_empty_references_are_counted_and_their_edits_too() -> None:
    kept = scored(answer("a", "abc", ""), answer("b", "ab", "ab"), answer("c", "", " "))
    result = only(kept)
    assert (result.n, result.empty_references) == (3, 1)
    assert result.value == (3 + 0 + 1) / (0 + 2 + 1)
    assert "1 empty references" in str(result.note)
    folded = MetricUse(metric="cer", whitespace="collapse")
    assert only(records("job", [answer("c", "", " ")], [folded]), folded).empty_references == 1


def test_only_empty_references_give_no_value() -> None:
    result = only(scored(answer("a", "abc", ""), answer("b", "", "")))
    assert (result.value, result.interval, result.n) == (None, None, 2)


def test_the_interval_is_over_documents() -> None:
    one = only(scored(*(answer(f"s{n}", "ab", "ax", doc_id="d") for n in range(5))))
    assert one.interval is None
    assert one.note == f"no interval: it takes {MINIMUM} documents or more"
    answers = [answer(f"s{n}", "ab", "a" + "bx"[n % 3 > 0], doc_id=f"d{n // 2}") for n in range(20)]
    many = only(scored(*answers))
    assert many.interval is not None
    assert many.interval.clusters == 10
    assert many.note is None


@pytest.mark.parametrize(
    "said", ["007", "NA", " a\r\n\0", "\ud800", "1e-3", "\u2028", "x" * 40_000]
)
def test_a_prediction_stays_as_it_came(said: str) -> None:
    (kept,) = scored(answer("a", said, "x"))
    assert kept.prediction == said
    line = jsonl.line(kept.model_dump(mode="python"))
    back = Record.model_validate(json.loads(line))
    assert back.prediction == said
    assert (back.references, back.tokens, back.latency_s) == (("x",), 3, 0.5)


def test_a_failed_record_says_why_and_predicts_nothing() -> None:
    (kept,) = scored(answer("a", None, "abc"))
    assert (kept.status, kept.prediction, kept.value) == ("failed", None, None)
    assert (kept.error_kind, kept.error) == ("timeout", "no answer within 5 s")
    assert kept.scores["cer"].numerator == 3
