"""A job's results as tables: metrics down for the whole, groups down and metrics across below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.report import numbers
from bench.report.levels import NAMES
from bench.report.page.charts import Mark, Scale, mark_of, scale_of
from bench.report.plain import short
from bench.schema import JobReport, Result

SHOWN = 300  # groups of one level in the page
_OPEN = ("doc_type", "field")
_FILTERED = ("doc_type", "field", "language")


@dataclass(frozen=True)
class Cell:
    value: str
    sort: float | None
    interval: str
    mark: Mark | None
    answered_only: str | None  # where a request failed
    detectable: str


@dataclass(frozen=True)
class Line:
    name: str
    cells: tuple[Cell | None, ...]
    n: int
    failed: int


@dataclass(frozen=True)
class Column:
    metric: str
    better: str
    ends: tuple[str, str]


@dataclass(frozen=True)
class LevelTable:
    level: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    micro: tuple[str, ...]
    macro: tuple[str, ...]  # none where no metric has it
    left_out: int
    is_open: bool
    filters: bool


@dataclass(frozen=True)
class Whole:
    """One metric over all of a job's samples."""

    result: Result
    better: str
    direction: str
    value: str
    interval: str
    mark: Mark | None
    ends: tuple[str, str]
    answered_only: str | None
    smallest: str | None  # what these documents cannot show


def scales(job: JobReport) -> dict[str, Scale]:
    by_metric: dict[str, list[Result]] = {}
    for result in job.results:
        by_metric.setdefault(result.metric, []).append(result)
    return {metric: scale_of(results) for metric, results in by_metric.items()}


def wholes(job: JobReport, by_metric: Mapping[str, Scale]) -> tuple[Whole, ...]:
    return tuple(
        Whole(
            result,
            numbers.better(result),
            "higher is better" if result.higher_is_better else "lower is better",
            numbers.value(result.value),
            numbers.interval(result),
            mark_of(result, by_metric[result.metric]),
            by_metric[result.metric].ends,
            answered_only(result),
            numbers.detectable(result),
        )
        for result in job.results
        if result.level == "global"
    )


def levels(job: JobReport, by_metric: Mapping[str, Scale]) -> Iterator[LevelTable]:
    """Every level below global that has more to say than the global value."""
    by_name = {one.metric: one for one in job.results if one.level == "global"}
    for level in dict.fromkeys(one.level for one in job.results if one.level != "global"):
        results = [one for one in job.results if one.level == level]
        metrics = list(dict.fromkeys(one.metric for one in results))
        found = {(one.group, one.metric): one for one in results}
        groups = list(dict.fromkeys(one.group for one in results))
        columns = tuple(
            Column(
                metric,
                numbers.better(next(one for one in results if one.metric == metric)),
                by_metric[metric].ends,
            )
            for metric in metrics
        )
        lines = tuple(
            _line(group, [found.get((group, metric)) for metric in metrics], by_metric)
            for group in groups[:SHOWN]
        )
        wholes = [by_name.get(metric) for metric in metrics]
        macro = [one.macro.get(level) if one else None for one in wholes]
        yield LevelTable(
            level,
            f"By {NAMES[level]}" if level in NAMES else level,
            columns,
            lines,
            tuple(numbers.value(one.value if one else None) for one in wholes),
            tuple(map(numbers.value, macro)) if any(one is not None for one in macro) else (),
            max(0, len(groups) - SHOWN),
            is_open=level in _OPEN,
            filters=level in _FILTERED,
        )


def _line(group: str, results: Sequence[Result | None], by_metric: Mapping[str, Scale]) -> Line:
    first = next(one for one in results if one is not None)
    cells = tuple(None if one is None else _cell(one, by_metric[one.metric]) for one in results)
    return Line(short(group), cells, first.n, first.failed)


def _cell(result: Result, scale: Scale) -> Cell:
    return Cell(
        numbers.value(result.value),
        result.value,
        numbers.interval(result),
        mark_of(result, scale),
        answered_only(result),
        numbers.small(result.detectable),
    )


def answered_only(result: Result) -> str | None:
    return numbers.value(result.value_answered) if result.failed else None
