"""A run's folder -> a number, and how it was made, as far as its files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import store
from bench.benchmarks.catalogue import benchmark
from bench.errors import UsageError
from bench.importing import stated_protocol
from bench.published import Entry, Protocol
from bench.quality_rows import Interval
from bench.reproduction import lm_eval, ours
from bench.reproduction.verdict import Measured
from bench.schema import JobReport

# A split is known by the benchmark's name, where the catalogue has it.
STATED = ("split", "prompt", "shots", "chat_template", "resolution", "decoding", "judge")


def from_run(entry: Entry, run: Path, job_id: str | None = None) -> Measured:
    """`job_id`: needed where several jobs of the run may be meant. UsageError where none is."""
    report = store.read_report(run)
    job = _job(entry, report.jobs, job_id)
    value, ends, n = _number(entry, job)
    known = _known(entry, run, job)
    if n is not None:
        known["n"] = n
    return Measured(
        value=value,
        low=None if ends is None else ends[0],
        high=None if ends is None else ends[1],
        known=Protocol(**known),
        failed=job.counts.failed,
        made=f"the run {report.run.id}, {job.harness.name} {job.harness.version or ''}".strip(),
        weights=job.model.weights,
    )


def _job(entry: Entry, jobs: tuple[JobReport, ...], job_id: str | None) -> JobReport:
    ids = ", ".join(job.id for job in jobs)
    if job_id is not None:
        for job in jobs:
            if job.id == job_id:
                return job
        raise UsageError(f"the run has no job {job_id!r}", hint=f"it has {ids}")
    if len(jobs) == 1:
        return jobs[0]
    task = entry.run.task if entry.run else None
    fits = [job for job in jobs if job.task.name == task]
    if len(fits) != 1:
        raise UsageError(f"the run has {len(jobs)} jobs", hint=f"name one, RUN:JOB, of {ids}")
    return fits[0]


def _number(
    entry: Entry, job: JobReport
) -> tuple[float | None, tuple[float, float] | None, int | None]:
    """The harness's own number by its name, else bench's; on the published scale."""
    name = entry.our_metric or entry.metric
    for native in job.native:
        if native.metric == name and native.group is None and native.scale:
            by = entry.scale / native.scale
            return native.value * by, _scaled(native.interval, by), native.n
    for one in job.results:
        if one.metric == name and one.level == "global":
            if one.value is None:
                return None, None, one.n
            return one.value * entry.scale, _scaled(one.interval, entry.scale), one.n
    there = [one.metric for one in job.native] + [one.metric for one in job.results]
    raise UsageError(
        f"{job.id} has no {name}", hint=f"it has {', '.join(dict.fromkeys(there)) or 'no number'}"
    )


def _scaled(ends: Interval | None, by: float) -> tuple[float, float] | None:
    return None if ends is None else (ends.low * by, ends.high * by)


def _known(entry: Entry, run: Path, job: JobReport) -> dict[str, Any]:
    route = entry.run
    same_model = route is not None and route.model in (None, job.model.name)
    same_task = route is not None and job.task.name == route.task
    known: dict[str, Any] = {
        "model": entry.model if same_model else job.model.name,
        "benchmark": entry.benchmark if same_task else job.task.name,
        "metric": entry.metric,
        "harness": job.harness.name,
        **ours.protocol(job, metric=entry.our_metric or entry.metric),
    }
    described = benchmark(job.task.name)
    if described is not None and described.split:
        known["split"] = described.split
    if job.harness.name == "lm-eval":
        known |= lm_eval.protocol(store.job_folder(run, job.id))
        variant = lm_eval.VARIANTS.get(entry.our_metric or entry.metric)
        known |= {"metric_variant": variant} if variant else {}
    return _stated(store.job_folder(run, job.id), job) | known


def _stated(folder: Path, job: JobReport) -> dict[str, Any]:
    """What the harness's own files say, of an imported run as of one of ours. The split that they
    name for a document task is bench's own word for all of it.
    """
    said = job.task.data.get("protocol")
    if not isinstance(said, dict) and (folder / "raw").is_dir():
        said = stated_protocol(folder / "raw", job.harness.name)
    if not isinstance(said, dict):
        return {}
    wanted = [key for key in STATED if key != "split" or job.task.kind == "benchmark"]
    return {key: said[key] for key in wanted if key in said}
