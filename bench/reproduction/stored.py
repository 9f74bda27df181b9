"""Stored answers -> a number: a file that an entry knows, or pairs of one's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import yaml
from bench.errors import SourceError, UsageError
from bench.hashing import file_sha256
from bench.metrics import Metric, Policy
from bench.metrics.plugins import known_metric
from bench.pairs import PairRow
from bench.published import Entry, Protocol, Stored
from bench.quality_rows import Interval
from bench.reproduction.mmmu import MMMU_OPEN
from bench.reproduction.verdict import Measured
from bench.statistics import bootstrap, interval

SEED = 0


@dataclass(frozen=True)
class Answer:
    """`prediction` None is a failed request; `type` chooses the rule."""

    id: str
    prediction: str | None
    references: tuple[str, ...]
    type: str | None = None


def from_file(entry: Entry, path: Path) -> Measured:
    """A file that `entry` knows by its SHA-256, or pairs (docs/pairs.md).

    SourceError where it cannot be read; UsageError where the entry has no rule to score it by.
    """
    if not path.is_file():
        raise UsageError(f"{path} is neither a run nor a file")
    known = recognised(entry, path)
    if known is None:
        return _measured(entry, tuple(_pairs(path)), Protocol(), path.name)
    beside = None if known.references is None else path.with_name(known.references.name)
    answers = tuple(stored_answers(known, path, beside))
    return _measured(entry, answers, known.protocol, known.what, known.weights)


def recognised(entry: Entry, path: Path) -> Stored | None:
    digest = file_sha256(path)
    return next((one for one in entry.answers if one.predictions.sha256 == digest), None)


def stored_answers(known: Stored, path: Path, beside: Path | None) -> Iterator[Answer]:
    """One a reference: what has none of the predictions is a failed request.

    SourceError where a column is not there, an id comes twice or a prediction has no reference.
    """
    columns = known.columns
    said = _rows(path, columns.id)
    right = said
    if beside is not None and known.references is not None:
        if not beside.is_file() or file_sha256(beside) != known.references.sha256:
            raise SourceError(
                beside, f"is not the references of {path.name}", hint=f"from {known.source}"
            )
        right = _rows(beside, columns.id)
    if alone := said.keys() - right.keys():
        raise SourceError(path, f"there is no reference for {min(alone)!r}")
    for name, row in right.items():
        own = said.get(name)
        prediction = _column(path, name, own, columns.prediction) if name in said else None
        references = _column(path, name, row, columns.references)
        yield Answer(
            name,
            None if prediction is None else str(prediction),
            tuple(map(str, references if isinstance(references, list) else [references])),
            None if columns.type is None else str(_column(path, name, row, columns.type)),
        )


def _column(path: Path, name: str, row: Any, column: str) -> Any:
    """A row that is no mapping is the prediction itself."""
    if not isinstance(row, dict):
        return row
    if column not in row:
        raise SourceError(path, f"the row of {name!r} has no column {column!r}")
    return row[column]


def _rows(path: Path, id_column: str) -> dict[str, Any]:
    found = yaml.json_values(path, yaml.read_text(path))
    if isinstance(found, dict):
        return found
    if not isinstance(found, list):
        raise SourceError(path, "is neither a list of rows nor a mapping of ids")
    rows: dict[str, Any] = {}
    for place, row in enumerate(found):
        name = str(_column(path, str(place), row, id_column))
        if name in rows:
            raise SourceError(path, f"duplicate id {name!r}")
        rows[name] = row
    return rows


def _pairs(path: Path) -> Iterator[Answer]:
    seen: set[str] = set()
    for line, _, row in yaml.validated_lines(path, PairRow):
        if row.id in seen:
            raise SourceError(path, f"duplicate id {row.id!r}", line=line, column=1)
        seen.add(row.id)
        if not row.references:
            raise SourceError(path, f"{row.id!r} has no references", line=line, column=1)
        yield Answer(row.id, row.prediction, row.references, row.doc_type)
    if not seen:
        raise SourceError(path, "there is no pair in it")


def _measured(
    entry: Entry,
    answers: Sequence[Answer],
    known: Protocol,
    made: str,
    weights: str | None = None,
) -> Measured:
    value, ends = scored(answers, entry)
    failed = sum(one.prediction is None for one in answers)
    measured = {"n": len(answers), "metric": known.metric or entry.metric}
    return Measured(
        value=None if value is None else value * entry.scale,
        low=None if ends is None else ends.low * entry.scale,
        high=None if ends is None else ends.high * entry.scale,
        known=known.model_copy(update=measured),
        failed=failed,
        made=made,
        weights=weights,
    )


def scored(answers: Sequence[Answer], entry: Entry) -> tuple[float | None, Interval | None]:
    """The entry's rule over all answers, a failed request at its worst."""
    numerators, denominators, lows, highs = [], [], [], []
    for one in answers:
        metric = _rule(entry, one.type)
        part = (
            metric.worst(one.references, Policy())
            if one.prediction is None
            else metric.measure(one.prediction, one.references, Policy())
        )
        numerators.append(part.numerator)
        denominators.append(part.denominator)
        lows.append(metric.low)
        highs.append(math.inf if metric.high is None else metric.high)
    below = math.fsum(denominators)
    if not below:
        return None, None
    bounds = bootstrap(numerators, denominators, [one.id for one in answers], seed=SEED)
    high = max(highs)
    ends = interval(bounds, low=min(lows), high=None if math.isinf(high) else high)
    return math.fsum(numerators) / below, ends


def _rule(entry: Entry, kind: str | None) -> Metric:
    if entry.rule is None:
        raise UsageError(
            f"{entry.id} has no rule for stored answers", hint="give a run with the harness's own"
        )
    if isinstance(entry.rule, Mapping) and kind not in entry.rule:
        hint = f"doc_type is one of {', '.join(entry.rule)}"
        raise UsageError(f"{entry.id} has no rule for answers of the type {kind!r}", hint=hint)
    name = entry.rule if isinstance(entry.rule, str) else entry.rule[str(kind)]
    metric = MMMU_OPEN if name == MMMU_OPEN.name else known_metric(name)
    if metric is None:
        raise UsageError(f"{entry.id}: unknown metric {name!r}")
    return metric
