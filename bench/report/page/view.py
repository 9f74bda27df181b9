"""What the templates are filled with: everything said in words here, nothing computed there."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import losses, numbers
from bench.report.images import Gallery
from bench.report.page.classes import Classes, classes_view
from bench.report.page.comparison import Comparison, comparisons
from bench.report.page.marks import fingerprint_facts
from bench.report.page.quality import (
    AxisView,
    FieldKinds,
    Hard,
    Shown,
    all_kinds,
    axis_views,
    by_field,
    hard_documents,
)
from bench.report.page.speed import Side, SpeedView, sides, speed_view
from bench.report.page.tables import LevelTable, Whole, levels, scales, wholes
from bench.report.plain import short
from bench.schema import JobReport, JobStatus, NativeResult, Record, Report

Fact = tuple[str, str]


@dataclass(frozen=True)
class Caution:
    """`job` is the number of its section, from 1; None for the whole run."""

    job: int | None
    text: str


@dataclass(frozen=True)
class JobView:
    number: int
    job: JobReport
    title: str
    counts: str
    headline: Whole | None
    wholes: tuple[Whole, ...]
    levels: tuple[LevelTable, ...]
    axes: tuple[AxisView, ...]
    losses: tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # heads and lines
    mistakes: FieldKinds | None
    fields: tuple[FieldKinds, ...]
    hardest: tuple[Hard, ...]
    classes: Classes | None
    native: tuple[tuple[NativeResult, str, str, str], ...]
    facts: tuple[Fact, ...]
    fingerprint: tuple[Fact, ...]
    speed: SpeedView | None

    @property
    def has_failures(self) -> bool:
        return self.job.counts.failed > 0


@dataclass(frozen=True)
class PageView:
    title: str
    report: Report
    totals: str
    when: str
    warnings: tuple[Caution, ...]
    jobs: tuple[JobView, ...]
    comparisons: tuple[Comparison, ...]
    alone: tuple[JobView, ...]
    sides: tuple[Side, ...]
    facts: tuple[Fact, ...]
    records: int


def page_view(report: Report, records: Sequence[Record], gallery: Gallery) -> PageView:
    shown = Shown(records, gallery)
    jobs = tuple(_job(number, job, shown) for number, job in enumerate(report.jobs, start=1))
    compared = comparisons(report)
    together = {row.number for task in compared for row in task.rows}
    return PageView(
        title=jobs[0].title if len(jobs) == 1 else f"Run {report.run.id}",
        report=report,
        totals=numbers.totals(report),
        when=_when(report.run.started_at, report.run.finished_at),
        warnings=tuple(_warnings(report, together)),
        jobs=jobs,
        comparisons=compared,
        alone=tuple(job for job in jobs if job.number not in together),
        sides=tuple(side for side in sides(report) if side.number not in together),
        facts=tuple(_run_facts(report)),
        records=len(records),
    )


def _job(number: int, job: JobReport, shown: Shown) -> JobView:
    by_metric = scales(job)
    whole = wholes(job, by_metric)
    return JobView(
        number=number,
        job=job,
        title=short(numbers.title(job)),
        counts=numbers.counts_line(job),
        headline=whole[0] if whole else None,
        wholes=whole,
        levels=tuple(levels(job, by_metric)),
        axes=axis_views(job),
        losses=losses.table(job),
        mistakes=all_kinds(job, shown),
        fields=by_field(job, shown),
        hardest=hard_documents(job, shown),
        classes=classes_view(job.classification),
        native=tuple(
            (
                one,
                numbers.native_value(one),
                numbers.native_interval(one),
                numbers.native_rule(one),
            )
            for one in job.native
        ),
        facts=tuple(_job_facts(job)),
        fingerprint=tuple(fingerprint_facts(job.fingerprint)) if job.fingerprint else (),
        speed=speed_view(job),
    )


def _warnings(report: Report, together: Collection[int]) -> Iterator[Caution]:
    """The notes of the jobs that stand `together` in one table are told there."""
    if report.run.limit is not None:
        said = f"Limited to the first {report.run.limit} samples of each task: not a full result."
        yield Caution(None, said)
    for number, job in enumerate(report.jobs, start=1):
        if job.status != "ok":
            yield Caution(number, f"This job is not ok: {_STATUS[job.status]}.")
        if job.counts.failed:
            rule = "A failed request takes the metric's worst value in the headline."
            yield Caution(
                number, f"{job.counts.failed} of {job.counts.expected} requests failed. {rule}"
            )
        if job.counts.unscored:
            yield Caution(number, f"{job.counts.unscored} answers have no score of bench's.")
        if number not in together:
            for note in job.notes:
                yield Caution(number, note)


_STATUS: dict[JobStatus, str] = {
    "ok": "ok",
    "failed": "it failed",
    "unsupported": "the harness does not support this",
    "crashed": "the harness crashed",
    "timed_out": "it took longer than it may",
    "cancelled": "it was stopped",
}


def _when(started: str, finished: str) -> str:
    try:
        begin, end = dt.datetime.fromisoformat(started), dt.datetime.fromisoformat(finished)
        seconds = round((end - begin).total_seconds())
    except (ValueError, TypeError):
        return f"{started} to {finished}"
    minutes, rest = divmod(seconds, 60)
    took = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
    return (
        f"{begin:%d %b %Y, %H:%M} {begin.tzname() or ''}, took {took if minutes else f'{rest} s'}"
    )


def _run_facts(report: Report) -> Iterator[Fact]:
    run = report.run
    yield "run", run.id
    yield "command", shlex.join(run.command)
    yield "started, finished", f"{run.started_at} to {run.finished_at}"
    yield "bench", run.bench_version
    yield "config sha256", run.config_sha256
    yield "seed of the intervals", str(run.seed)
    yield "limit", "none" if run.limit is None else f"first {run.limit} samples of each task"
    yield "schema of report.json", str(report.schema_version)


def _job_facts(job: JobReport) -> Iterator[Fact]:
    yield "status", job.status
    yield "counts", numbers.counts_line(job)
    yield "harness", f"{job.harness.name} {job.harness.version or '(has no version)'}"
    engine = f", engine {job.model.engine}" if job.model.engine else ""
    yield "model", f"{job.model.name}{engine}{' (pipeline)' if job.model.pipeline else ''}"
    if job.model.served_id:
        yield "served as", job.model.served_id
    if job.model.engine_versions:
        yield "engine versions", _pairs(job.model.engine_versions)
    yield "task", f"{job.task.name} ({job.task.kind}, version {job.task.version or 'none'})"
    if job.task.content_sha256:
        yield "task content sha256", job.task.content_sha256
    if job.task.asks:
        yield "asks for", job.task.asks
    if job.task.reading:
        yield "values are read by", job.task.reading
    for prompt in job.task.prompts:
        yield f"prompt {short(prompt.name, 60)}", f"{numbers.prompt(prompt)}; {prompt.sha256}"
    if job.task.data:
        yield "task data", _pairs(job.task.data)
    yield from _places(job)


def _places(job: JobReport) -> Iterator[Fact]:
    """Where it ran, and where the model's engine did."""
    used, serving = job.environment, job.engine_environment
    yield "Python", f"{used.python or numbers.MISSING}, flavour {used.flavour or numbers.MISSING}"
    yield "environment", f"{used.isolation} {used.key or numbers.MISSING}"
    if used.image:
        yield "image", used.image
    yield "locks sha256", used.lock_sha256 or numbers.MISSING
    if used.note:
        yield "environment note", used.note
    if serving:
        yield "engine's environment", f"{serving.isolation} {serving.key or numbers.MISSING}"
    if serving and serving.image:
        yield "engine's image", serving.image


def _pairs(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} {_said(value)}" for name, value in values.items())


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    return value if isinstance(value, str) else json.dumps(value, default=str)
