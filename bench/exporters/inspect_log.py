"""A run as logs of Inspect (version 2, JSON), one a job: `inspect view --log-dir DIR` opens them.

Samples have the question, the answer byte for byte and each metric's score; what failed has an
error. The numbers, with their intervals and groups, are the log's results.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import store
from bench.errors import UsageError
from bench.exporters.numbers import Number, numbers
from bench.exporters.whole import json_line, whole_file
from bench.report.asked import Question, questions
from bench.schema import JobReport, Record, Report

_STOPPED = {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter"}
_STATUS = {"ok": "success", "cancelled": "cancelled"}


def write_inspect_logs(run: Path, folder: Path, *, images: bool = False) -> list[Path]:
    """A log for each job that was asked anything. `images`: with the pages in it, else their names.

    UsageError where no job has a record.
    """
    report = store.read_report(run)
    by_job: dict[str, list[Record]] = {job.id: [] for job in report.jobs}
    for record in store.read_records(run):
        by_job[record.job].append(record)
    asked = [job for job in report.jobs if by_job[job.id]]
    if not asked:
        raise UsageError(f"{run}: no job has a record to export")
    found = []
    for job in asked:
        log = _log(run, report, job, by_job[job.id], images=images)
        stamp = report.run.started_at.replace(":", "-")
        name = f"{stamp}_{job.task.name.replace(':', '-')}_{_short(report.run.id, job.id)}.json"
        found.append(whole_file(folder / name, json_line(log)))
    return found


def _log(
    run: Path, report: Report, job: JobReport, records: list[Record], *, images: bool
) -> dict[str, Any]:
    whole = [record for record in records if record.part_of is None]
    fields: dict[str, list[Record]] = {}
    for record in records:
        if record.part_of is not None:
            fields.setdefault(record.part_of, []).append(record)
    asked = questions(run, [job.id])
    mine = [one for one in numbers(report) if one.job.id == job.id]
    model = f"{job.model.engine or job.harness.name}/{job.model.name}"
    return {
        "version": 2,
        "status": _STATUS.get(job.status, "error"),
        "eval": {
            "run_id": report.run.id,
            "eval_id": _short(report.run.id, job.id),
            "created": report.run.started_at,
            "task": job.task.name,
            "task_id": _short(job.task.name, job.task.content_sha256 or ""),
            "task_version": job.task.version or 0,
            "solver": f"{job.harness.name} {job.harness.version or ''}".strip(),
            "dataset": {
                "name": job.task.name,
                "samples": len(whole),
                "sample_ids": [record.id for record in whole],
            },
            "model": model,
            "config": {"limit": report.run.limit},
            "packages": {"vlmhyperbench": report.run.bench_version},
            "metadata": {"job": job.id, "notes": list(job.notes)},
        },
        "plan": {"name": job.harness.name, "steps": [], "config": {}},
        "results": {
            "total_samples": len(whole),
            "completed_samples": sum(record.status == "answered" for record in whole),
            "scores": _scores(mine),
        },
        "stats": {
            "started_at": report.run.started_at,
            "completed_at": report.run.finished_at,
            "model_usage": {},
        },
        "samples": [
            _sample(
                record,
                fields.get(record.id, ()),
                asked.get((job.id, record.id)),
                model,
                images=images,
            )
            for record in whole
        ],
    }


def _scores(mine: list[Number]) -> list[dict[str, Any]]:
    """One a metric; its groups and bounds are what Inspect calls metrics."""
    found: dict[str, dict[str, Any]] = {}
    for one in mine:
        if one.value is None:
            continue
        name = one.metric if one.source == "bench" else f"{one.source} {one.metric}"
        score = found.setdefault(name, {"name": name, "scorer": name, "params": {}, "metrics": {}})
        key = "value" if one.level == "global" else f"{one.level}: {one.group}"
        about = {"n": one.n, "failed": one.failed, "value_answered": one.value_answered}
        metrics: dict[str, tuple[float, dict[str, Any]]] = {key: (one.value, about)}
        if one.interval:
            bounds = {"method": one.interval.method, "confidence": one.interval.confidence}
            metrics[f"{key}, low"] = (one.interval.low, bounds)
            metrics[f"{key}, high"] = (one.interval.high, bounds)
        score["metrics"] |= {
            label: {"name": label, "value": value, "metadata": {**said}}
            for label, (value, said) in metrics.items()
        }
    return list(found.values())


def _sample(
    record: Record,
    fields: Iterable[Record],
    asked: Question | None,
    model: str,
    *,
    images: bool,
) -> dict[str, Any]:
    content = _content(asked, images=images)
    answer = {"role": "assistant", "content": record.prediction or "", "source": "generate"}
    failed = record.status == "failed"
    found: dict[str, Any] = {
        "id": record.id,
        "epoch": 1,
        "input": [{"role": "user", "content": content}],
        "target": list(record.references),
        "messages": [{"role": "user", "content": content}, *([] if failed else [answer])],
        "output": {
            "model": model,
            "choices": []
            if failed
            else [
                {
                    "message": answer,
                    "stop_reason": _STOPPED.get(record.finish_reason or "stop", "unknown"),
                }
            ],
        },
        "scores": _of_sample(record, fields),
        "metadata": {
            key: value
            for key in ("doc_id", "doc_type", "field", "language", "mistake")
            if (value := getattr(record, key)) is not None
        },
    }
    if record.latency_s is not None:
        found["total_time"] = record.latency_s
    if failed:
        said = f"{record.error_kind}: {record.error}"
        found["error"] = {"message": said, "traceback": said, "traceback_ansi": said}
    return found


def _of_sample(record: Record, fields: Iterable[Record]) -> dict[str, Any]:
    """Of the answer, and of each field of an extraction as `METRIC · FIELD`."""
    found = {}
    for one in (record, *fields):
        for metric, score in one.scores.items():
            if score.value is None:
                continue
            name = metric if one is record else f"{metric} · {one.field or one.id}"
            found[name] = {
                "value": score.value,
                "answer": one.value,
                "explanation": score.reason or one.mistake,
            }
    return found


def _content(asked: Question | None, *, images: bool) -> Any:
    text = (asked.prompt if asked else None) or ""
    pages = asked.images if asked else ()
    if not images:
        return "\n".join([*(f"[image {page.name}]" for page in pages), text])
    shown = [{"type": "image", "image": _data(page)} for page in pages if page.is_file()]
    return [*shown, {"type": "text", "text": text}]


def _data(page: Path) -> str:
    kind = mimetypes.guess_type(page.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(page.read_bytes()).decode('ascii')}"


def _short(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:22]
