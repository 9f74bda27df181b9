"""Tasks: a document task is a folder of ours or of a user's, a benchmark belongs to a harness.

`NAME` or `NAME:MEMBER` for a shipped task, `FOLDER` or `FOLDER:MEMBER` for one's own, the official
name (`DocVQA_VAL`) for a benchmark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from bench import jsonl, resources, yaml
from bench.config import Human
from bench.errors import SourceError, UsageError, suggestion
from bench.fields import FieldRule
from bench.metrics import METRICS, Policy
from bench.schema import Level

FILE = "task.yaml"


class MetricUse(Human):
    """A metric as a task uses it: under `name`, with this policy of what counts as equal text."""

    metric: str
    name: str = ""
    case: Literal["keep", "fold"] | None = None
    whitespace: Literal["keep", "strip", "collapse"] | None = None
    unicode: Literal["keep", "nfc", "nfkc"] | None = None

    @property
    def label(self) -> str:
        return self.name or self.metric

    @property
    def policy(self) -> Policy:
        named = self.model_dump(include={"case", "whitespace", "unicode"}, exclude_none=True)
        return Policy(**named)


class Member(Human):
    """One thing that is asked of the task's documents."""

    summary: str = ""
    samples: str = "samples.jsonl"
    prompt: Annotated[str, Field(min_length=1)]
    metrics: Annotated[tuple[MetricUse, ...], Field(min_length=1)]
    levels: tuple[Level, ...] = ("global",)
    field_types: dict[str, FieldRule] = {}
    parameters: dict[str, Any] = {}


class TaskFile(Human):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: str
    summary: str
    licence: str
    source: str = ""
    languages: tuple[str, ...] = ()
    members: Annotated[dict[str, Member], Field(min_length=1)]


class SampleRow(Human):
    """A line of samples.jsonl. Images are relative to the task's folder.

    `references: []` says that none is known: the answer is recorded and not scored. Leaving the
    key out is an error, for it may be a slip.
    """

    id: Annotated[str, Field(min_length=1)]
    images: Annotated[tuple[str, ...], Field(min_length=1)]
    references: tuple[str, ...]
    question: str | None = None
    doc_id: str | None = None
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    id: str
    images: tuple[Path, ...]
    prompt: str
    references: tuple[str, ...]
    doc_id: str
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """`samples` is empty for a benchmark: its harness knows them."""

    name: str
    kind: Literal["document", "benchmark"]
    version: str | None
    summary: str
    metrics: tuple[MetricUse, ...]
    levels: tuple[Level, ...]
    parameters: dict[str, Any]
    samples: tuple[Sample, ...] = ()
    field_types: Mapping[str, FieldRule] = field(default_factory=dict)
    content_sha256: str | None = None
    file: Path | None = None


def shipped() -> dict[str, Path]:
    """The folders of the shipped document tasks, by name."""
    root = resources.folder("docs_tasks")
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{FILE}"))}


def task_folder(name: str) -> Path:
    """The folder of a shipped task, or `name` itself where it is a folder with a task.yaml."""
    known = shipped()
    if name in known:
        return known[name]
    folder = Path(name)
    if (folder / FILE).is_file():
        return folder
    if folder.is_dir():
        raise UsageError(f"{name} holds no {FILE}", hint="see docs/tasks.md for what a task is")
    raise UsageError(f"unknown task {name!r}", hint=suggestion(name, [*known, *benchmarks()]))


def document_tasks(name: str, *, limit: int | None = None) -> tuple[Task, ...]:
    """`NAME[:MEMBER]`: one task a member. `limit` keeps the first samples of each."""
    place, _, member = name.rpartition(":") if ":" in name else (name, "", "")
    folder = task_folder(place)
    source = yaml.load(folder / FILE)
    described = yaml.validate(source, TaskFile)
    _check_metrics(source, described)
    if member and member not in described.members:
        raise UsageError(
            f"task {described.name!r} has no member {member!r}",
            hint=suggestion(member, described.members),
        )
    wanted = [member] if member else list(described.members)
    return tuple(_member(source, described, one, limit) for one in wanted)


def _check_metrics(source: yaml.Source, described: TaskFile) -> None:
    for name, member in described.members.items():
        labels = [use.label for use in member.metrics]
        for index, use in enumerate(member.metrics):
            way = ("members", name, "metrics", index)
            if use.metric not in METRICS:
                hint = suggestion(use.metric, METRICS)
                raise source.error((*way, "metric"), f"unknown metric {use.metric!r}", hint)
            if use.label in labels[:index]:
                hint = "give each use a `name` of its own"
                raise source.error(way, f"two metrics are named {use.label!r}", hint)
            if not METRICS[use.metric].takes_policy and use.policy != Policy():
                hint = "its rule is fixed by its source"
                raise source.error(way, f"{use.metric} takes no case, whitespace or unicode", hint)


def _member(source: yaml.Source, described: TaskFile, name: str, limit: int | None) -> Task:
    folder, member = source.path.parent, described.members[name]
    prompt = _prompt(folder, member.prompt)
    rows = folder / member.samples
    samples = tuple(_samples(rows, folder, prompt))
    if not samples:
        raise SourceError(rows, "the task is empty: it has no samples")
    named = {sample.field for sample in samples}
    for unknown in [one for one in member.field_types if one not in named]:
        way, hint = (
            ("members", name, "field_types", unknown),
            suggestion(unknown, filter(None, named)),
        )
        raise source.error(way, f"no sample has the field {unknown!r}", hint)
    kept = samples[:limit]
    return Task(
        name=f"{described.name}:{name}",
        kind="document",
        version=described.version,
        summary=member.summary or described.summary,
        metrics=member.metrics,
        levels=member.levels,
        parameters=member.parameters,
        field_types=member.field_types,
        samples=kept,
        content_sha256=_digest(prompt, kept),
    )


def _prompt(folder: Path, named: str) -> str:
    """A prompt is a file of the task's folder (prompts/ocr.txt) or the text itself."""
    if not named.endswith(".txt"):
        return named
    path = folder / named
    if not path.is_file():
        raise SourceError(folder / FILE, f"the prompt file {named} is missing")
    return yaml.decoded(path, path.read_bytes()).strip()


def _samples(rows: Path, folder: Path, prompt: str) -> Iterator[Sample]:
    seen: dict[str, int] = {}
    for line, value in jsonl.read_human(rows):

        def wrong(
            _way: yaml.KeyPath, message: str, hint: str | None, line: int = line
        ) -> SourceError:
            return SourceError(rows, message, line=line, column=1, hint=hint)

        if not isinstance(value, dict):
            raise wrong((), "must be a JSON object", None)
        row = yaml.validated(SampleRow, value, wrong)
        if row.id in seen:
            raise wrong((), f"duplicate id {row.id!r}", f"line {seen[row.id]} has it as well")
        seen[row.id] = line
        images = tuple((folder / image).resolve() for image in row.images)
        for named, image in zip(row.images, images, strict=True):
            if not image.is_file():
                raise wrong((), f"image {named} is missing", f"looked for it in {folder}")
        if "{question}" in prompt and row.question is None:
            raise wrong((), "the prompt asks for {question}, and this row has none", None)
        yield Sample(
            id=row.id,
            images=images,
            prompt=prompt.replace("{question}", row.question or ""),
            references=row.references,
            doc_id=row.doc_id or row.id,
            doc_type=row.doc_type,
            field=row.field,
            language=row.language,
            tags=row.tags,
        )


def _digest(prompt: str, samples: tuple[Sample, ...]) -> str:
    """sha256 over what is asked and what is right: prompt, rows, image bytes; not file names."""
    total = hashlib.sha256(prompt.encode())
    files = {path for sample in samples for path in sample.images}
    known = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    for sample in samples:
        images = [known[path] for path in sample.images]
        total.update(jsonl.line([sample.id, sample.prompt, sample.references, images]))
    return total.hexdigest()


class BenchmarkUse(Human):
    """How the core scores a harness's benchmark again, beside the harness's own number."""

    summary: str
    metrics: tuple[MetricUse, ...] = ()
    levels: tuple[Level, ...] = ("global",)
    parameters: dict[str, Any] = {}


def benchmarks() -> dict[str, BenchmarkUse]:
    """configs/benchmarks.yaml: the benchmarks of harnesses that the core knows more about."""
    source = yaml.load(resources.folder("configs") / "benchmarks.yaml")
    return {
        name: yaml.validated(BenchmarkUse, values, source.error)
        for name, values in source.values.items()
    }


def benchmark_task(name: str, file: Path | None) -> Task:
    """A benchmark by its official name; one that is not in benchmarks.yaml is not re-scored."""
    use = benchmarks().get(name, BenchmarkUse(summary="scored by its harness alone"))
    task = Task(
        name=name,
        kind="benchmark",
        version=None,
        summary=use.summary,
        metrics=use.metrics,
        levels=use.levels,
        parameters=use.parameters,
    )
    return task if file is None else replace(task, file=file.resolve())
