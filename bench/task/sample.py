"""A task as a run asks it, and its samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.fields import FieldRule
from bench.schema import Level, PromptUsed, TaskKind
from bench.task.file import MetricUse


@dataclass(frozen=True)
class Sample:
    """`choices`: the classes in the order in which they are shown, each with what names it.
    `variant_of`: the row that is asked in several orders.
    """

    id: str
    images: tuple[Path, ...]
    prompt: str
    references: tuple[str, ...]
    doc_id: str
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    answerable: bool = True
    choices: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    variant_of: str | None = None


@dataclass(frozen=True)
class AtHome:
    """A benchmark in one harness: `name`, `metric` and the values of `parts` are the harness's own
    names. `rule`: our metric that gives the harness's number on the stored answers.
    """

    name: str
    metric: str | None = None
    rule: str | None = None
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """`samples` is empty for a benchmark: its harness knows them. `asks` and `reading` are None
    there; `homes` has it by harness, `missing` says why another harness has not.

    `transcripts`: what stands on a document, by doc_id. `data` is a local copy's folder, `file` a
    harness's own table.
    """

    name: str
    kind: Literal["document", "benchmark"]
    version: str | None
    summary: str
    metrics: tuple[MetricUse, ...]
    levels: tuple[Level, ...]
    parameters: dict[str, Any]
    asks: TaskKind | None = None
    reading: str | None = None
    samples: tuple[Sample, ...] = ()
    prompts: tuple[PromptUsed, ...] = ()
    classes: tuple[str, ...] = ()
    transcripts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    field_types: Mapping[str, FieldRule] = dataclasses.field(default_factory=dict)
    content_sha256: str | None = None
    file: Path | None = None
    data: Path | None = None
    homes: Mapping[str, AtHome] = dataclasses.field(default_factory=dict)
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
