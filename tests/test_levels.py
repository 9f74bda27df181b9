"""Fields in a run's numbers: levels, kinds of mistakes, finish reasons, and what is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import score
from bench.aggregate import results
from bench.collect import Answer
from bench.errors import SourceError
from bench.fields import FieldRule
from bench.report import numbers
from bench.store import SampleKept
from bench.task import MetricUse, document_tasks
from tests.endpoint import Reply, endpoint
from tests.runs import run, write_model

EXACT = MetricUse(metric="exact_match", case="fold", whitespace="collapse")
CER = MetricUse(metric="cer")


def answer(
    ident: str, said: str | None, *references: str, kind: str | None = None, **of_sample: Any
) -> Answer:
    sample = SampleKept(id=ident, doc_id=ident, references=references, **of_sample)
    return Answer(sample, said, kind or ("http" if said is None else None))


ANSWERS = (
    answer("1", "54.50", "54.50", doc_type="cafe", field="total"),
    answer("2", "51.42", "54.50", doc_type="cafe", field="total"),
    answer("3", "54,50", "54.50", doc_type="fuel", field="total"),
    answer("4", "", "The Wren", doc_type="cafe", field="company"),
    answer("5", None, "The Wren", doc_type=None, field="company"),
    answer("6", "The Wren", "The Wren", doc_type="cafe"),
)
TYPES = {"total": FieldRule(type="amount"), "company": FieldRule(type="text")}
RECORDS = score.records("j", ANSWERS, [EXACT], TYPES)


def test_a_field_within_a_document_type_is_a_group() -> None:
    found = results(RECORDS, [EXACT], ["global", "field", "doc_type_field"], seed=0)
    told = {(one.level, one.group): (one.value, one.n) for one in found}
    assert told == {
        ("global", "all"): (2 / 6, 6),
        ("field", "company"): (0.0, 2),
        ("field", "total"): (1 / 3, 3),
        ("doc_type_field", "cafe / company"): (0.0, 1),
        ("doc_type_field", "cafe / total"): (0.5, 2),
        ("doc_type_field", "fuel / total"): (0.0, 1),
    }


def test_records_have_kinds_of_mistakes_and_they_are_counted() -> None:
    kinds = [record.mistake for record in RECORDS]
    assert kinds == [None, "wrong_value", "wrong_format", "missed", "request_failed", None]
    assert score.mistakes(RECORDS) == {
        "wrong_value": 1,
        "wrong_format": 1,
        "missed": 1,
        "request_failed": 1,
    }


def test_a_cut_answer_is_truncated_unless_it_is_right() -> None:
    cut = [replace(one, finish_reason="length") for one in ANSWERS]
    records = score.records("j", cut, [EXACT])
    assert [record.finish_reason for record in records] == ["length"] * 6
    kinds = [record.mistake for record in records]
    assert kinds == [None, "truncated", "truncated", "truncated", "request_failed", None]


@pytest.mark.parametrize(
    ("metrics", "said", "kind"),
    [
        ([CER], "54.50", None),
        ([CER], "54.5", "wrong_format"),
        ([CER, EXACT], "THE WREN", None),  # by exact match, which folds case; CER does not
        ([], "anything", None),
    ],
)
def test_the_rule_is_exact_match_or_else_the_first_metric(
    metrics: list[MetricUse], said: str, kind: str | None
) -> None:
    reference = "The Wren" if "W" in said else "54.50"
    (record,) = score.records("j", [answer("1", said, reference)], metrics)
    assert record.mistake == kind


def test_an_empty_page_that_is_read_as_empty_is_right() -> None:
    (record,) = score.records("j", [answer("1", "", "")], [CER])
    assert record.mistake is None


ROWS = [
    {"id": "a:total", "doc_id": "a", "field": "total", "references": ["54.50"], "question": "Q?"},
    {"id": "a:date", "doc_id": "a", "field": "date", "references": ["06/03/2018"], "question": "Q"},
]


def test_field_types_are_read_and_an_unknown_field_is_an_error_at_its_place(
    make_task: Callable[..., Path],
) -> None:
    (task,) = document_tasks(
        str(make_task(ROWS, prompt="{question}", field_types={"total": "amount"}))
    )
    assert task.field_types == {"total": FieldRule(type="amount")}
    assert [sample.field for sample in task.samples] == ["total", "date"]
    with pytest.raises(SourceError, match="no sample has the field 'totl'") as caught:
        document_tasks(str(make_task(ROWS, prompt="{question}", field_types={"totl": "amount"})))
    assert caught.value.hint is not None
    assert "total" in caught.value.hint
    with pytest.raises(SourceError, match="field_types"):
        document_tasks(str(make_task(ROWS, prompt="{question}", field_types={"total": "money"})))


def test_a_run_tells_its_mistakes(make_task: Callable[..., Path], tmp_path: Path) -> None:
    """Through the real gateway: the finish reason is the model's own."""
    member = {"metrics": [{"metric": "exact_match"}], "levels": ["global", "field"]}
    types = {"total": "amount", "date": "date"}
    task = make_task(ROWS, prompt="{question}", field_types=types, **member)
    with endpoint(lambda _prompt, _number: Reply("54,50", finish_reason="length")) as served:
        model = write_model(tmp_path, served_id="m", base_url=served.url)
        ended = run(backend="echo", model=model, task=str(task), out=str(tmp_path / "run"))
    assert ended.job.mistakes == {"truncated": 2}
    assert [row["finish_reason"] for row in ended.records()] == ["length", "length"]
    assert numbers.mistakes_line(ended.job) == "mistakes: 2 truncated"
    report = json.loads((ended.folder / "report.json").read_text())
    assert report["jobs"][0]["mistakes"] == {"truncated": 2}
