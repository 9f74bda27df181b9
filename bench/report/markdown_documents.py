"""report.md's part for document tasks: axes, losses, mistakes, classes, fields by job."""

from __future__ import annotations

from collections.abc import Iterator

from bench.quality_rows import Classification
from bench.report import losses, numbers, taxonomy
from bench.report.axes import MEANINGS, axis_lines, with_axes
from bench.report.levels import DETECTABLE, NAMES, across, rows, tasks
from bench.report.markdown_table import cell, table
from bench.schema import JobReport, Report

CLASSES = 12  # of a matrix


def quality(job: JobReport) -> Iterator[str]:
    axes = ((one.name, one.said, one.interval, one.about) for one in axis_lines(job.axes))
    yield from _aligned(("axis", "value", "95 % interval", "of what"), axes)
    yield from table(*losses.table(job))
    yield from _sure(job)
    if any(group.kinds for group in job.mistake_groups):
        kinds = map(taxonomy.kind_name, taxonomy.kinds_in(job.mistake_groups))
        yield from table(("mistakes in", "records", "wrong", *kinds), taxonomy.group_rows(job))
        yield ""
        for kind, ids in taxonomy.examples(job):
            yield f"- {taxonomy.kind_name(kind)}: {', '.join(map(cell, ids))}"
    if job.classification:
        yield from _classes(job.classification)
    heads = (f"hardest {taxonomy.HARD_HEADS[0]}", *taxonomy.HARD_HEADS[1:])
    yield from table(heads, map(taxonomy.hard_row, job.hardest), words=2)


def _aligned(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    return table(heads, rows, words=len(heads))


def _sure(job: JobReport) -> Iterator[str]:
    """Macro means and what the documents cannot show, of each metric."""
    said = []
    for one in job.results:
        if one.level == "global":
            means = (
                f"{numbers.value(one.macro[on])} by {NAMES[on]}" for on in NAMES if on in one.macro
            )
            if words := ", ".join(means):
                said.append(f"- macro {cell(one.metric)}: {words}")
            if smallest := numbers.detectable(one):
                said.append(f"- {cell(one.metric)}: {smallest}")
    if said:
        yield ""
        yield from said


def _classes(found: Classification) -> Iterator[str]:
    yield ""
    said = taxonomy.classes_line(found)
    yield f"{said[0].upper()}{said[1:]}."
    yield from table(taxonomy.CLASS_HEADS, taxonomy.class_rows(found))
    if len(found.classes) <= CLASSES:
        heads = ("is, answered as", *found.classes, taxonomy.NO_CLASS, taxonomy.FAILED)
        lines = zip(found.classes, found.matrix, strict=True)
        yield from table(heads, ((name, *map(str, line)) for name, line in lines))
        return
    yield ""
    for name, other, number in list(taxonomy.confusions(found))[:CLASSES]:
        yield f"- {number:,} × {cell(name)} answered as {cell(other)}"


def jobs_by_group(report: Report) -> Iterator[str]:
    """Tasks of several jobs: the axes and the groups of each level, a job a column."""
    for task, places in tasks(report).items():
        jobs = [report.jobs[place] for place in places]
        if len(jobs) < 2:
            continue
        heads = numbers.told_apart(jobs)
        levels = list(across(jobs))
        if with_axes(jobs) or levels:
            yield ""
            yield f"## {cell(task)}: {len(jobs)} jobs"
        if with_axes(jobs):
            named = [axis_lines(job.axes) for job in jobs]
            lines = (
                (axis, *(four[place].said if four else numbers.MISSING for four in named))
                for place, axis in enumerate(MEANINGS)
            )
            yield from table(("axis", *heads), lines)
        for level in levels:
            yield ""
            yield f"{cell(level.metric)} {level.better} by {NAMES[level.level]}:"
            yield from table(("group", *heads, "n", DETECTABLE), rows(level, len(level.lines)))
            if level.left_out:
                yield ""
                yield f"{level.left_out} more groups are in report.json."
