"""The samples: a row for each record and metric."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from bench.exporters.every_eval_ever.texts import VERSION, texts
from bench.exporters.numbers import Number
from bench.report.asked import Question
from bench.schema import JobReport, Record

_BEST = {True: 1.0, False: 0.0}


def samples(
    record: Record,
    numbers: Sequence[Number],
    asked: Question | None,
    *,
    evaluation: str,
    model_id: str,
) -> Iterator[dict[str, Any]]:
    """A row for each metric that the record has a score of, for the number over all records."""
    whole = {one.metric: one for one in numbers if (one.source, one.level) == ("bench", "global")}
    for metric, score in record.scores.items():
        number = whole.get(metric)
        if number is None or score.value is None:
            continue
        question = (asked.prompt if asked else None) or ""
        row: dict[str, Any] = {
            "schema_version": VERSION,
            "evaluation_id": evaluation,
            "model_id": model_id,
            "evaluation_name": number.job.task.name,
            "evaluation_result_id": number.id,
            "sample_id": record.id,
            "sample_hash": _sha256(question + "".join(record.references)),
            "interaction_type": "single_turn",
            "input": {"raw": question, "reference": list(record.references)},
            "output": {"raw": [] if record.prediction is None else [record.prediction]},
            "answer_attribution": _attribution(record, number.job),
            "evaluation": {
                "score": score.value,
                "is_correct": score.value == _BEST[number.higher_is_better is not False],
            },
            "metadata": texts(
                doc_id=record.doc_id,
                doc_type=record.doc_type,
                field=record.field,
                language=record.language,
                part_of=record.part_of,
                mistake=record.mistake,
                images=" ".join(path.name for path in asked.images) if asked else None,
                is_correct_when="the score is the metric's best",
            ),
        }
        if record.latency_s is not None:
            row["performance"] = {"latency_ms": record.latency_s * 1000}
        if record.status == "failed":
            row["error"] = f"{record.error_kind}: {record.error}"
        yield row


def _attribution(record: Record, job: JobReport) -> list[dict[str, Any]]:
    if record.value is None:
        return []
    return [
        {
            "turn_idx": 0,
            "source": "output.raw",
            "extracted_value": record.value,
            "extraction_method": job.task.reading or "as it is",
            "is_terminal": True,
        }
    ]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
