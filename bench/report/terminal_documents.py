"""Tables of the terminal for document tasks: axes, losses, mistakes, classes, fields by job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bench.quality_rows import Classification
from bench.report import losses, numbers, taxonomy
from bench.report.axes import MEANINGS, axis_lines, plot, with_axes
from bench.report.levels import DETECTABLE, NAMES, across, rows, tasks
from bench.report.visible import first_words
from bench.schema import JobReport, Report, Result

LINES = 40  # of one table
CLASSES = 10  # of a matrix
CONFUSIONS = 5


def short_parts(job: JobReport) -> Iterator[RenderableType]:
    """What stands at the end of a run."""
    if axes := axis_lines(job.axes):
        grid = Table.grid(padding=(0, 2))
        for line in axes:
            value = Text(line.said, style="" if line.axis.value is None else "bold")
            bounds = "" if line.axis.interval is None else line.interval
            picture = Text(plot(line.axis), style="cyan")
            grid.add_row(line.name, value, picture, bounds, Text(line.about, style="dim"))
        yield grid
    heads, lines = losses.table(job)
    if heads:
        yield _table(heads, lines)
    if job.classification:
        yield Text(taxonomy.classes_line(job.classification))
    yield from _of_the_headline(job)


def _of_the_headline(job: JobReport) -> Iterator[Text]:
    head = next((one for one in job.results if one.level == "global"), None)
    if head is None:
        return
    if head.macro:
        means = (f"{numbers.value(mean)} by {NAMES[on]}" for on, mean in _macro(head))
        yield Text(f"macro {head.metric} {numbers.better(head)}: {', '.join(means)}", style="dim")
    if said := numbers.detectable(head):
        yield Text(f"{head.metric}: {said}", style="dim")


def _macro(head: Result) -> Iterator[tuple[str, float]]:
    return ((level, head.macro[level]) for level in NAMES if level in head.macro)


def long_parts(job: JobReport) -> Iterator[RenderableType]:
    """What `bench report` adds."""
    if any(group.kinds for group in job.mistake_groups):
        kinds = map(taxonomy.kind_name, taxonomy.kinds_in(job.mistake_groups))
        fields = list(taxonomy.group_rows(job))
        yield _table(("mistakes in", "records", "wrong", *kinds), fields[:LINES])
        yield from _left_out(len(fields), "fields")
        for kind, ids in taxonomy.examples(job):
            said = f"{taxonomy.kind_name(kind)}: e.g. {', '.join(map(first_words, ids))}"
            yield Text(said, style="dim")
    if job.classification:
        yield from _classes(job.classification)
    if job.hardest:
        heads = (f"hardest {taxonomy.HARD_HEADS[0]}", *taxonomy.HARD_HEADS[1:])
        yield _table(heads, map(taxonomy.hard_row, job.hardest), words=2)


def _classes(found: Classification) -> Iterator[RenderableType]:
    every = list(taxonomy.class_rows(found))
    yield _table(taxonomy.CLASS_HEADS, every[:LINES])
    yield from _left_out(len(every), "classes")
    if len(found.classes) <= CLASSES:
        heads = ("is, answered as", *found.classes, taxonomy.NO_CLASS, taxonomy.FAILED)
        lines = zip(found.classes, found.matrix, strict=True)
        yield _table(heads, ((name, *map(_count, line)) for name, line in lines))
    else:
        for name, said, number in list(taxonomy.confusions(found))[:CONFUSIONS]:
            yield Text(f"{number:,} × {name} answered as {said}", style="dim")


def _count(number: int) -> str:
    return f"{number:,}" if number else "·"


def jobs_by_group(report: Report) -> Iterator[RenderableType]:
    """Tasks of several jobs: the axes and the groups of each level, a job a column."""
    for task, places in tasks(report).items():
        jobs = [report.jobs[place] for place in places]
        if len(jobs) < 2:
            continue
        heads = numbers.told_apart(jobs)
        if with_axes(jobs):
            axes = zip(*(_axis_cells(job) for job in jobs), strict=True)
            lines = ((name, *cells) for name, cells in zip(MEANINGS, axes, strict=True))
            yield Text(f"{task}: axes", style="bold")
            yield _table(("axis", *heads), lines)
        for level in across(jobs):
            yield Text(f"{task}: {level.metric} {level.better} by {NAMES[level.level]}", "bold")
            yield _table(("group", *heads, "n", DETECTABLE), rows(level, LINES))
            yield from _left_out(len(level.lines) + level.left_out, "groups")


def _axis_cells(job: JobReport) -> tuple[str, ...]:
    lines = axis_lines(job.axes)
    return tuple(line.said for line in lines) if lines else (numbers.MISSING,) * len(MEANINGS)


def _left_out(number: int, what: str) -> Iterator[Text]:
    if number > LINES:
        yield Text(f"{number - LINES:,} more {what} are in report.html", style="dim")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> Table:
    """The first columns are words, the others numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(heads):
        right = number >= words
        table.add_column(first_words(name), overflow="fold", justify="right" if right else "left")
    for row in rows:
        table.add_row(*(first_words(cell) for cell in row))
    return table
