"""Which jobs gave the same answers, in a few lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from bench.schema import Agreement, JobReport, Report

MOST_LINES = 6  # of one task and model
Pairs = Mapping[tuple[str, str], Agreement]


def agreement_lines(report: Report) -> Iterator[str]:
    """`vlmevalkit = echo: 20 of 20 answers identical`; jobs that agree in all share a line."""
    pairs = {pair.jobs: pair for pair in report.agreement}
    subjects = paired(report)
    for (task, model), jobs in subjects.items():
        lines = list(_lines(jobs, pairs))
        about = f"{task} · {model}: " if len(subjects) > 1 else ""
        yield from (about + line for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"{about}{len(lines) - MOST_LINES} more pairs are in report.html"


def paired(report: Report) -> dict[tuple[str, str], list[JobReport]]:
    """The jobs that are in a pair, by task and model."""
    named = {job for pair in report.agreement for job in pair.jobs}
    found: dict[tuple[str, str], list[JobReport]] = {}
    for job in report.jobs:
        if job.id in named:
            found.setdefault((job.task.name, job.model.name), []).append(job)
    return found


def _lines(jobs: Sequence[JobReport], pairs: Pairs) -> Iterator[str]:
    groups = _alike(jobs, pairs)
    for group in groups:
        if len(group) > 1:
            yield f"{_names(group)}: {_said(pairs[group[0].id, group[1].id])}"
    for one, other in combinations(groups, 2):
        # Within a group all answers are the same, so that its first job speaks for it.
        first = sorted((one[0], other[0]), key=jobs.index)
        yield f"{_names(one)} ≠ {_names(other)}: {_said(pairs[first[0].id, first[1].id])}"


def _alike(jobs: Sequence[JobReport], pairs: Pairs) -> list[list[JobReport]]:
    groups: list[list[JobReport]] = []
    for job in jobs:
        for group in groups:
            pair = pairs[group[0].id, job.id]
            if pair.same == pair.of:
                group.append(job)
                break
        else:
            groups.append([job])
    return groups


def _names(group: Sequence[JobReport]) -> str:
    return " = ".join(job.harness.name for job in group)


def _said(pair: Agreement) -> str:
    return f"{pair.same:,} of {pair.of:,} answers identical"
