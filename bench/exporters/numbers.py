"""A run's numbers as rows of one table, whoever gave them: the core, a harness, a judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.quality_rows import Interval
from bench.schema import JobReport, Report

Source = Literal["bench", "native", "judge"]


@dataclass(frozen=True)
class Number:
    """One value. `low_end` and `high_end` are what the metric can take; None where unbounded."""

    job: JobReport
    source: Source
    metric: str
    level: str
    group: str
    value: float | None
    value_answered: float | None
    n: int | None
    answered: int | None
    failed: int | None
    higher_is_better: bool | None
    low_end: float | None
    high_end: float | None
    unit: str
    interval: Interval | None
    note: str | None = None

    @property
    def id(self) -> str:
        """One in the run."""
        return f"{self.job.id}/{self.source}/{self.metric}/{self.level}/{self.group}"


def numbers(report: Report) -> Iterator[Number]:
    """Those of every job, in the order of the report."""
    for job in report.jobs:
        yield from _own(job)
        yield from _native(job)
        yield from _judged(job)


def _own(job: JobReport) -> Iterator[Number]:
    for one in job.results:
        yield Number(
            job=job,
            source="bench",
            metric=one.metric,
            level=one.level,
            group=one.group,
            value=one.value,
            value_answered=one.value_answered,
            n=one.n,
            answered=one.answered,
            failed=one.failed,
            higher_is_better=one.higher_is_better,
            low_end=one.range.low,
            high_end=one.range.high,
            unit=one.unit,
            interval=one.interval,
            note=one.note,
        )


def _native(job: JobReport) -> Iterator[Number]:
    for one in job.native:
        yield Number(
            job=job,
            source="native",
            metric=one.metric,
            level="global" if one.group is None else "group",
            group=one.group or "all",
            value=one.value,
            value_answered=None,
            n=one.n,
            answered=None,
            failed=one.failed_scored,
            higher_is_better=one.higher_is_better,
            low_end=None if one.scale is None else 0.0,
            high_end=one.scale,
            unit="",
            interval=one.interval,
            note=f"as {job.harness.name} gave it ({one.source})",
        )


def _judged(job: JobReport) -> Iterator[Number]:
    for one in job.judged:
        yield Number(
            job=job,
            source="judge",
            metric=one.metric,
            level="global",
            group="all",
            value=one.value,
            value_answered=one.value,
            n=one.n,
            answered=one.n,
            failed=one.failed,
            higher_is_better=True,
            low_end=0.0,
            high_end=1.0,
            unit="",
            interval=one.interval,
            note=f"judged by {one.judge.model}",
        )
