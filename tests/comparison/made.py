"""Runs with scores of one's own: a report.json and a records.jsonl, as bench writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import store
from bench.aggregate import results
from bench.collect import Answer
from bench.schema import Counts, Level, Range, Record, Result, Score
from bench.score import counts
from bench.score import records as scored
from bench.store import SampleKept
from bench.task import MetricUse
from tests.report import reports

METRIC = "anls"
LEVELS: tuple[Level, ...] = ("global", "doc_type", "field")
EXTRACTION = (MetricUse(metric="anls_star"), MetricUse(metric="field_match", of="fields"))


@dataclass(frozen=True)
class Row:
    """`scores`: by metric the numerator, or numerator and denominator. None: the request failed."""

    id: str
    doc_id: str
    scores: Mapping[str, float | tuple[float, float]]
    doc_type: str | None = "cafe"
    field: str | None = "total"
    references: tuple[str, ...] = ("12.50",)
    prediction: str | None = "12.50"
    mistake: Any = None

    def record(self, job: str) -> Record:
        return Record(
            job=job,
            id=self.id,
            doc_id=self.doc_id,
            doc_type=self.doc_type,
            field=self.field,
            language=None,
            references=self.references,
            prediction=self.prediction,
            value=self.prediction,
            status="failed" if self.prediction is None else "answered",
            mistake=self.mistake,
            scores={name: _score(given) for name, given in self.scores.items()},
        )


def _score(given: float | tuple[float, float]) -> Score:
    above, below = given if isinstance(given, tuple) else (given, 1.0)
    return Score(value=above / below if below else None, numerator=above, denominator=below)


def graded(values: Iterable[float], *, per_document: int = 1, **keys: Any) -> list[Row]:
    """One record a value, so many a document."""
    return [
        Row(f"s{number}", f"d{number // per_document}", {METRIC: value}, **keys)
        for number, value in enumerate(values)
    ]


def write_run(
    folder: Path, rows: Iterable[Row], *, lower_is_better: tuple[str, ...] = (), **job: Any
) -> str:
    """The folder's name, as the command line takes it."""
    kept = list(rows)
    name = job.setdefault("id", "echo--m--tiny-m")
    failed = sum(row.prediction is None for row in kept)
    metrics = list(dict.fromkeys(label for row in kept for label in row.scores))
    given: dict[str, Any] = {
        "counts": Counts(
            expected=len(kept), answered=len(kept) - failed, failed=failed, unscored=0
        ),
        "results": tuple(
            _result(metric, level, kept, higher=metric not in lower_is_better)
            for metric in metrics
            for level in LEVELS
        ),
        "errors": (),
        "notes": (),
    }
    folder.mkdir(parents=True)
    report = reports.report(reports.job(**given | job), limit=None)
    store.write_report(folder, report, (row.record(name) for row in kept))
    return str(folder)


def _result(metric: str, level: Level, rows: list[Row], *, higher: bool) -> Result:
    parts = [row.record("j").scores[metric] for row in rows if metric in row.scores]
    under = sum(part.denominator for part in parts)
    value = sum(part.numerator for part in parts) / under if under else None
    return reports.result(
        metric,
        level,
        "all" if level == "global" else "cafe",
        value=value,
        higher_is_better=higher,
        range=Range(low=0, high=1 if higher else None),
        interval=None,
        n=len(parts),
        answered=len(parts),
        failed=0,
    )


def write_extractions(
    folder: Path, said: Mapping[str, Any], references: Mapping[str, Any], **job: Any
) -> str:
    """Answers by document, as JSON would be read out of them; None: the request failed. Scored by
    bench itself: the answer as a whole, and each field of the reference.
    """
    asked = {
        name: SampleKept(id=name, doc_id=name, doc_type="bill", references=(json.dumps(right),))
        for name, right in references.items()
    }
    answers = [
        Answer(
            asked[name],
            None if given is None else json.dumps(given),
            "timeout" if given is None else None,
            None,
        )
        for name, given in said.items()
    ]
    name = job.setdefault("id", "echo--m--tiny-m")
    rows = scored(name, answers, EXTRACTION, {}, asks="extraction", reading="json/1")
    given: dict[str, Any] = {
        "counts": counts(rows),
        "results": tuple(results(rows, EXTRACTION, ("global", "doc_type", "field"), seed=0)),
        "errors": (),
        "notes": (),
    }
    folder.mkdir(parents=True)
    store.write_report(folder, reports.report(reports.job(**given | job), limit=None), rows)
    return str(folder)
