"""The tables that VLMHyperBench's aggregators write: by_id, by_doc_question, by_doc_type, general.

Divided by semicolons, with a BOM, as its own are. An error rate stands as `cer_error`, and beside
each value how many samples it is of and how many of them failed. by_id has a line for each answer:
an extraction's fields stand in records.jsonl.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from bench.errors import UsageError, suggestion
from bench.importers.vlmhyperbench.user_config import AGGREGATORS
from bench.schema import JobReport, Level, Record

_RATES = ("cer", "wer")


def aggregator_table(name: str, job: JobReport, records: Sequence[Record]) -> bytes:
    """The file of one aggregator for one job; `records` are this job's."""
    if name not in AGGREGATORS:
        raise UsageError(f"unknown aggregator {name!r}", hint=suggestion(name, AGGREGATORS))
    level = AGGREGATORS[name]
    rows = list(_by_id(records) if level is None else _by_level(job, level, records))
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerows(rows)
    return file.getvalue().encode("utf-8-sig", "backslashreplace")


def _by_id(records: Sequence[Record]) -> Iterator[list[object]]:
    whole = [record for record in records if record.part_of is None]
    metrics = list(dict.fromkeys(name for record in whole for name in record.scores))
    columns = ["id", "doc_class", "question_type", "answer", "model_answer", "status"]
    yield [*columns, *map(_column, metrics)]
    for record in whole:
        right = list(record.references)
        yield [
            record.id,
            record.doc_type,
            record.field,
            right[0] if len(right) == 1 else right or None,
            record.prediction,
            record.status,
            *(score.value if (score := record.scores.get(name)) else None for name in metrics),
        ]


def _by_level(job: JobReport, level: Level, records: Sequence[Record]) -> Iterator[list[object]]:
    results = [result for result in job.results if result.level == level]
    metrics = list(dict.fromkeys(result.metric for result in results))
    values = {(result.group, result.metric): result for result in results}
    named = {"doc_type": ["doc_class"], "doc_type_field": ["doc_class", "question_type"]}
    yield [*named.get(level, []), *map(_column, metrics), "n", "failed"]
    for group in dict.fromkeys(result.group for result in results):
        ours = [values[group, metric] for metric in metrics]
        cells = _group(level, group, records)
        yield [*cells, *(one.value for one in ours), ours[0].n, ours[0].failed]


def _group(level: Level, group: str, records: Iterable[Record]) -> list[str]:
    """The group's name in its columns: a class or a question may itself hold ` / `."""
    if level == "global":
        return []
    if level == "doc_type":
        return [group]
    return next(
        [str(one.doc_type), str(one.field)]
        for one in records
        if f"{one.doc_type} / {one.field}" == group
    )


def _column(metric: str) -> str:
    return f"{metric}_error" if metric in _RATES else metric
