"""The jobs of one task side by side: one scale for all, what each took, and whose answers agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from bench.report import numbers
from bench.report.alike import paired
from bench.report.levels import tasks
from bench.report.native_table import NativeTable, native_tables
from bench.report.page.across import AxesAcross, Groups, axes_across, groups_across
from bench.report.page.charts import Mark, mark_of, scale_of
from bench.report.page.speed import Side, sides
from bench.report.page.tables import answered_only
from bench.report.plain import short
from bench.schema import Agreement, JobReport, Report, Result

NOTES = 6  # of one job in the table, and as many troubles
SPENT = ("latency p50", "answers", "peak memory", "cost of 1,000 requests")


@dataclass(frozen=True)
class Row:
    """`native` is a number of the harness's own, where bench has none. Troubles and notes name what
    a difference may come from.
    """

    number: int
    job: JobReport
    name: str
    result: Result | None
    value: str
    answered_only: str | None  # where a request failed
    interval: str
    mark: Mark | None
    native: str | None
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    left_out: int
    spent: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True)
class Cell:
    """`pair` is how the filter of the records names it."""

    same: int
    of: int
    pair: str
    names: tuple[str, str]


@dataclass(frozen=True)
class Matrix:
    """Half of the square: each line has the columns before it."""

    model: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Comparison:
    task: str
    metric: str | None
    better: str
    ends: tuple[str, str]
    spent: tuple[str, ...]
    rows: tuple[Row, ...]
    matrices: tuple[Matrix, ...]
    axes: AxesAcross | None
    groups: tuple[Groups, ...]
    natives: tuple[NativeTable, ...]


def comparisons(report: Report) -> tuple[Comparison, ...]:
    """One for each task that two jobs or more have."""
    spent = {side.number: side for side in sides(report)}
    return tuple(
        _comparison(task, places, report, spent)
        for task, places in tasks(report).items()
        if len(places) > 1
    )


def _comparison(
    task: str, places: Sequence[int], report: Report, spent: Mapping[int, Side]
) -> Comparison:
    jobs = [report.jobs[place] for place in places]
    headlines = _headlines(jobs)
    known = [one for one in headlines if one is not None]
    scale = scale_of(known) if known else None
    measured = [spent.get(place + 1) for place in places]
    shown = [
        any(side is not None and side.cells[column] != numbers.MISSING for side in measured)
        for column in range(1, len(SPENT) + 1)
    ]
    rows = tuple(
        Row(
            number=place + 1,
            job=job,
            name=short(f"{job.harness.name} · {job.model.name}", 100),
            result=result,
            value=numbers.value(result.value if result else None),
            answered_only=answered_only(result) if result else None,
            interval=numbers.interval(result) if result else numbers.MISSING,
            mark=mark_of(result, scale) if result and scale else None,
            native=_native(job),
            troubles=tuple(
                short(f"{one.n:,} × {one.kind}: {one.message}") for one in job.errors[:NOTES]
            ),
            notes=tuple(short(note, 500) for note in job.notes[:NOTES]),
            left_out=sum(max(0, len(given) - NOTES) for given in (job.errors, job.notes)),
            spent=tuple(compress(_spent(side), shown)),
        )
        for place, job, result, side in zip(places, jobs, headlines, measured, strict=True)
    )
    return Comparison(
        task=short(task),
        metric=known[0].metric if known else None,
        better=numbers.better(known[0]) if known else "",
        ends=scale.ends if scale else ("", ""),
        spent=tuple(compress(SPENT, shown)),
        rows=rows,
        matrices=tuple(_matrices(task, report)),
        axes=axes_across(places, jobs),
        groups=tuple(groups_across(places, jobs)),
        natives=native_tables(report.model_copy(update={"jobs": tuple(jobs)})),
    )


def _headlines(jobs: Sequence[JobReport]) -> list[Result | None]:
    """Of each job the metric that is the first of the first job that has one: one for all."""
    wholes = [[one for one in job.results if one.level == "global"] for job in jobs]
    metric = next((results[0].metric for results in wholes if results), None)
    return [next((one for one in results if one.metric == metric), None) for results in wholes]


def _native(job: JobReport) -> str | None:
    first = next(iter(job.native), None)
    return f"{short(first.metric, 60)} {numbers.native_value(first)}" if first else None


def _spent(side: Side | None) -> list[tuple[str, float | None]]:
    if side is None:
        return [(numbers.MISSING, None)] * len(SPENT)
    return list(zip(side.cells[1:], side.sorts[1:], strict=True))


def _matrices(task: str, report: Report) -> Iterator[Matrix]:
    pairs = {pair.jobs: pair for pair in report.agreement}
    numbered = {job.id: number for number, job in enumerate(report.jobs)}
    for (name, model), jobs in paired(report).items():
        if name == task:
            names = [short(job.harness.name, 60) for job in jobs]
            lines = tuple(
                (
                    names[row],
                    tuple(
                        _cell(pairs[jobs[column].id, job.id], numbered, (names[column], names[row]))
                        for column in range(row)
                    ),
                )
                for row, job in enumerate(jobs)
                if row
            )
            yield Matrix(short(model), tuple(names[:-1]), lines)


def _cell(pair: Agreement, numbered: Mapping[str, int], names: tuple[str, str]) -> Cell:
    one, other = (numbered[job] for job in pair.jobs)
    return Cell(pair.same, pair.of, f"{one}-{other}", names)
