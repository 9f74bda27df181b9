"""Rows of the report that say what was asked and what scored it, in hashes that can be compared.

Every hash is a sha256 in hex, over a sorted set: the order of arrival, repeated requests, ports,
times and folders are not in it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from bench.row import Row

VARIES = "varies"  # the only key of a parameter that requests do not agree on


class PerEnvironment(Row):
    """One thing of the harness's environment and of the engine's; null where there is none."""

    harness: str | None
    engine: str | None = None


class HarnessAsked(Row):
    name: str
    version: str | None


class TaskAsked(Row):
    name: str
    version: str | None
    truth: Annotated[
        str | None, Field(description="over ids, references, fields, groups and field types")
    ]
    content_sha256: str | None
    data: Annotated[
        dict[str, Any], Field(description="what the harness said of its data: md5, judge")
    ] = {}


class ScorerUsed(Row):
    """What made the numbers. The hashes are of the source files of bench, by their path in it."""

    bench_version: str
    metrics: Annotated[tuple[dict[str, Any], ...], Field(description="as the task uses them")]
    reading: Annotated[
        str | None, Field(description="how values are read out of answers; null: as they are")
    ] = None
    sources: Annotated[dict[str, str], Field(description="the files that scores depend on")]
    mistake_sources: Annotated[dict[str, str], Field(description="those of the kinds of mistakes")]
    libraries: dict[str, str]


class Fingerprint(Row):
    """What a job really asked, by the gateway's record, and what scored it."""

    short: Annotated[str, Field(description="first 12 hex digits of one hash over all parts")]
    requests: Annotated[int | None, Field(description="distinct requests")]
    samples: Annotated[str | None, Field(description="over the ids of the samples asked")]
    system_prompts: str | None
    prompts: Annotated[
        str | None, Field(description="texts in their order, and where the images stand")
    ]
    message_form: Annotated[
        str | None, Field(description="what of the messages is in no other part")
    ]
    image_bytes: str | None
    image_pixels: Annotated[str | None, Field(description="decoded: equal after lossless coding")]
    image_bytes_unordered: str | None
    image_pixels_unordered: str | None
    parameters: Annotated[
        dict[str, Any] | None,
        Field(description='by name: the value, or {"varies": hash} where requests do not agree'),
    ]
    served_model: Annotated[tuple[str, ...] | None, Field(description="as it was asked for")]
    answered_by: Annotated[tuple[str, ...] | None, Field(description="as the answers name it")]
    model: str
    engine: str | None
    engine_versions: dict[str, Any]
    harness: HarnessAsked
    scorer: ScorerUsed
    task: TaskAsked
    locks: PerEnvironment
    python: PerEnvironment
    limit: int | None
    interval_seed: int
    absent: Annotated[dict[str, str], Field(description="what is null here, and why")] = {}
