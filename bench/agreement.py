"""How many answers the jobs of one run have in common, byte for byte."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from bench.schema import Agreement, JobReport, Record

NO_MODEL = "none"
Asked = tuple[str, str | None]  # sample, field
Answers = Mapping[Asked, str | None]  # None where it failed


def agreement(jobs: Sequence[JobReport], records: Iterable[Record]) -> tuple[Agreement, ...]:
    """Of each two jobs that put one task to one model, in the report's order.

    `of` counts what either of them was asked; what failed, or is missing in one, is never the
    same. A job without any answer has nothing to compare, and is in no pair.
    """
    said: dict[str, dict[Asked, str | None]] = defaultdict(dict)
    for record in records:
        if record.part_of is not None:  # a field of an answer that is here as a whole
            continue
        answer = record.prediction if record.status == "answered" else None
        said[record.job][record.id, record.field] = answer
    answered = [job for job in jobs if any(one is not None for one in said[job.id].values())]
    return tuple(_pairs(answered, said))


def _pairs(jobs: Sequence[JobReport], said: Mapping[str, Answers]) -> Iterator[Agreement]:
    for one, other in combinations(jobs, 2):
        if _subject(one) == _subject(other) and _has_model(one):
            left, right = said[one.id], said[other.id]
            yield Agreement(
                task=one.task.name,
                jobs=(one.id, other.id),
                same=sum(text is not None and text == right.get(key) for key, text in left.items()),
                of=len(left.keys() | right.keys()),
            )


def _subject(job: JobReport) -> tuple[str, str]:
    return job.task.name, job.model.name


def _has_model(job: JobReport) -> bool:
    """Two harnesses that ask nothing have no model in common."""
    return job.model.served_id is not None or job.model.name != NO_MODEL
