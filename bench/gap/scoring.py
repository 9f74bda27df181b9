"""One metric on one sample's answer: the sums that a result is made of, by any side's rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench import jsonl, store
from bench.aggregate.places import Place, place_of
from bench.collect import Answer
from bench.errors import RunError
from bench.fields import FieldRule
from bench.schema import Record, TaskKind
from bench.score import Scorer
from bench.store import JobDescribed, SampleKept
from bench.task import MetricUse


class Cell(NamedTuple):
    """A record's numerator and denominator, and the groups that it is in."""

    place: Place
    above: float
    below: float


Cells = tuple[Cell, ...]  # of one sample: its answer's record, or those of its fields


class Truth(NamedTuple):
    """What an answer is held against, but for the references, which the sample has."""

    types: Mapping[str, FieldRule]
    asks: TaskKind | None

    @classmethod
    def of(cls, job: JobDescribed) -> Truth:
        return cls(job.field_types, job.task.asks)


class _ScoresAlone(Scorer):
    """What is wrong with an answer is not told here; it takes half of the time."""

    def _mistake(self, *_given: Any, **_more: Any) -> None:
        return None


class Rules:
    """A metric with a truth and a reading of values: `cells` scores an answer by them."""

    def __init__(self, use: MetricUse, truth: Truth, reading: str | None) -> None:
        self._label = use.label
        self._scorer = _ScoresAlone(
            job="", metrics=(use,), field_types=truth.types, asks=truth.asks, reading=reading
        )

    def cells(self, answer: Answer, sample: SampleKept, prediction: str | None) -> Cells:
        if sample is not answer.sample or prediction != answer.prediction:
            answer = dataclasses.replace(answer, sample=sample, prediction=prediction)
        return cells_of(self._scorer.records(answer), self._label)


def cells_of(records: Iterable[Record], label: str) -> Cells:
    return tuple(
        Cell(place_of(record), score.numerator, score.denominator)
        for record in records
        if (score := record.scores.get(label)) is not None
    )


def stored(folder: Path, job: str, label: str) -> dict[str, Cells]:
    """As records.jsonl has them, by sample. RunError where a line is no record."""
    path = folder / store.RECORDS
    found: dict[str, list[Cell]] = {}
    try:
        for row in jsonl.read(path):
            if row["job"] == job:
                some = found.setdefault(row.get("part_of") or row["id"], [])
                score = row["scores"].get(label)
                if score is not None:
                    some.append(_stored(row, score))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"{path}: {error!r}", hint=f"bench score {folder} makes it anew; no model is asked"
        ) from None
    return {sample: tuple(cells) for sample, cells in found.items()}


def _stored(row: dict[str, Any], score: dict[str, Any]) -> Cell:
    groups = (row.get("doc_type"), row.get("field"), row.get("language"))
    place = Place(*groups, tuple(row.get("tags") or ()))
    return Cell(place, float(score["numerator"]), float(score["denominator"]))
