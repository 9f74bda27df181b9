"""What inference has left in a run's folder: each job's answers, and how the job ended.

Read from the folder alone, before anything is scored; scoring begins here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import collect, store
from bench.collect import Answer
from bench.errors import RunError, UsageError
from bench.gateway.record import RecordedRequest
from bench.protocol import JobResult, Prediction, read_asked, read_predictions, read_result
from bench.schema import JobStatus, Trouble
from bench.store import JobDescribed, SampleKept

T = TypeVar("T")
PREDICTIONS = "predictions.jsonl"


@dataclass(frozen=True)
class Gathered:
    """One job. `troubles` are those of its files and its ending; `found` those of its answers."""

    job: JobDescribed
    status: JobStatus
    samples: Sequence[SampleKept]
    answers: tuple[Answer, ...]
    result: JobResult | None
    never_asked: bool
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True)
class Answered:
    """expected = answered + failed."""

    expected: int
    answered: int
    failed: int


@dataclass(frozen=True)
class JobInferred:
    id: str
    status: JobStatus
    counts: Answered


@dataclass(frozen=True)
class Inferred:
    """A run whose models were asked; no answer is scored."""

    jobs: tuple[JobInferred, ...]


def inferred(folder: Path) -> Inferred:
    """Counts of a run's answers. RunError where a job never began."""
    run = store.open_run(folder)
    requests = collect.requests_of(folder / store.GATEWAY)
    return Inferred(
        tuple(_job(gathered(folder, one, requests.get(one.id, []))) for one in jobs_of(folder, run))
    )


def jobs_of(folder: Path, run: store.RunDescribed) -> list[JobDescribed]:
    """RunError where one of them never began."""
    for name in run.jobs:
        if not (store.job_folder(folder, name) / store.DESCRIBED).is_file():
            raise RunError(f"{folder} was stopped before its job {name} began: nothing to score")
    return [store.read_described(folder, name) for name in run.jobs]


def check_inferred(folder: Path) -> None:
    """UsageError where nothing can be scored: no job has ended, and none has left an answer."""
    jobs = jobs_of(folder, store.open_run(folder))
    places = [store.job_folder(folder, job.id) for job in jobs]
    if all(job.status is None for job in jobs) and not any(
        (place / PREDICTIONS).is_file() for place in places
    ):
        raise UsageError(
            f"{folder} has no predictions to score",
            hint=f"bench eval --resume {folder} --stages infer asks for them",
        )


def gathered(folder: Path, job: JobDescribed, requests: Sequence[RecordedRequest]) -> Gathered:
    """The job's answers paired with its samples; `requests` are this job's alone."""
    place = store.job_folder(folder, job.id)
    troubles = list(job.troubles)
    result = readable(read_result, place, None, troubles)
    samples = (
        store.read_samples(folder, job.id)
        if job.task.kind == "document"
        else collect.benchmark_samples(readable(read_asked, place, (), troubles))
    )
    nothing: tuple[Prediction, ...] = ()
    predictions = readable(read_predictions, place, nothing, troubles)
    found = collect.collect(job, samples, predictions, requests)
    troubles += found.troubles
    status = job.status
    if status is None:
        begun = (place / "log.txt").is_file()
        status, said = "crashed" if begun else "cancelled", "ended" if begun else "began"
        message = f"the run was killed before this job {said}"
        troubles.insert(0, Trouble(kind=status, message=message, n=1))
    if status == "ok" and not (found.closed and samples):
        status = "failed"
        said = "the harness said ok, but not every sample has an answer or a known failure"
        troubles.append(Trouble(kind="counts_open", message=said, n=1))
    return Gathered(
        job=job,
        status=status,
        samples=samples,
        answers=found.answers,
        result=result,
        never_asked=status != "ok" and not requests and not predictions,
        troubles=tuple(troubles),
    )


def readable(read: Callable[[Path], T], place: Path, otherwise: T, troubles: list[Trouble]) -> T:
    """One job's broken file is that job's trouble: the other jobs keep their numbers."""
    try:
        return read(place)
    except RunError as error:
        said = collect.plain(error.message)
        if said not in {trouble.message for trouble in troubles}:
            troubles.append(Trouble(kind="protocol", message=said, n=1))
        return otherwise


def _job(one: Gathered) -> JobInferred:
    answered = sum(answer.status == "answered" for answer in one.answers)
    expected = len(one.answers)
    return JobInferred(one.job.id, one.status, Answered(expected, answered, expected - answered))
