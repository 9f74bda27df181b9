"""Levels in words, and the groups of one level with the jobs of a task side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.report import numbers
from bench.schema import JobReport, Level, Report, Result

NAMES: Final = {
    "doc_type": "document type",
    "field": "field",
    "language": "language",
    "tag": "tag",
    "document": "document",
    "doc_type_field": "document type and field",
    "field_language": "field and language",
    "doc_type_language": "document type and language",
    "doc_type_tag": "document type and tag",
    "field_tag": "field and tag",
    "language_tag": "language and tag",
}
CELLS: Final = 1500  # of one table
DETECTABLE: Final = "detectable difference"


@dataclass(frozen=True)
class Line:
    """A group over the jobs: `results` has None where a job has no such group."""

    name: str
    n: int
    results: tuple[Result | None, ...]

    @property
    def detectable(self) -> float | None:
        """The largest of the jobs' smallest differences."""
        known = [one.detectable for one in self.results if one and one.detectable is not None]
        return max(known, default=None)


@dataclass(frozen=True)
class LevelAcross:
    """One metric at one level. `whole`: over all samples; `macro`: the mean over the groups."""

    level: Level
    metric: str
    better: str
    whole: Line
    macro: tuple[float | None, ...]
    lines: tuple[Line, ...]
    left_out: int

    @property
    def has_macro(self) -> bool:
        return any(value is not None for value in self.macro)


def tasks(report: Report) -> dict[str, list[int]]:
    """The places of the jobs of each task, from 0."""
    found: dict[str, list[int]] = {}
    for place, job in enumerate(report.jobs):
        found.setdefault(job.task.name, []).append(place)
    return found


def across(jobs: Sequence[JobReport]) -> Iterator[LevelAcross]:
    """Each level with the first metric that has one, of jobs of one task."""
    every = [one for job in jobs for one in job.results]
    order = list(NAMES)
    named = {one.level for one in every if one.level in NAMES}
    for level in sorted(named, key=order.index):
        first = next(one for one in every if one.level == level)
        wholes = tuple(_whole(job, first.metric) for job in jobs)
        found = [{one.group: one for one in job.results if _same(one, first)} for job in jobs]
        names = list(dict.fromkeys(name for groups in found for name in groups))
        shown = names[: max(1, CELLS // len(jobs))]
        lines = tuple(_line(name, [groups.get(name) for groups in found]) for name in shown)
        sizes = [one.n for one in wholes if one]
        if not sizes or (len(names) == 1 and lines[0].n >= max(sizes)):
            continue  # it says nothing that the whole does not
        yield LevelAcross(
            level=level,
            metric=first.metric,
            better=numbers.better(first),
            whole=_line("all", wholes),
            macro=tuple(one.macro.get(level) if one else None for one in wholes),
            lines=lines,
            left_out=len(names) - len(shown),
        )


def _same(one: Result, first: Result) -> bool:
    return (one.level, one.metric) == (first.level, first.metric)


def _line(name: str, results: Sequence[Result | None]) -> Line:
    return Line(name, max(one.n for one in results if one is not None), tuple(results))


def _whole(job: JobReport, metric: str) -> Result | None:
    return next(
        (one for one in job.results if one.level == "global" and one.metric == metric), None
    )


def rows(level: LevelAcross, most: int) -> Iterator[tuple[str, ...]]:
    """In words: the whole, the macro mean where there is one, and up to `most` groups; in each the
    name, a cell a job, n, and the difference that can be shown.
    """
    yield _row(level.whole)
    if level.has_macro:
        named = f"macro (mean of {len(level.lines) + level.left_out})"
        yield (named, *map(numbers.value, level.macro), "", "")
    yield from map(_row, level.lines[:most])


def _row(line: Line) -> tuple[str, ...]:
    return (line.name, *map(_cell, line.results), f"{line.n:,}", numbers.small(line.detectable))


def _cell(one: Result | None) -> str:
    if one is None or one.value is None or one.interval is None:
        return numbers.value(one.value if one else None)
    return f"{one.value:.4f} ({one.interval.low:.2f} … {one.interval.high:.2f})"
