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


class Range(Row):
    """The values a metric can take; `high` is null where it has no bound (CER)."""

    low: float
    high: float | None


class Interval(Row):
    """Bounds around a result's value, from resampling whole documents."""

    low: float
    high: float
    confidence: float
    method: str
    clusters: Annotated[int, Field(description="documents resampled")]


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
    isolation: Literal["venv"] = "venv"
    flavour: str | None
    python: str | None
    lock_sha256: str | None
    note: str | None = None


class Artifact(Row):
    path: str
    sha256: str


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


class JobReport(Row):
    id: str
    status: JobStatus
    harness: HarnessUsed
    model: ModelUsed
    task: TaskUsed
    environment: EnvironmentUsed
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
