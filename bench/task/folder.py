"""A document task's folder -> the tasks that a run asks, one a member."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from bench import jsonl, resources, yaml
from bench.errors import SourceError, UsageError, suggestion
from bench.metrics import Policy
from bench.metrics.plugins import known_metric, metric_names
from bench.parts import parts
from bench.task.file import FILE, Member, TaskFile
from bench.task.prompts import Prompt, in_use, load_prompt, read_prompt
from bench.task.rows import ExtractionRow, SampleRow, TranscriptRow
from bench.task.sample import Sample, Task
from bench.task.samples import FoundRow, read_rows, samples_of, texts_of

Rows = Callable[[str], list[FoundRow]]  # of a member, by its name
FOLDERS = "BENCH_TASKS"  # folders of task folders, as in PATH


def shipped() -> dict[str, Path]:
    """The folders of the tasks that are known by name: ours, and those below BENCH_TASKS."""
    others = [Path(place) for place in os.environ.get(FOLDERS, "").split(os.pathsep) if place]
    found: dict[str, Path] = {}
    for root in (resources.folder("docs_tasks"), *others):
        for path in sorted(root.glob(f"*/{FILE}")):
            found.setdefault(path.parent.name, path.parent)
    return found


def task_folder(name: str) -> Path:
    """The folder of a known task, or `name` itself where it is a folder with a task.yaml."""
    known = shipped()
    if name in known:
        return known[name]
    folder = Path(name)
    if (folder / FILE).is_file():
        return folder
    if folder.is_dir():
        raise UsageError(f"{name} holds no {FILE}", hint="see docs/tasks.md for what a task is")
    raise UsageError(f"unknown task {name!r}", hint=suggestion(name, known))


def document_tasks(
    name: str, *, limit: int | None = None, prompts: Iterable[Path] = ()
) -> tuple[Task, ...]:
    """`NAME[:MEMBER]`: one task a member. `limit` keeps the first samples of each; `prompts` stand
    before the members' own, which are asked where none of them is for a sample.
    """
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

    @cache
    def rows(name: str) -> list[FoundRow]:
        asked = described.members[name]
        return list(read_rows(folder / asked.samples, folder, asked))

    transcripts = _transcripts(folder, described, rows)
    others = tuple(read_prompt(path, given=True) for path in prompts)
    return tuple(
        _member(source, described, one, rows, limit=limit, transcripts=transcripts, others=others)
        for one in wanted
    )


def _check_metrics(source: yaml.Source, described: TaskFile) -> None:
    for name, member in described.members.items():
        labels = [use.label for use in member.metrics]
        for index, use in enumerate(member.metrics):
            way = ("members", name, "metrics", index)
            metric = known_metric(use.metric)
            if metric is None:
                hint = suggestion(use.metric, metric_names())
                raise source.error((*way, "metric"), f"unknown metric {use.metric!r}", hint)
            if use.label in labels[:index]:
                hint = "give each use a `name` of its own"
                raise source.error(way, f"two metrics are named {use.label!r}", hint)
            if not metric.takes_policy and use.policy != Policy():
                said = f"{use.metric} takes no case, whitespace, unicode or normalize"
                raise source.error(way, said, "its rule is fixed by its source")


def _member(
    source: yaml.Source,
    described: TaskFile,
    name: str,
    rows_of: Rows,
    *,
    limit: int | None,
    transcripts: Mapping[str, str],
    others: tuple[Prompt, ...],
) -> Task:
    folder, member = source.path.parent, described.members[name]
    prompts = (*others, *_prompts(source, folder, name, member))
    rows = folder / member.samples
    found = rows_of(name)
    if not found:
        raise SourceError(rows, "the task is empty: it has no samples")
    _check_field_types(source, name, member, [one.row for one in found])
    kept = tuple(samples_of(found[:limit], rows, member, prompts))
    used = in_use(prompts, kept)
    read = member.kind in ("question", "extraction")
    documents = {sample.doc_id for sample in kept} if read else set[str]()
    return Task(
        name=f"{described.name}:{name}",
        kind="document",
        version=described.version,
        summary=member.summary or described.summary,
        asks=member.kind,
        reading=member.extract,
        metrics=member.metrics,
        levels=member.levels,
        parameters=member.parameters,
        field_types=member.field_types,
        samples=kept,
        prompts=tuple(one.used for one in used),
        classes=tuple(member.classes),
        transcripts={name: text for name, text in transcripts.items() if name in documents},
        content_sha256=_digest(used, kept),
    )


def _prompts(source: yaml.Source, folder: Path, name: str, member: Member) -> Iterable[Prompt]:
    for index, named in enumerate(member.prompt):
        try:
            yield load_prompt(named, folder, name=name)
        except SourceError as error:
            if Path(error.path).is_file():
                raise
            said = f"the prompt file {named} is missing"
            raise source.error(("members", name, "prompt", index), said) from None


def _check_field_types(
    source: yaml.Source, name: str, member: Member, rows: list[SampleRow]
) -> None:
    known: dict[str, None] = {row.field: None for row in rows if row.field is not None}
    for row in rows:
        if isinstance(row, ExtractionRow) and row.reference:
            known |= {one.path: None for one in parts(row.reference, None)}
    for unknown in [one for one in member.field_types if one not in known]:
        way = ("members", name, "field_types", unknown)
        raise source.error(way, f"no sample has the field {unknown!r}", suggestion(unknown, known))


def _transcripts(folder: Path, described: TaskFile, rows: Rows) -> dict[str, str]:
    """What stands on the documents: the file that says so or, without one, what is right of the
    members that are transcriptions.
    """
    if described.transcripts is None:
        pages: dict[str, list[str]] = defaultdict(list)
        for name, member in described.members.items():
            if member.kind == "transcription":
                for one in rows(name):
                    pages[one.row.doc_id or one.row.id] += texts_of(one.row)[:1]
        return {name: "\n".join(texts) for name, texts in pages.items() if texts}
    path, found = folder / described.transcripts, dict[str, str]()
    for line, _, row in yaml.validated_lines(path, TranscriptRow):
        if row.doc_id in found:
            raise SourceError(path, f"duplicate doc_id {row.doc_id!r}", line=line, column=1)
        found[row.doc_id] = row.text
    return found


def _digest(prompts: tuple[Prompt, ...], samples: tuple[Sample, ...]) -> str:
    """sha256 over what is asked and what is right: prompts, rows, image bytes; not file names."""
    total = hashlib.sha256("\0".join(one.text for one in prompts).encode())
    files = {path for sample in samples for path in sample.images}
    known = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    for sample in samples:
        images = [known[path] for path in sample.images]
        row = [sample.id, sample.prompt, sample.references, images]
        total.update(jsonl.line(row if sample.answerable else [*row, "unanswerable"]))
    return total.hexdigest()
