"""Pairs of prediction and references from anywhere -> a run's folder, to be scored as any other.

A line: {"id", "prediction", "references", "doc_id"?, "doc_type"?, "field"?, "language"?, "tags"?,
"answerable"?}. `prediction: null` is a failed request. A JSON object stands for its text.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

import bench
from bench import jsonl, store, yaml
from bench.errors import SourceError, UsageError, suggestion
from bench.fields import FieldRule
from bench.hashing import file_sha256
from bench.metrics.plugins import known_metric, metric_names
from bench.protocol import JobResult, Prediction
from bench.schema import (
    AnyText,
    EnvironmentUsed,
    HarnessUsed,
    Level,
    ModelUsed,
    RunUsed,
    TaskUsed,
)
from bench.task import MetricUse

JOB = "pairs"
_LEVELS: tuple[Level, ...] = ("doc_type", "field", "language", "tag", "doc_type_field")


class PairRow(BaseModel):
    """Keys that are not ours are ignored, and named once."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    prediction: AnyText | None
    references: tuple[AnyText, ...] = ()
    doc_id: str | None = None
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    answerable: bool = True

    @field_validator("prediction", mode="before")
    @classmethod
    def _one(cls, given: Any) -> Any:
        return _text(given) if isinstance(given, dict | list) else given

    @field_validator("references", mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        """A text or an object alone is the only reference."""
        if isinstance(given, str | dict):
            return (_text(given),)
        if isinstance(given, list):
            return tuple(_text(one) for one in given)
        raise ValueError("must be a list of texts, or one; [] where no right answer is known")

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("answerable", True) and "references" not in given:
            raise ValueError("'references' is missing; [] says that no right answer is known")
        return given

    @model_validator(mode="after")
    def _closed(self) -> PairRow:
        if not self.answerable and self.references:
            raise ValueError("`answerable: false` goes with no references")
        return self


def _text(value: Any) -> Any:
    if not isinstance(value, dict | list):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@dataclass(frozen=True)
class Pairs:
    """How a file's pairs are scored. `types`: by field; "" is for all that are not named."""

    metrics: tuple[MetricUse, ...]
    types: Mapping[str, FieldRule]
    levels: tuple[Level, ...] | None = None
    reading: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Written:
    rows: int
    ignored: tuple[str, ...]


def metric_uses(names: Sequence[str], normalize: str | None) -> tuple[MetricUse, ...]:
    """`normalize` goes to the metrics that take a policy; UsageError where none does."""
    uses = []
    for name in names:
        metric = known_metric(name)
        if metric is None:
            raise UsageError(f"unknown metric {name!r}", hint=suggestion(name, metric_names()))
        uses.append(MetricUse(metric=name, normalize=normalize if metric.takes_policy else None))
    if normalize and not any(use.normalize for use in uses):
        raise UsageError(
            f"none of {', '.join(names)} takes --normalize", hint="their rules are fixed"
        )
    return tuple(uses)


def write_pairs(source: Path, folder: Path, pairs: Pairs) -> Written:
    """The run's folder of `source`, for `report_run`. SourceError names the line that is wrong."""
    place = store.job_folder(folder, JOB)
    place.mkdir(parents=True)
    found: set[Level] = set()
    fields: dict[str, None] = {}
    ignored: dict[str, None] = {}
    seen: set[str] = set()
    with (
        (place / "samples.jsonl").open("wb") as samples,
        (place / "predictions.jsonl").open("wb") as predictions,
    ):
        for number, row, others in _rows(source):
            if row.id in seen:
                said = f"duplicate id {row.id!r}"
                raise SourceError(source, said, line=number, column=1)
            seen.add(row.id)
            ignored |= dict.fromkeys(others)
            found |= _levels_of(row)
            fields[row.field or ""] = None
            samples.write(jsonl.line(_sample(row)))
            predictions.write(jsonl.line(_prediction(row).model_dump()))
    if not seen:
        raise SourceError(source, "there is no pair in it")
    asked: tuple[Level, ...] = ("global", *(one for one in _LEVELS if one in found))
    types = _types(source, pairs.types, fields)
    _describe(source, folder, replace(pairs, types=types, levels=pairs.levels or asked))
    return Written(len(seen), tuple(ignored))


def _types(
    source: Path, given: Mapping[str, FieldRule], fields: Iterable[str]
) -> dict[str, FieldRule]:
    """The rule of each field that is there."""
    for unknown in sorted(set(given) - {""} - set(fields)):
        hint = suggestion(unknown, filter(None, fields))
        raise UsageError(f"no row of {source} has the field {unknown!r}", hint=hint)
    rules = {name: given.get(name, given.get("")) for name in fields}
    return {name: rule for name, rule in rules.items() if rule is not None}


def _rows(source: Path) -> Iterator[tuple[int, PairRow, list[str]]]:
    for number, value, row in yaml.validated_lines(source, PairRow):
        yield number, row, [key for key in value if key not in PairRow.model_fields]


def _levels_of(row: PairRow) -> set[Level]:
    there: dict[Level, Any] = {
        "doc_type": row.doc_type,
        "field": row.field,
        "language": row.language,
        "tag": row.tags,
        "doc_type_field": row.doc_type and row.field,
    }
    return {level for level, value in there.items() if value}


def _sample(row: PairRow) -> dict[str, Any]:
    said = row.model_dump(exclude={"prediction"})
    return said | {"doc_id": row.doc_id or row.id}


def _prediction(row: PairRow) -> Prediction:
    if row.prediction is None:
        said = "the file has no prediction for it"
        return Prediction(id=row.id, status="failed", prediction=None, error=said)
    return Prediction(id=row.id, status="answered", prediction=row.prediction)


def _describe(source: Path, folder: Path, pairs: Pairs) -> None:
    """run.json and the job's files: the answers were given elsewhere, and nothing was asked."""
    digest = file_sha256(source)
    unknown = EnvironmentUsed(key=None, flavour=None, python=None, lock_sha256=None)
    store.write_described(
        folder,
        store.JobDescribed(
            id=JOB,
            harness=HarnessUsed(name="pairs", version=None),
            model=ModelUsed(name=source.stem, engine=None, served_id=None),
            task=TaskUsed(
                name=source.name,
                kind="document",
                asks="question",
                version=None,
                content_sha256=digest,
                reading=pairs.reading,
            ),
            environment=unknown,
            metrics=pairs.metrics,
            levels=pairs.levels or ("global",),
            field_types=dict(pairs.types),
            through_gateway=False,
            status="ok",
        ),
    )
    result = JobResult(protocol=1, status="ok", data={"file": source.name, "sha256": digest})
    place = store.job_folder(folder, JOB)
    store.write_text(place / "result.json", result.model_dump_json())
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    store.write_run(
        folder,
        store.RunDescribed(
            run=RunUsed(
                id=folder.name,
                started_at=now,
                finished_at=now,
                command=tuple(sys.argv),
                config_sha256=digest,
                bench_version=bench.__version__,
                seed=pairs.seed,
            ),
            jobs=(JOB,),
            config={},
            cwd=str(Path.cwd()),
        ),
    )
