"""A run in the schema of Every Eval Ever (0.3.0): one aggregate a job, and its samples.

    data/TASK/DEVELOPER/MODEL/UUID.json            evaluation_results: one for each number
    data/TASK/DEVELOPER/MODEL/UUID_samples.jsonl   one row for each record and metric

The same run gives the same files: their UUIDs are hashes, in the form of a version 4. Source of the
form: the project's eval.schema.json and instance_level_eval.schema.json.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import store
from bench.errors import UsageError
from bench.exporters.every_eval_ever.aggregate import Publisher, library, result, source
from bench.exporters.every_eval_ever.identity import Identity, identity
from bench.exporters.every_eval_ever.samples import samples
from bench.exporters.every_eval_ever.texts import VERSION
from bench.exporters.numbers import Number, numbers
from bench.exporters.whole import json_line, whole_file
from bench.report.asked import questions
from bench.schema import JobReport, Record, Report

__all__ = ["VERSION", "Exported", "Publisher", "write_every_eval_ever"]


@dataclass(frozen=True)
class Exported:
    """`unnamed`: the model's developer was said to be `unknown`, and so is the file's folder."""

    job: str
    path: Path
    numbers: int
    samples: int
    unnamed: bool


def write_every_eval_ever(
    run: Path,
    folder: Path,
    publisher: Publisher | None = None,
    model_ids: Mapping[str, str] | None = None,
) -> list[Exported]:
    """Two files for each job that has numbers. `model_ids`: DEVELOPER/MODEL by model's name; a
    model file's hub id stands for those that are not given. UsageError where no job has numbers,
    and where nobody says who made a model: readers find a record by its maker.
    """
    report = store.read_report(run)
    by_job: dict[str, list[Number]] = {job.id: [] for job in report.jobs}
    for one in numbers(report):
        if one.value is not None:
            by_job[one.job.id].append(one)
    if not any(by_job.values()):
        raise UsageError(f"{run}: no job has a number to export")
    makers = _makers([job for job in report.jobs if by_job[job.id]], model_ids or {})
    records: dict[str, list[Record]] = {job.id: [] for job in report.jobs}
    for record in store.read_records(run):
        records[record.job].append(record)
    found = []
    for job in report.jobs:
        if mine := by_job[job.id]:
            whose = makers[job.id]
            aggregate = _aggregate(report, whose, mine, publisher or Publisher())
            asked = questions(run, [job.id])
            rows = [
                row
                for record in records[job.id]
                for row in samples(
                    record,
                    mine,
                    asked.get((job.id, record.id)),
                    evaluation=aggregate["evaluation_id"],
                    model_id=whose.id,
                )
            ]
            found.append(_stored(folder, report.run.id, whose, aggregate, rows))
    return found


def _makers(jobs: Sequence[JobReport], given: Mapping[str, str]) -> dict[str, Identity]:
    """By job; what one job says of a model stands for the run's others of that name."""
    alone = [identity(job, given) for job in jobs]
    known = {one.job.model.name: one.id for one in alone if one.developer} | dict(given)
    names = [name for one in alone if (name := one.job.model.name) not in known]
    if names:
        which = ", ".join(f"--model-id {name}=DEVELOPER/NAME" for name in dict.fromkeys(names))
        raise UsageError(
            f"nobody says who made {', '.join(dict.fromkeys(names))}",
            hint=f"{which}; unknown/NAME where it is to stay unknown",
        )
    return {job.id: identity(job, known) for job in jobs}


def _aggregate(
    report: Report, whose: Identity, mine: Sequence[Number], publisher: Publisher
) -> dict[str, Any]:
    moment = f"{dt.datetime.fromisoformat(report.run.finished_at).timestamp():.0f}"
    return {
        "schema_version": VERSION,
        "evaluation_id": f"{whose.job.task.name}/{whose.id}/{moment}/{whose.job.id}",
        "evaluation_timestamp": report.run.started_at,
        "retrieved_timestamp": moment,
        "source_metadata": source(report.run, publisher),
        "eval_library": library(report, whose.job),
        "model_info": whose.model_info(),
        "evaluation_results": [result(one, report.run) for one in mine],
    }


def _stored(
    folder: Path,
    run: str,
    whose: Identity,
    aggregate: dict[str, Any],
    rows: list[dict[str, Any]],
) -> Exported:
    """The samples first: an aggregate is there only beside the samples that it names."""
    stem = (whose.folder / str(whose.uuid(run))).as_posix()
    if rows:
        content = b"".join(map(json_line, rows))
        named = f"{stem}_samples.jsonl"
        whole_file(folder / named, content)
        aggregate["detailed_evaluation_results"] = {
            "format": "jsonl",
            "file_path": named,
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256(content).hexdigest(),
            "total_rows": len(rows),
        }
    path = whole_file(folder / f"{stem}.json", json_line(aggregate))
    numbers_ = len(aggregate["evaluation_results"])
    return Exported(whose.job.id, path, numbers_, len(rows), whose.developer is None)
