"""The table at the end of a run, and every other table of the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.performance_rows import Performance
from bench.report import numbers, quantities
from bench.report.alike import agreement_lines
from bench.report.native_table import NativeTable, native_tables
from bench.report.terminal_documents import jobs_by_group, long_parts, short_parts
from bench.schema import JobReport, Report, Result

SHOWN_LEVELS = ("doc_type", "field", "language")  # crosses and tags are in report.html
SHOWN_GROUPS = 8  # of each
_COLOURS = {"ok": "green", "unsupported": "yellow", "cancelled": "yellow"}


def report_table(report: Report, *, performance: bool = False) -> RenderableType:
    """The results; with `performance` also the tables of times, of mistakes by field and of
    classes, the hardest documents, and the jobs side by side.
    """
    parts: list[RenderableType] = []
    for job in report.jobs:
        parts += _job(job, performance=performance)
    if performance and len(report.jobs) > 1:
        parts += [*jobs_by_group(report), side_by_side(report), Text("")]
    for numbers_of_all in native_tables(report):
        parts += [*_native_together(numbers_of_all), Text("")]
    if report.agreement:
        parts += [Text(line, style="dim") for line in agreement_lines(report)]
        parts.append(Text(""))
    if report.run.limit is not None:
        said = f"limited to the first {report.run.limit} samples of each task: not a full result"
        parts.append(Text(said, style="yellow"))
    parts.append(Text(numbers.totals(report)))
    return Group(*parts)


def _job(job: JobReport, *, performance: bool) -> list[RenderableType]:
    heading = Text(numbers.title(job), style="bold")
    heading.append("  ")
    heading.append(job.status, style=_COLOURS.get(job.status, "red"))
    parts: list[RenderableType] = [heading]
    if asked := numbers.asked(job):
        parts.append(Text(asked, style="dim"))
    if job.results:
        parts.append(_results(job))
    parts += short_parts(job)
    if job.native:
        parts.append(_native(job))
    style = "red" if job.counts.failed else "dim"
    parts.append(Text(numbers.counts_line(job), style=style))
    if mistakes := numbers.mistakes_line(job):
        parts.append(Text(mistakes, style="dim"))
    if speed := quantities.summary(job.performance):
        parts.append(Text(speed, style="dim"))
    if performance:
        parts += long_parts(job)
        parts += _performance(job.performance) if job.performance else ()
    for trouble in job.errors:
        ids = f" ({', '.join(trouble.samples)}{' …' if trouble.n > len(trouble.samples) else ''})"
        said = f"{trouble.n} × {trouble.kind}: {' '.join(trouble.message.split())[:200]}"
        parts.append(Text(said + (ids if trouble.samples else ""), style="red"))
    parts += [Text(f"note: {note}", style="yellow") for note in job.notes]
    return [*parts, Text("")]


def _results(job: JobReport) -> Table:
    failed = any(result.failed for result in job.results)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("metric", "group"):
        table.add_column(name, overflow="fold")
    for name in ("value", "95 % interval", *(["answered only"] if failed else []), "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in _few(job.results):
        table.add_row(
            f"{result.metric} {numbers.better(result)}",
            numbers.group(result),
            Text(numbers.value(result.value), style="bold" if result.level == "global" else ""),
            numbers.interval(result),
            *([numbers.value(result.value_answered)] if failed else []),
            str(result.n),
        )
    return table


def _few(results: Sequence[Result]) -> Iterable[Result]:
    """All global values; of each level the groups of the first metric that has some. The rest is in
    the files.

    A group that holds every sample says nothing that the global value does not.
    """
    shown = Counter[str]()
    sizes = {one.metric: one.n for one in results if one.level == "global"}
    firsts: dict[str, str] = {}
    for result in results:
        if result.level == "global":
            yield result
        elif firsts.setdefault(result.level, result.metric) == result.metric and (
            result.n < sizes.get(result.metric, result.n + 1)
        ):
            shown[result.level] += 1
            if result.level in SHOWN_LEVELS and shown[result.level] <= SHOWN_GROUPS:
                yield result


def _native(job: JobReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    grouped = any(native.group for native in job.native)
    for name in ("native metric", *(["group"] if grouped else [])):
        table.add_column(name, overflow="fold")
    for name in ("value", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("by its rule here", justify="right", overflow="fold")
    table.add_column("n", justify="right")
    table.add_column("failed, scored as answers", justify="right", max_width=9)
    for native in job.native:
        table.add_row(
            native.metric,
            *([native.group or ""] if grouped else []),
            numbers.native_value(native),
            numbers.native_interval(native),
            numbers.native_rule(native),
            numbers.MISSING if native.n is None else str(native.n),
            numbers.MISSING if native.failed_scored is None else str(native.failed_scored),
        )
    return table


def _native_together(native: NativeTable) -> Iterable[RenderableType]:
    """The harnesses' own numbers in one table, and the rules behind them."""
    yield Text(f"{native.task} · {native.model}: the harnesses' own numbers", style="bold")
    table = _table("", *native.columns)
    for name, cells in native.lines:
        table.add_row(name, *cells)
    yield table
    yield from (Text(said, style="dim") for said in native.said)


def _performance(performance: Performance) -> Iterable[RenderableType]:
    table = _table("time", *("n", "mean", *quantities.QUANTILES))
    for name, spread in quantities.times(performance):
        table.add_row(name, *quantities.row(spread))
    if table.rows:
        yield table
    told = Table.grid(padding=(0, 3))
    for name, value in quantities.facts(performance):
        told.add_row(Text(name, style="dim"), Text(value))
    yield told


def side_by_side(report: Report) -> Table:
    """Quality and what it took, a job a row."""
    table = _table("job", *quantities.SIDE_BY_SIDE)
    for job in report.jobs:
        table.add_row(numbers.title(job), *quantities.side_by_side(job))
    return table


def _table(first: str, *rest: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, overflow="fold")
    for name in rest:
        table.add_column(name, justify="right")
    return table


def listing(columns: Sequence[str], rows: Iterable[Sequence[RenderableType]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def console() -> Console:
    """Standard output; in a pipe as wide as a table needs, so that nothing is cut."""
    # No markup: what a task, a model or an error says may hold brackets.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 140
    return console
