"""KMMLU's accuracy as the block `breakdown.benchmark` of a JSON file.

{"breakdown": {"benchmark": {"kmmlu_accuracy": 0.41, "kmmlu_subject_accuracy": {"law": 0.38}}}}
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench import store
from bench.benchmarks import find_benchmark
from bench.errors import RunError, SourceError, UsageError
from bench.exporters.splice import spliced
from bench.protocol import read_native_scores
from bench.schema import JobReport, Record

WAY = ("breakdown", "benchmark")
BENCHMARK = "kmmlu"
SHOWN = 3


@dataclass(frozen=True)
class Accuracy:
    """Shares of right answers, 0 to 1. A failed request counts as wrong; `questions` has all."""

    job: str
    value: float
    by_subject: dict[str, float]
    questions: int
    failed: int


def kmmlu_accuracy(run: Path, job: str | None = None) -> Accuracy:
    """Of the run's only job of KMMLU, or of `job`: the harness's own judgement of each question.

    The whole is the mean over questions. UsageError where no job or several fit; RunError where
    the job did not end well, or a question was answered and not judged.
    """
    chosen = _chosen(run, job)
    if chosen.status != "ok":
        raise RunError(
            f"job {chosen.id} is {chosen.status}: its questions are not all there",
            hint="`bench eval` with the same --out goes on with it",
        )
    metric = _metric(chosen)
    place = store.job_folder(run, chosen.id)
    given = {one.id: one.value for one in read_native_scores(place) if one.metric == metric}
    own = [record for record in store.read_records(run) if record.job == chosen.id]
    if not own:
        raise RunError(f"job {chosen.id} has no records: nothing was asked")
    values = {record.id: _value(record, given) for record in own}
    unjudged = [name for name, value in values.items() if value is None]
    if unjudged:
        raise RunError(
            f"{chosen.harness.name} gives no {metric} of {len(unjudged)} answers: "
            + ", ".join(unjudged[:SHOWN])
        )
    by_subject: dict[str, list[float]] = defaultdict(list)
    for record in own:
        if record.doc_type is None:
            raise RunError(f"job {chosen.id} does not say the subject of {record.id}")
        by_subject[record.doc_type].append(values[record.id] or 0.0)
    return Accuracy(
        job=chosen.id,
        value=_mean([value or 0.0 for value in values.values()]),
        by_subject={name: _mean(by_subject[name]) for name in sorted(by_subject)},
        questions=len(own),
        failed=sum(record.status == "failed" for record in own),
    )


def write_breakdown(accuracy: Accuracy, into: Path) -> None:
    """Put the two keys into the file, made if absent; the rest of it stays as it is, to the byte.

    All or nothing. SourceError where the file is no JSON object, or cannot be read or written.
    """
    target = into.resolve()
    text = _text(into) if target.exists() else "{}\n"
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    values = {
        "kmmlu_accuracy": accuracy.value,
        "kmmlu_subject_accuracy": accuracy.by_subject,
    }
    content = (mark + spliced(text.removeprefix(mark), WAY, values, into)).encode("utf-8")
    try:
        _replace(target, content)
    except OSError as error:
        raise SourceError(into, f"cannot be written: {error.strerror}") from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        raise SourceError(path, "is not UTF-8", line=line, column=column) from None


def _replace(target: Path, content: bytes) -> None:
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    staging = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, staging)
        else:
            mask = os.umask(0)
            os.umask(mask)
            staging.chmod(0o666 & ~mask)
        staging.replace(target)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise


def _chosen(run: Path, name: str | None) -> JobReport:
    found = [job for job in store.read_report(run).jobs if _is_kmmlu(job)]
    named = ", ".join(job.id for job in found)
    if not found:
        raise UsageError(
            f"{run} has no job of KMMLU", hint="bench eval --backend lm-eval --task kmmlu …"
        )
    if name is not None:
        own = [job for job in found if job.id == name]
        if not own:
            raise UsageError(f"{run} has no job {name!r} of KMMLU", hint=f"it has: {named}")
        return own[0]
    if len(found) > 1:
        raise UsageError(f"{run} has {len(found)} jobs of KMMLU", hint=f"--job one of: {named}")
    return found[0]


def _is_kmmlu(job: JobReport) -> bool:
    """Also a part of it, `kmmlu:accounting`."""
    if job.task.kind != "benchmark":
        return False
    found = find_benchmark(job.task.name.partition(":")[0])
    return found is not None and found.name == BENCHMARK and job.harness.name in found.homes


def _metric(job: JobReport) -> str:
    found = find_benchmark(BENCHMARK)
    if found is None:
        raise AssertionError(BENCHMARK)
    return found.homes[job.harness.name].metric


def _value(record: Record, given: dict[str, float]) -> float | None:
    """None for an answer that the harness did not judge."""
    if record.status == "failed":
        return 0.0
    value = given.get(record.id)
    return value if value is not None and math.isfinite(value) else None


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
