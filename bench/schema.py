"""The report by name: what report.json and records.jsonl hold. Machines read these files.

Machine files ignore keys they do not know, so that adding a field needs no new version; a field
that changes its meaning or goes away raises SCHEMA_VERSION. `bench report --schema` prints the
JSON Schema that is generated from here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, InstanceOf

from bench.fingerprint_rows import Fingerprint
from bench.performance_rows import Performance
from bench.quality_rows import (
    Axes,
    Classification,
    HardDocument,
    Interval,
    JudgedResult,
    MistakeGroup,
    MistakeKind,
)
from bench.row import Row

SCHEMA_VERSION = 1

# A model may answer a lone surrogate, which pydantic's own check of a str refuses.
AnyText = InstanceOf[str]

JobStatus = Literal["ok", "failed", "unsupported", "crashed", "timed_out", "cancelled"]
Level = Literal[
    "global",
    "doc_type",
    "field",
    "language",
    "tag",
    "doc_type_field",
    "field_language",
    "doc_type_language",
    "doc_type_tag",
    "field_tag",
    "language_tag",
]
TaskKind = Literal["transcription", "question", "extraction", "classification", "parsing"]
FieldType = Literal[
    "text",
    "amount",
    "date",
    "number",
    "phone",
    "document_number",
    "person_name",
    "address",
    "boolean",
    "enumerated",
]


class Range(Row):
    """The values a metric can take; `high` is null where it has no bound (CER)."""

    low: float
    high: float | None


class Result(Row):
    """One number. `n` counts every expected sample, answered or not."""

    metric: str
    level: Level
    group: str
    value: Annotated[
        float | None, Field(description="failed requests at the metric's declared worst")
    ]
    value_answered: Annotated[float | None, Field(description="over the answered samples alone")]
    value_strict: Annotated[
        float | None,
        Field(description="of the answers as they are; null where the task reads no value out"),
    ] = None
    value_raw: Annotated[
        float | None, Field(description="without the task's normalisation; null where it has none")
    ] = None
    macro: Annotated[
        dict[str, float], Field(description="unweighted mean over a level's groups, by level")
    ] = {}
    detectable: Annotated[
        float | None,
        Field(description="smallest difference of two such runs that these documents can show"),
    ] = None
    n: int
    answered: int
    failed: int
    empty_references: int = 0
    higher_is_better: bool
    range: Range
    unit: str
    interval: Interval | None
    note: str | None = None


class NativeResult(Row):
    """A number that the harness itself gave, kept as it is."""

    metric: str
    group: str | None = None
    value: float
    scale: Annotated[
        float | None, Field(description="the value of a perfect answer set; null where unknown")
    ] = None
    higher_is_better: bool | None = None
    n: int | None = None
    failed_scored: Annotated[
        int | None, Field(description="failed requests that the harness scored as answers")
    ] = None
    interval: Annotated[
        Interval | None,
        Field(description="of the harness's own scores of the samples, on the value's scale"),
    ] = None
    rule: Annotated[
        str | None, Field(description="the metric of bench that is this harness's rule")
    ] = None
    by_rule: Annotated[
        float | None, Field(description="`rule` on the stored answers, on the value's scale")
    ] = None
    agrees: Annotated[
        bool | None, Field(description="whether `by_rule` is the harness's value as it rounds")
    ] = None
    source: str
    label: Literal["native"] = "native"


class Counts(Row):
    """expected = answered + failed. `unscored`: answered, but without a metric or a reference."""

    expected: int
    answered: int
    failed: int
    unscored: int


class Trouble(Row):
    """What went wrong in a job, counted by kind; `samples` names the first few."""

    kind: str
    message: str
    n: int
    samples: tuple[str, ...] = ()


class HarnessUsed(Row):
    name: str
    version: str | None


class ModelUsed(Row):
    name: str
    engine: str | None
    engine_versions: dict[str, Any] = {}
    served_id: str | None
    pipeline: bool = False
    in_process: Annotated[
        str | None, Field(description="the harness's own class, where it loads the model itself")
    ] = None
    weights: Annotated[
        str | None, Field(description="what the weights are: folder's name, package, quantisation")
    ] = None


class PromptUsed(Row):
    """A prompt file; what a task.yaml holds as text has its member's name."""

    name: str
    version: str | None = None
    language: str | None = None
    doc_type: str | None = None
    field: str | None = None
    sha256: Annotated[str, Field(description="of the text that is sent, before a row fills it in")]


class TaskUsed(Row):
    name: str
    kind: Literal["document", "benchmark"]
    asks: Annotated[TaskKind | None, Field(description="what a document task asks for")] = None
    version: str | None
    content_sha256: str | None = None
    reading: Annotated[
        str | None, Field(description="how values are read out of answers; null: as they are")
    ] = None
    prompts: tuple[PromptUsed, ...] = ()
    data: Annotated[
        dict[str, Any], Field(description="what the harness said of its data: md5, judge")
    ] = {}


class EnvironmentUsed(Row):
    key: str | None
    isolation: Annotated[
        Literal["venv", "docker", "podman", "apptainer"],
        Field(description="what stood between the process and the machine"),
    ] = "venv"
    image: Annotated[
        str | None, Field(description="sha256 of the container's image, as its engine names it")
    ] = None
    flavour: str | None
    python: str | None
    lock_sha256: str | None
    note: str | None = None


class Artifact(Row):
    path: str
    sha256: str


class JobReport(Row):
    id: str
    status: JobStatus
    harness: HarnessUsed
    model: ModelUsed
    task: TaskUsed
    environment: EnvironmentUsed
    engine_environment: Annotated[
        EnvironmentUsed | None,
        Field(description="that of the model's engine, where bench started one"),
    ] = None
    counts: Counts
    results: tuple[Result, ...]
    native: tuple[NativeResult, ...]
    mistakes: Annotated[
        dict[MistakeKind, int], Field(description="how many records have each kind of mistake")
    ] = {}
    mistake_groups: tuple[MistakeGroup, ...] = ()
    hardest: Annotated[
        tuple[HardDocument, ...], Field(description="the documents furthest from right")
    ] = ()
    classification: Classification | None = None
    axes: Axes | None = None
    errors: tuple[Trouble, ...]
    notes: Annotated[tuple[str, ...], Field(description="what a reader of the numbers must know")]
    performance: Performance | None
    fingerprint: Fingerprint | None = None
    artifacts: tuple[Artifact, ...]
    absent: Annotated[dict[str, str], Field(description="what is null here, and why")] = {}
    judged: Annotated[
        tuple[JudgedResult, ...], Field(description="by a judge that `bench judge` was given")
    ] = ()


class RunUsed(Row):
    id: str
    started_at: str
    resumed_at: Annotated[
        tuple[str, ...], Field(description="when it was gone on with after it had been stopped")
    ] = ()
    finished_at: str
    command: tuple[str, ...]
    config_sha256: str
    bench_version: str
    limit: int | None = None
    seed: int


class Agreement(Row):
    """How many answers two jobs of one task and one model have in common, byte for byte."""

    task: str
    jobs: tuple[str, str]
    same: int
    of: Annotated[int, Field(description="what either was asked; a failed one is never the same")]


class Report(Row):
    schema_version: Annotated[int, Field(strict=True)] = SCHEMA_VERSION
    run: RunUsed
    jobs: tuple[JobReport, ...]
    agreement: Annotated[
        tuple[Agreement, ...], Field(description="of each two jobs of one task and one model")
    ] = ()


class Share(Row):
    """value = numerator / denominator, null over a denominator of 0."""

    value: float | None
    numerator: float
    denominator: float


class Score(Share):
    """One metric on one sample. `strict`: of the answer as it is, where the task reads a value out
    of it. `raw`: without the task's normalisation, where it has one.
    """

    strict: Share | None = None
    raw: Share | None = None
    reason: Annotated[
        str | None, Field(description="of field_match: why the values match or do not")
    ] = None


class Record(Row):
    """One job's sample and field with its prediction and scores: a line of records.jsonl.

    The answer to an extraction is a record, and so is each of its fields: those have `part_of`.
    """

    job: str
    id: str
    part_of: Annotated[
        str | None, Field(description="of a field of an extraction: the record of the answer")
    ] = None
    variant_of: Annotated[
        str | None, Field(description="of a classification: its sample, asked in several orders")
    ] = None
    answerable: bool = True
    doc_id: str
    doc_type: str | None
    field: str | None
    language: str | None
    tags: tuple[str, ...] = ()
    references: tuple[AnyText, ...]
    prediction: AnyText | None
    value: Annotated[AnyText | None, Field(description="what was extracted from the prediction")]
    status: Literal["answered", "failed"]
    scores: dict[str, Score]
    mistake: MistakeKind | None = None
    error_kind: str | None = None
    error: AnyText | None = None
    finish_reason: str | None = None
    tokens: int | None = None
    latency_s: float | None = None


class Event(Row):
    """What happens in a run, as it happens: a line of `bench eval --json`."""

    event: Literal[
        "run_started",
        "run_resumed",
        "environment",
        "engine",
        "job_started",
        "job_progress",
        "job_stage",
        "job_warning",
        "job_ended",
        "run_finished",
    ]
    job: str | None = None
    name: str | None = None
    text: AnyText = ""
    done: int | None = None
    total: int | None = None
    status: JobStatus | None = None
