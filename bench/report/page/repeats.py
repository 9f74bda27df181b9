"""Which records are of one sample, and what an earlier one of them has said already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.schema import Record, Report

Said = TypeVar("Said", str, tuple[str, ...])


@dataclass(frozen=True)
class Repeats:
    """By a record's place from 0: the place of the sample's first record, of the first one with
    the same references, and of the first one with the same answer. None for what is said first.
    """

    sample: tuple[int | None, ...]
    references: tuple[int | None, ...]
    prediction: tuple[int | None, ...]


def repeats(report: Report, records: Sequence[Record]) -> Repeats:
    tasks = {job.id: job.task.name for job in report.jobs}
    groups: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        if record.job in tasks:
            groups[tasks[record.job], record.id, record.field].append(place)
    sample: list[int | None] = [None] * len(records)
    references, prediction = list(sample), list(sample)
    for places in groups.values():
        if len(places) < 2:
            continue
        wanted: dict[tuple[str, ...], int] = {}
        answers: dict[str, int] = {}
        for place in places:
            record = records[place]
            sample[place] = places[0]
            references[place] = _before(wanted, record.references, place)
            if record.status == "answered" and record.prediction is not None:
                prediction[place] = _before(answers, record.prediction, place)
    return Repeats(tuple(sample), tuple(references), tuple(prediction))


def _before(known: dict[Said, int], said: Said, place: int) -> int | None:
    first = known.setdefault(said, place)
    return None if first == place else first
