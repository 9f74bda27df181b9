"""How good the answers are, beside the results: mistakes, axes, classes, hardest documents, judges.

A part of what bench/schema.py describes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bench.row import Row

MistakeKind = Literal[
    "missed",
    "hallucinated",
    "wrong_value",
    "wrong_field",
    "wrong_format",
    "wrong_script",
    "partial",
    "refused",
    "truncated",
    "request_failed",
]


class Interval(Row):
    """Bounds around a result's value, from resampling whole documents."""

    low: float
    high: float
    confidence: float
    method: str
    clusters: Annotated[int, Field(description="documents resampled")]


class MistakeCount(Row):
    """One kind of mistake in a group; `share` is of the group's judged records."""

    n: int
    share: float
    examples: Annotated[tuple[str, ...], Field(description="ids of the first few records")]


class MistakeGroup(Row):
    """A field's mistakes; those of all fields where `field` is null. `n`: judged records."""

    field: str | None
    n: int
    kinds: dict[MistakeKind, MistakeCount]


class AxisValue(Row):
    """From 0 to 1; null with a `reason` where it cannot be measured. `n`: records it is over."""

    value: float | None
    n: int = 0
    interval: Interval | None = None
    measure: str
    reason: str | None = None


class Axes(Row):
    accuracy: AxisValue
    groundedness: AxisValue
    relevancy: AxisValue
    stability: AxisValue


class HardDocument(Row):
    """A document by the task's first metric. `wrong`: how many of its records are not right."""

    doc_id: str
    doc_type: str | None
    value: float
    n: int
    wrong: int


class ClassScore(Row):
    """`n`: samples of the class. Null over a denominator of 0."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    n: int


class Classification(Row):
    """`matrix[i][j]`: answers j to samples of class i; the last two columns are answers that name
    no class, and failed requests.
    """

    classes: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    accuracy: float | None
    macro_f1: Annotated[
        float | None, Field(description="mean F1 of the classes that occur or are answered")
    ]
    macro_f1_interval: Interval | None = None
    per_class: tuple[ClassScore, ...]
    orders: Annotated[int, Field(description="orders of the options in which each was asked")]
    consistency: Annotated[
        float | None, Field(description="share of pairs of orders that got the same class")
    ] = None


class JudgeUsed(Row):
    """The model that judged, and the package that asked it. `embeddings`: their model, if any."""

    model: str
    served_id: str
    system_prompt: str | None = None
    parameters: dict[str, Any] = {}
    embeddings: str | None = None
    package: str
    version: str | None


class JudgedResult(Row):
    """What a judge makes of a job's answers. `n`: judged; `failed`: asked, without a judgement.

    `left`: answers that could be judged and were not asked; `skipped`: those that cannot be, by
    reason. Null with a `reason` where nothing was judged.
    """

    metric: str
    value: Annotated[float | None, Field(description="mean over the judged answers, from 0 to 1")]
    n: int
    failed: int
    left: int = 0
    skipped: dict[str, int] = {}
    failures: Annotated[dict[str, int], Field(description="the failed ones, by kind")] = {}
    interval: Interval | None
    judge: JudgeUsed
    prompt_sha256: str | None
    source: str | None
    reason: str | None = None
