"""Axes and groups of a task's jobs, a job a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.report import levels, numbers
from bench.report.axes import MEANINGS, with_axes
from bench.report.page.charts import Mark, Scale, mark_of, scale_of
from bench.report.page.quality import AxisView, axis_views
from bench.report.plain import short
from bench.schema import JobReport, Result

OPEN = ("doc_type", "field")


@dataclass(frozen=True)
class Cell:
    value: str
    sort: float | None
    interval: str
    mark: Mark | None


@dataclass(frozen=True)
class Line:
    name: str
    n: int
    cells: tuple[Cell | None, ...]
    detectable: str


@dataclass(frozen=True)
class Groups:
    """One level. `smallest` says in words what the task's documents cannot show."""

    title: str
    metric: str
    better: str
    ends: tuple[str, str]
    heads: tuple[tuple[int, str], ...]
    whole: Line
    macro: tuple[str, ...]
    lines: tuple[Line, ...]
    left_out: int
    smallest: str | None
    is_open: bool


@dataclass(frozen=True)
class AxesAcross:
    """`lines`: of each axis its name and meaning, and each job's; None of a job without axes."""

    heads: tuple[tuple[int, str], ...]
    lines: tuple[tuple[str, str, tuple[AxisView | None, ...]], ...]


def axes_across(places: Sequence[int], jobs: Sequence[JobReport]) -> AxesAcross | None:
    if not with_axes(jobs):
        return None
    views = [axis_views(job) for job in jobs]
    return AxesAcross(
        _heads(places, jobs),
        tuple(
            (name, meaning, tuple(four[number] if four else None for four in views))
            for number, (name, meaning) in enumerate(MEANINGS.items())
        ),
    )


def groups_across(places: Sequence[int], jobs: Sequence[JobReport]) -> Iterator[Groups]:
    heads = _heads(places, jobs)
    for level in levels.across(jobs):
        lines = (level.whole, *level.lines)
        scale = scale_of([one for line in lines for one in line.results if one is not None])
        told = [one for one in level.whole.results if one and one.detectable is not None]
        least = max(told, key=lambda one: one.detectable or 0, default=None)
        yield Groups(
            title=f"By {levels.NAMES[level.level]}",
            metric=level.metric,
            better=level.better,
            ends=scale.ends,
            heads=heads,
            whole=_line(level.whole, scale),
            macro=tuple(map(numbers.value, level.macro)) if level.has_macro else (),
            lines=tuple(_line(line, scale) for line in level.lines),
            left_out=level.left_out,
            smallest=numbers.detectable(least) if least else None,
            is_open=level.level in OPEN,
        )


def _heads(places: Sequence[int], jobs: Sequence[JobReport]) -> tuple[tuple[int, str], ...]:
    names = numbers.told_apart(jobs)
    return tuple((place + 1, short(name, 60)) for place, name in zip(places, names, strict=True))


def _line(line: levels.Line, scale: Scale) -> Line:
    cells = tuple(None if one is None else _cell(one, scale) for one in line.results)
    return Line(short(line.name), line.n, cells, numbers.small(line.detectable))


def _cell(one: Result, scale: Scale) -> Cell:
    return Cell(numbers.value(one.value), one.value, numbers.interval(one), mark_of(one, scale))
