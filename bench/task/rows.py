"""samples.jsonl: a line a sample, by the kind of its task. Images are relative to the folder."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from bench.config import Human
from bench.schema import TaskKind

DEEPEST = 20  # levels of an extraction's reference


class SampleRow(Human):
    """What a line of every kind may say. `images`: the document's pages, in order.

    `doc_id` says which lines are about one document; without it the line's id counts.
    """

    id: Annotated[str, Field(min_length=1)]
    images: Annotated[tuple[str, ...], Field(min_length=1)]
    question: str | None = None
    doc_id: str | None = None
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


class TextRow(SampleRow):
    """A transcription, or a page as Markdown: `references` has the text.

    `references: []` says that none is known: the answer is recorded and not scored. Leaving the
    key out is an error, for it may be a slip.
    """

    references: tuple[str, ...]


_ANSWERABLE: dict[str, Any] = {
    "if": {"properties": {"answerable": {"const": False}}, "required": ["answerable"]},
    "then": {"properties": {"references": {"maxItems": 0}}},
    "else": {"required": ["references"], "properties": {"references": {"type": "array"}}},
}


class QuestionRow(SampleRow):
    """`references`: each right answer. `answerable: false`: the right answer is that there is
    none on the page; then there are no references.
    """

    model_config = ConfigDict(json_schema_extra=_ANSWERABLE)

    references: tuple[str, ...] | None = None
    answerable: bool = True

    @model_validator(mode="after")
    def _closed(self) -> QuestionRow:
        if self.answerable and self.references is None:
            raise ValueError("'references' is missing; [] says that no right answer is known")
        if not self.answerable and self.references:
            raise ValueError("`answerable: false` goes with no references")
        return self


class ExtractionRow(SampleRow):
    """`reference`: the right JSON object. Its values are texts, numbers, booleans, null (not on
    the document), lists and objects (line items are a list of objects). `null` as a whole: not
    known.
    """

    reference: dict[str, Any] | None

    @field_validator("reference")
    @classmethod
    def _plain(cls, given: dict[str, Any] | None) -> dict[str, Any] | None:
        message = given and _odd(given, 1)
        if message:
            raise ValueError(message)
        return given


class ClassRow(SampleRow):
    """`references`: the class (or, where several are right, all of them)."""

    references: tuple[str, ...]


ROWS: dict[TaskKind, type[SampleRow]] = {
    "transcription": TextRow,
    "question": QuestionRow,
    "extraction": ExtractionRow,
    "classification": ClassRow,
    "parsing": TextRow,
}


def row_schema(kind: TaskKind) -> dict[str, Any]:
    """The JSON Schema of one line of samples.jsonl."""
    schema = ROWS[kind].model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"VLMHyperBench task, a line of samples.jsonl: {kind}",
    }


class TranscriptRow(Human):
    """What stands on a document's pages, in reading order."""

    doc_id: Annotated[str, Field(min_length=1)]
    text: str


def _odd(value: Any, depth: int) -> str | None:
    if depth > DEEPEST:
        return f"it is nested deeper than {DEEPEST}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no JSON number"
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, (_odd(one, depth + 1) for one in inner)), None)
