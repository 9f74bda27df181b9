"""task.yaml: what is asked of a task's documents, and how the answers are scored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from bench.config import Human
from bench.fields import FieldRule
from bench.fields.normalise import STEP_LISTS
from bench.metrics import Policy
from bench.reading import READINGS
from bench.schema import Level, TaskKind

FILE = "task.yaml"


class MetricUse(Human):
    """A metric as a task uses it: under `name`, with this policy of what counts as equal text.

    `of: fields` scores each field of an extraction by itself. `normalize` names a versioned list
    of steps (docs/fields.md) that both sides go through first.
    """

    metric: str
    name: str = ""
    of: Literal["answer", "fields"] = "answer"
    case: Literal["keep", "fold"] | None = None
    whitespace: Literal["keep", "strip", "collapse"] | None = None
    unicode: Literal["keep", "nfc", "nfkc"] | None = None
    normalize: str | None = None

    @field_validator("normalize")
    @classmethod
    def _known(cls, given: str | None) -> str | None:
        if given is not None and given not in STEP_LISTS:
            raise ValueError(f"unknown {given!r}; known are {', '.join(STEP_LISTS)}")
        return given

    @property
    def label(self) -> str:
        return self.name or self.metric

    @property
    def policy(self) -> Policy:
        named = self.model_dump(include={"case", "whitespace", "unicode"}, exclude_none=True)
        return Policy(**named, steps=STEP_LISTS[self.normalize] if self.normalize else ())


class Member(Human):
    """One thing that is asked of the task's documents."""

    kind: TaskKind = "question"
    summary: str = ""
    samples: str = "samples.jsonl"
    prompt: Annotated[tuple[str, ...], Field(min_length=1)]
    metrics: Annotated[tuple[MetricUse, ...], Field(min_length=1)]
    levels: tuple[Level, ...] = ("global",)
    extract: str | None = None
    field_types: dict[str, FieldRule] = {}
    classes: dict[str, str] = {}
    orders: Annotated[int, Field(ge=1, le=20, strict=True)] = 1
    seed: Annotated[int, Field(ge=0, strict=True)] = 0
    labels: Literal["names", "letters"] = "names"
    parameters: dict[str, Any] = {}

    @field_validator("prompt", mode="before")
    @classmethod
    def _one_prompt(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("prompt")
    @classmethod
    def _some_text(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if not all(text.strip() for text in given):
            raise ValueError("a prompt must not be empty")
        return given

    @field_validator("classes", mode="before")
    @classmethod
    def _shown(cls, given: Any) -> Any:
        """`[invoice, letter]`, or `{invoice: Rechnung, letter: Brief}` with what is shown."""
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            return given
        if len(set(given)) < len(given):
            raise ValueError("a class stands in it twice")
        return {name: name for name in given}

    @field_validator("extract")
    @classmethod
    def _known(cls, given: str | None) -> str | None:
        if given is not None and given not in READINGS:
            raise ValueError(f"unknown {given!r}; known are {', '.join(READINGS)}")
        return given

    @model_validator(mode="after")
    def _fits_the_kind(self) -> Member:
        closed = self.kind == "classification"
        if closed and len(self.classes) < 2:
            raise ValueError("a classification needs two `classes` or more")
        if len({text.casefold() for text in self.classes.values()}) < len(self.classes):
            raise ValueError("two `classes` are shown by one text")
        if closed and self.labels == "letters" and len(self.classes) > 26:
            raise ValueError("there are 26 letters; use `labels: names`")
        given = self.model_fields_set & {"classes", "orders", "seed", "labels"}
        if given and not closed:
            raise ValueError(f"only `kind: classification` takes `{min(given)}`")
        if self.kind != "extraction" and any(use.of == "fields" for use in self.metrics):
            raise ValueError("only `kind: extraction` takes a metric `of: fields`")
        return self


class TaskFile(Human):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: str
    summary: str
    licence: str
    source: str = ""
    languages: tuple[str, ...] = ()
    transcripts: str | None = None
    members: Annotated[dict[str, Member], Field(min_length=1)]
