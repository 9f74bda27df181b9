"""What is compared: a run, or one job of it by RUN:JOB; and which job of A is which of B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import store
from bench.comparison.answers import Answers, answers
from bench.comparison.rows import Side
from bench.differences.pairing import pair_jobs
from bench.errors import UsageError
from bench.schema import JobReport, Report


@dataclass(frozen=True)
class Subject:
    """One job, with what it answered. `number`: of the argument that it came by, from 0."""

    number: int
    folder: Path
    report: Report
    job: JobReport
    answers: Answers

    def side(self, label: str) -> Side:
        return Side(
            label=label,
            folder=str(self.folder),
            run=self.report.run.id,
            job=self.job.id,
            task=self.job.task.name,
            model=self.job.model.name,
            harness=self.job.harness.name,
        )


@dataclass(frozen=True)
class Named:
    folder: Path
    report: Report
    jobs: tuple[JobReport, ...]


@dataclass(frozen=True)
class Unmatched:
    """`number`: of the argument that the job came by."""

    number: int
    folder: Path
    job: JobReport
    why: str

    def __str__(self) -> str:
        return f"{self.folder}: {self.job.id}: {self.why}"


def named(text: str) -> Named:
    """`RUN` or `RUN:JOB`; UsageError where there is no such run or job."""
    folder, job = store.run_and_job(text)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of a run", hint="runs lie under runs/")
    report = store.read_report(folder)
    return Named(folder, report, store.jobs_named(folder, report, job))


def subjects(given: Sequence[Named]) -> tuple[list[list[Subject]], tuple[Unmatched, ...]]:
    """The jobs that belong together, that of the first run first; and who has no partner.

    One run alone: its jobs of one task. Two or more: each one's job that is A's.
    """
    read = [answers(one.folder, {job.id for job in one.jobs}) for one in given]

    def subject(number: int, job: JobReport) -> Subject:
        one = given[number]
        return Subject(number, one.folder, one.report, job, read[number][job.id])

    if len(given) == 1:
        by_task: dict[str, list[Subject]] = {}
        for job in given[0].jobs:
            by_task.setdefault(job.task.name, []).append(subject(0, job))
        sets = [some for some in by_task.values() if len(some) > 1]
        lonely = [
            Unmatched(0, one.folder, one.job, "no other job has its task")
            for one, *others in by_task.values()
            if not others
        ]
        return sets, tuple(lonely)
    first, *others = given
    sets = [[subject(0, job)] for job in first.jobs]
    unmatched: list[Unmatched] = []
    for number, other in enumerate(others, start=1):
        partners, left = matched(first.jobs, other.jobs)
        for place, partner in partners.items():
            sets[place].append(subject(number, partner))
        unmatched += [
            Unmatched(number, other.folder, job, "A has no job of its task") for job in left
        ]
    unmatched += [
        Unmatched(0, one.folder, one.job, "no other run has a job of its task")
        for one, *partners in sets
        if not partners
    ]
    return [some for some in sets if len(some) > 1], tuple(unmatched)


def matched(
    a: Sequence[JobReport], b: Sequence[JobReport]
) -> tuple[dict[int, JobReport], list[JobReport]]:
    """By the place of A's job its partner in B, and who is left over.

    Only jobs of one task are partners, or the only jobs of their runs.
    """
    pairs, _, only_b = pair_jobs(a, b)
    places = {job.id: place for place, job in enumerate(a)}
    alone = len(a) == len(b) == 1
    good = {
        places[one.id]: other for one, other in pairs if alone or one.task.name == other.task.name
    }
    taken = {other.id for other in good.values()}
    left = [other for _, other in pairs if other.id not in taken]
    return good, [*left, *only_b]


def labelled(some: Sequence[Subject]) -> tuple[Side, ...]:
    """Each by what tells it from the others: its model, its harness, else its run or its job."""
    for parts in _ways(some):
        if len(set(parts)) == len(parts):
            return tuple(one.side(part) for one, part in zip(some, parts, strict=True))
    return tuple(
        one.side(f"{one.folder}:{one.job.id} ({letter(place)})") for place, one in enumerate(some)
    )


def _ways(some: Sequence[Subject]) -> Iterator[list[str]]:
    yield [one.job.model.name for one in some]
    yield [one.job.harness.name for one in some]
    yield [f"{one.job.model.name} · {one.job.harness.name}" for one in some]
    yield [one.folder.name for one in some]
    yield [str(one.folder) for one in some]
    yield [one.job.id for one in some]
    yield [f"{one.folder}:{one.job.id}" for one in some]


def letter(place: int) -> str:
    """A, B, … Z, then 27, 28, …"""
    return chr(ord("A") + place) if place < 26 else str(place + 1)
