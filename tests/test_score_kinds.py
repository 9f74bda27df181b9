"""Scoring by kind of task: fields of an extraction, values read out, unanswerable questions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.aggregate import results
from bench.collect import Answer
from bench.fields import FieldRule
from bench.page_text import Page
from bench.schema import Record, TaskKind
from bench.score import counts, mistakes, records
from bench.store import SampleKept
from bench.task import MetricUse

REFERENCE = {
    "seller": "Tea House",
    "total": "12.50",
    "paid": None,
    "items": [{"name": "tea", "price": "3.50"}, {"name": "bread", "price": "9.00"}],
}
WHOLE = MetricUse(metric="anls_star")
FIELD = MetricUse(metric="field_match", of="fields")
NEAR = MetricUse(metric="anls", name="near", of="fields")
TYPES = {"total": FieldRule(type="amount"), "items.price": FieldRule(type="amount")}


def sample(name: str = "d", **more: Any) -> SampleKept:
    return SampleKept.model_validate({"id": name, "doc_id": name, "references": ()} | more)


def extracted(said: Any, **more: Any) -> dict[str, Record]:
    """The records of one extraction by their id; the answer is None for a failed request."""
    asked = sample(references=(json.dumps(REFERENCE),))
    text = said if isinstance(said, str | None) else json.dumps(said)
    answer = Answer(asked, text, None if text is not None else "timeout", None)
    how: dict[str, Any] = {"asks": "extraction", "reading": "json/1"} | more
    found = records("j", [answer], (WHOLE, FIELD, NEAR), TYPES, **how)
    return {one.id: one for one in found}


def value(record: Record, metric: str) -> float | None:
    return record.scores[metric].value


def test_an_extraction_has_a_record_and_one_for_each_field() -> None:
    found = extracted(REFERENCE)
    assert list(found) == [
        *("d", "d#seller", "d#total", "d#paid"),
        *("d#items[0].name", "d#items[0].price", "d#items[1].name", "d#items[1].price"),
    ]
    whole, *fields = found.values()
    assert list(whole.scores) == ["anls_star"]
    assert (whole.part_of, whole.field, whole.mistake) == (None, None, None)
    assert {one.part_of for one in fields} == {"d"}
    assert {tuple(one.scores) for one in fields} == {("field_match", "near")}
    assert [one.field for one in fields][-1] == "items.price"
    assert all(value(one, "field_match") == 1.0 for one in fields)
    assert counts(list(found.values())).expected == 1


def test_each_field_is_judged_by_its_type_and_by_itself() -> None:
    found = extracted(
        {"seller": "Tea Hause", "total": "12,50", "paid": "yes", "items": [{"name": "bread"}]}
    )
    assert value(found["d#total"], "field_match") == 1.0
    assert found["d#total"].value == "12,50"
    assert value(found["d#seller"], "field_match") == 0.0
    assert value(found["d#seller"], "near") == pytest.approx(8 / 9)
    assert value(found["d#paid"], "field_match") == 0.0
    assert value(found["d#items[1].name"], "field_match") == 1.0
    assert found["d#items[0].name"].value is None
    assert found["d#items[0].name"].mistake == "missed"
    assert found["d#paid"].mistake == "hallucinated"
    assert found["d#total"].mistake is None


@pytest.mark.parametrize("nothing", [None, "", "null", "not specified", "не указано"])
def test_what_the_document_does_not_have_is_right_when_left_out(nothing: str | None) -> None:
    found = extracted(REFERENCE | {"paid": nothing})
    assert value(found["d#paid"], "field_match") == 1.0
    assert found["d#paid"].mistake is None


def test_json_in_prose_is_read_and_its_strict_score_stays_beside() -> None:
    found = extracted("Here it is:\n```json\n" + json.dumps(REFERENCE) + "\n```\nAnything else?")
    whole = found["d"].scores["anls_star"]
    assert whole.value == 1.0
    assert whole.strict is not None
    assert whole.strict.value == 0.0
    total = found["d#total"].scores["field_match"]
    assert total.strict is not None
    assert (total.value, total.strict.value) == (1.0, 0.0)


def test_an_answer_that_is_no_json_has_no_fields() -> None:
    found = extracted("I see a bill of the Tea House.")
    assert found["d"].value is None
    assert value(found["d"], "anls_star") == 0.0
    given = [one for name, one in found.items() if name not in ("d", "d#paid")]
    assert all(value(one, "field_match") == 0.0 for one in given)
    assert all(one.mistake == "missed" for one in given)


def test_a_failed_request_fails_each_field() -> None:
    found = extracted(None)
    assert {one.status for one in found.values()} == {"failed"}
    assert {one.prediction for one in found.values()} == {None}
    assert all(value(one, "field_match") == 0.0 for name, one in found.items() if name != "d")
    assert value(found["d#paid"], "field_match") == 0.0
    assert mistakes(list(found.values())) == {"request_failed": 7}


def test_a_field_s_value_in_another_field_is_said() -> None:
    found = extracted(REFERENCE | {"seller": "bread"})
    assert found["d#seller"].mistake == "wrong_field"


def test_an_invented_value_is_told_from_a_misread_one_by_the_page() -> None:
    page = {"d": Page.of("Tea House\ntea 3.50\nbread 9.00\nTotal 12.50")}
    invented = extracted(REFERENCE | {"seller": "Zenith Motors"}, pages=page)
    assert invented["d#seller"].mistake == "hallucinated"
    unknown = extracted(REFERENCE | {"seller": "Zenith Motors"})
    assert unknown["d#seller"].mistake == "wrong_value"


def test_fields_have_levels_and_answers_have_none_of_theirs() -> None:
    found = list(extracted(REFERENCE | {"total": "1"}).values())
    summed = results(found, (WHOLE, FIELD), ("global", "field"), seed=0)
    by_group = {(one.metric, one.group): (one.value, one.n) for one in summed}
    assert by_group["field_match", "all"] == (6 / 7, 7)
    assert by_group["field_match", "items.price"] == (1.0, 2)
    assert by_group["anls_star", "all"][1] == 1
    assert ("anls_star", "total") not in by_group


def asked(
    said: str, *, reading: str | None = None, asks: TaskKind = "question", **more: Any
) -> Record:
    uses = (MetricUse(metric="exact_match", normalize="text/1"), MetricUse(metric="cer"))
    (record,) = records("j", [Answer(sample(**more), said)], uses, asks=asks, reading=reading)
    return record


def test_strict_and_raw_scores_stand_beside_what_was_read_and_normalised() -> None:
    record = asked("ANSWER: Семёнов", reading="value/1", references=("СЕМЁНОВ",))
    score = record.scores["exact_match"]
    assert record.value == "Семёнов"
    assert record.prediction == "ANSWER: Семёнов"
    assert score.strict is not None
    assert score.raw is not None
    assert (score.value, score.strict.value, score.raw.value) == (1.0, 0.0, 0.0)
    assert record.scores["cer"].raw is None


def test_without_a_reading_there_is_no_strict_score() -> None:
    assert asked("a", references=("a",)).scores["exact_match"].strict is None


def test_summed_up_the_format_loss_is_the_difference() -> None:
    said = ["ANSWER: a", "a", "b"]
    uses = (MetricUse(metric="exact_match"),)
    answers = [Answer(sample(str(n), references=("a",)), text) for n, text in enumerate(said)]
    (result,) = results(records("j", answers, uses, reading="value/1"), uses, ("global",), seed=0)
    assert result.value == pytest.approx(2 / 3)
    assert result.value_strict == pytest.approx(1 / 3)
    assert result.value_raw is None


@pytest.mark.parametrize(
    ("said", "right"),
    [
        *(("", 1.0), ("N/A", 1.0), ("There is no date on this receipt.", 1.0)),
        *(("2020-01-02", 0.0), ("I cannot help with that.", 0.0)),
    ],
)
def test_an_unanswerable_question_is_right_without_an_answer(said: str, right: float) -> None:
    record = asked(said, answerable=False)
    assert value(record, "exact_match") == right
    assert record.scores["cer"].denominator == 0.0
    assert (record.mistake is None) == (right == 1.0)


def test_a_class_is_named_by_any_of_its_texts() -> None:
    choices = {"invoice": ("B", "Rechnung"), "letter": ("A", "Brief")}
    how: dict[str, Any] = {"reading": "choice/1", "asks": "classification", "choices": choices}
    more = how | {"variant_of": "d", "references": ("invoice", "B", "Rechnung")}
    for said in ("B", "b.", "Rechnung", "The answer is: Rechnung.", "B. Rechnung"):
        assert asked(said, **more).value == "invoice", said
    assert asked("Brief oder Rechnung", **more).value is None
    assert asked("Rechnung", **more).variant_of == "d"


def test_a_refusal_in_which_nothing_was_found_is_a_refusal() -> None:
    how: dict[str, Any] = {"reading": "choice/1", "choices": {"a": ("A",), "b": ("B",)}}
    record = asked("I cannot help with that image.", references=("a",), **how)
    assert (record.value, record.mistake) == (None, "refused")
