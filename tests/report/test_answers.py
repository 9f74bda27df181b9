from __future__ import annotations

import csv
import io

import pytest
from syrupy.assertion import SnapshotAssertion

from bench.report.answers import COLUMNS, answers_csv
from bench.schema import Record, Score
from tests.report.reports import record


def read(*records: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answers_csv(records), newline="")))


def test_the_whole_file(snapshot: SnapshotAssertion) -> None:
    rows = [record("s0", "1.10"), record("s1", None), record("s2", 'a,"b"\r\nc')]
    assert answers_csv(rows) == snapshot


@pytest.mark.parametrize("text", ["", " x ", "\r", "a\rb", "\n", "\0", "=1+1", '"', "\u2028", "NA"])
def test_an_answer_comes_back_as_it_was(text: str) -> None:
    assert [row["prediction"] for row in read(record("a", text), record("b", "next"))] == [
        text,
        "next",
    ]


def test_a_failure_is_told_from_an_empty_answer() -> None:
    failed, empty = read(record("a", None), record("b", ""))
    assert (failed["status"], failed["error"]) == ("failed", "http")
    assert (empty["status"], empty["error"]) == ("answered", "")


def test_metrics_of_several_jobs_have_a_column_each() -> None:
    score = Score(value=None, numerator=0, denominator=0)
    one, other = read(record("a", "x"), record("b", "y", job="k", scores={"anls": score}))
    assert list(one)[len(COLUMNS) :] == ["cer", "anls"]
    assert (one["cer"], one["anls"], other["cer"], other["anls"]) == ("0.5", "", "", "")
