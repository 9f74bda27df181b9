"""The raw folder of a run of bench, imported like a stranger's: its samples stand beside it.

A harness knows rows, and by its numbers alone; which sample is which row, and what was asked of it,
is in the job's own files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.errors import RunError, SourceError
from bench.importing.found import Found, plain, read_object, rows
from bench.importing.lm_eval import HALVES
from bench.importing.shown import Shown
from bench.protocol import Asked, Prediction, read_asked
from bench.task import MetricUse

_NO_ANSWER = "[no answer]"  # what bench gives lm-eval for a failed request of a document task
_BY_NUMBER = ("vlmevalkit", "lm-eval")  # which know a document task's samples by their rows


@dataclass(frozen=True)
class Ours:
    """`own`: whether it is of a run of bench. `metrics`: what that run scored its answers by."""

    found: Found
    own: bool = False
    task: str | None = None
    metrics: tuple[MetricUse, ...] = ()


def with_rows_of_ours(one: Found) -> Ours:
    """As it is, unless it lies in `raw` of a job of bench."""
    for place in one.sources[0].resolve().parents:
        if place.name == "raw" and (place.parent / "job.json").is_file():
            job = place.parent
            named = _named(one, job)
            if (job / "asked.jsonl").is_file():
                metrics, said = _metrics(job)
                found = _paired(named, _asked(job, "asked.jsonl"))
                return _ours(found, said, metrics=metrics)
            if (job / "items.jsonl").is_file():
                return _documents(named, job)
    return Ours(one)


def _ours(found: Found, said: Sequence[str], **keys: Any) -> Ours:
    return Ours(replace(found, notes=(*found.notes, *said)), own=True, **keys)


def _named(one: Found, job: Path) -> Found:
    model = read_object(job / "job.json").get("model")
    name = model.get("name") if isinstance(model, dict) else None
    return replace(one, model=plain(str(name or one.model)))


def _documents(one: Found, job: Path) -> Ours:
    """Answers of a document task, named by the task's samples; the harness has no number of it."""
    items = _asked(job, "items.jsonl")
    if one.harness in _BY_NUMBER:
        one = _renamed(one, {str(place): row.id for place, row in enumerate(items)})
    if one.benchmark in HALVES:
        mine = {row.id for row in one.asked}
        items = tuple(row for row in items if row.id in mine)
    one, lost = _without_placeholders(_paired(one, items))
    metrics, said = _metrics(job)
    task = read_object(job / "job.json").get("task")
    name = task.get("name") if isinstance(task, dict) else None
    protocol = {key: value for key, value in one.protocol.items() if key != "split"}
    found = replace(one, native=(), scores=(), error=None, protocol=protocol)
    return _ours(
        found, (*said, *lost), task=name if isinstance(name, str) else None, metrics=metrics
    )


def _without_placeholders(one: Found) -> tuple[Found, tuple[str, ...]]:
    """lm-eval has no word for a failed request, so bench gives it one."""
    if one.benchmark not in HALVES:
        return one, ()
    lost = {answer.id for answer in one.predictions if answer.prediction == _NO_ANSWER}
    if not lost:
        return one, ()
    said = f"the harness was given {_NO_ANSWER!r} in place of an answer"
    predictions = tuple(
        Prediction(id=answer.id, status="failed", prediction=None, error=said)
        if answer.id in lost
        else answer
        for answer in one.predictions
    )
    note = (
        f"{len(lost)} answers are {_NO_ANSWER!r}, which bench gives lm-eval for a failed request: "
        "they count as failed, also where a model said these words"
    )
    return replace(one, predictions=predictions), (note,)


def _metrics(job: Path) -> tuple[tuple[MetricUse, ...], tuple[str, ...]]:
    """What the run scored by, where an answer is scored as it is."""
    from bench import store

    if not (job / store.DESCRIBED).is_file():
        return (), ()
    try:
        described = store.described_in(job)
    except RunError as error:
        raise SourceError(job / store.DESCRIBED, error.message) from None
    if described.task.reading or described.field_types or described.classes:
        said = "the task reads values out of the answers: `bench score` of the run itself does that"
        return (), (said,)
    return described.metrics, ()


def _renamed(one: Found, names: Mapping[str, str]) -> Found:
    """Rows by their number in items.jsonl."""

    def our(name: str) -> str:
        return names.get(name, name)

    return replace(
        one,
        asked=tuple(row.model_copy(update={"id": our(row.id)}) for row in one.asked),
        predictions=tuple(row.model_copy(update={"id": our(row.id)}) for row in one.predictions),
    )


def _asked(job: Path, name: str) -> tuple[Asked, ...]:
    """With the question and the pictures, which the protocol's own reader leaves out."""
    known = {row.id: row for row in read_asked(job)} if name == "asked.jsonl" else {}
    found = []
    for _, row in rows(job / name):
        sample = str(row.get("id"))
        asked = known.get(sample) or Asked(id=sample, references=tuple(row.get("references", ())))
        question, images = row.get("question", row.get("prompt")), row.get("images")
        found.append(
            Shown(
                **asked.model_dump(),
                question=question if isinstance(question, str) else None,
                images=tuple(map(str, images)) if isinstance(images, list) else (),
            )
        )
    return tuple(found)


def _paired(one: Found, asked: Sequence[Asked]) -> Found:
    """With all that was asked; what the harness has lost failed, for the reason it gives."""
    ids = {row.id for row in asked}
    said = {answer.id: answer for answer in one.predictions}
    if not {name for name, answer in said.items() if answer.status == "answered"} <= ids:
        return one
    lost = next((said[name].error for name in said if name not in ids), None)
    failed = [
        Prediction(id=name, status="failed", prediction=None, error=lost)
        for name in (row.id for row in asked)
        if name not in said and lost is not None
    ]
    kept = [answer for answer in one.predictions if answer.id in ids]
    theirs = {row.id: row for row in one.asked if isinstance(row, Shown)}
    return replace(
        one,
        asked=tuple(_shown(row, theirs.get(row.id)) for row in asked),
        predictions=(*kept, *failed),
    )


def _shown(ours: Asked, theirs: Shown | None) -> Asked:
    """The harness's own words where it has them: they were nearer to the model."""
    if theirs is None or not isinstance(ours, Shown):
        return ours
    question = ours.question if theirs.question is None else theirs.question
    return ours.model_copy(update={"question": question})
