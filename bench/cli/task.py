"""bench task: what can be asked."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.task_generate import generate_command
from bench.cli.task_import import import_command

if TYPE_CHECKING:
    from bench.schema import TaskKind

MODALITIES = ("text", "image", "audio", "video")
KINDS = ("transcription", "question", "extraction", "classification", "parsing")


@click.group("task")
def task_command() -> None:
    """List, show, check, make and import tasks."""


@task_command.command("list")
@click.option(
    "--backend",
    multiple=True,
    metavar="NAME|all",
    help="Every benchmark that this harness has, by its own name.",
)
@click.option("--benchmarks", is_flag=True, help="The same as --backend all.")
@click.option("--search", metavar="TEXT", help="Only those that have this text in their line.")
@click.option("--modality", type=click.Choice(MODALITIES), help="Only those of this modality.")
@click.option("--json", "as_json", is_flag=True)
def list_tasks(
    *,
    backend: tuple[str, ...],
    benchmarks: bool,
    search: str | None,
    modality: str | None,
    as_json: bool,
) -> None:
    """Document tasks, and the benchmarks that harnesses have, by our names or by theirs."""
    from bench.cli.task_rows import benchmark_rows, chosen, document_rows, native_rows

    if backend or benchmarks:
        named = _harnesses(("all",) if benchmarks else backend)
        natives = list(chosen(native_rows(named), search, modality))
        click.echo(json.dumps(natives, indent=1) if as_json else _native_lines(natives))
        return
    documents = list(chosen([_drawn(row) for row in document_rows()], search, modality))
    ours = list(chosen(benchmark_rows(), search, modality))
    if as_json:
        click.echo(json.dumps([*documents, *ours], indent=1, ensure_ascii=False))
        return
    click.echo(_listed(documents, ours))


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "modality": "image"}


def _harnesses(named: Sequence[str]) -> list[str]:
    """Commas divide, as in --backend of `bench eval`; UsageError for one that is not known."""
    from bench.benchmarks import native_list, native_lists
    from bench.errors import UsageError, suggestion

    names = [name for one in named for name in one.split(",")]
    if "all" in names:
        return list(native_lists())
    for name in names:
        if native_list(name) is None:
            hint = suggestion(name, native_lists())
            raise UsageError(f"no backend {name!r} has a list of benchmarks", hint=hint)
    return names


def _listed(documents: list[dict[str, Any]], benchmarks: list[dict[str, Any]]) -> str:
    from bench.cli.task_rows import aligned

    keys = ["name", "kind", "samples", "metrics", "summary"]
    titles = ["task", "kind", "samples", "metrics", "what is asked"]
    parts = [aligned(titles, [[_cell(row[key]) for key in keys] for row in documents])]
    titles = ["benchmark", "modality", "judge", "who has it", "what is asked"]
    rows = [
        [row["name"], row["modality"], row["judge"], ", ".join(row["homes"]), row["summary"]]
        for row in benchmarks
    ]
    parts.append(aligned(titles, rows, widest=60))
    parts.append("bench task show NAME says more; --backend NAME lists a harness's own names")
    return "\n\n".join(parts)


def _native_lines(rows: list[dict[str, Any]]) -> str:
    from bench.cli.task_rows import aligned

    keys = ["name", "backend", "benchmark", "modality", "kind", "split", "judge", "metric"]
    titles = ["name", "backend", "here", *keys[3:]]
    return aligned(titles, [[row[key] or "" for key in keys] for row in rows])


@task_command.command("show")
@click.argument("name")
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Also write a page with small images of the first documents.",
)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=24,
    show_default=True,
    help="Samples of each member on the sheet.",
)
@click.option("--json", "as_json", is_flag=True)
def show_task(name: str, *, sheet: Path | None, count: int, as_json: bool) -> None:
    """A task's members, or who has a benchmark.

    NAME[:MEMBER] of a shipped task, FOLDER[:MEMBER] of one's own, BENCHMARK[:PART].
    """
    from bench.cli.task_benchmarks import is_benchmark, show_benchmark
    from bench.task import document_tasks

    if is_benchmark(name):
        if sheet is not None:
            raise click.UsageError("--sheet shows documents: a benchmark has none here")
        show_benchmark(name, as_json=as_json)
        return
    tasks = document_tasks(name)
    if sheet is not None:
        write_sheet(sheet, tasks, count)
    shown = [_described(task) for task in tasks]
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for task in shown:
        click.echo(click.style(task.pop("name"), bold=True))
        for key, value in task.items():
            if value is None:
                continue
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            click.echo(f"  {key:11} {text}")
    if sheet is not None:
        click.echo(f"sheet: {sheet}")


@task_command.command("validate")
@click.argument("place")
def validate_task(place: str) -> None:
    """Check a task: every row, image and metric. PLACE is a name or a folder of your own."""
    from bench.task import document_tasks

    for task in document_tasks(place):
        documents = len({sample.doc_id for sample in task.samples})
        metrics = ", ".join(use.label for use in task.metrics)
        click.echo(
            f"{task.name}: ok, {len(task.samples)} samples, {documents} documents; {metrics}"
            + unscored(task)
        )
        for line in _odd_references(task):
            click.echo(f"  {line}", err=True)


def _odd_references(task: Any) -> Iterator[str]:
    """What is no error, and makes typed comparison say nothing."""
    from bench.task.typed import unreadable

    found: dict[str, list[tuple[str, str]]] = {}
    for sample, field, text in unreadable(task):
        found.setdefault(field, []).append((sample, text))
    for field, several in found.items():
        (sample, text), kind = several[0], task.field_types[field].type
        yield (
            f"warning: {field}: {len(several)} references cannot be read as {kind} by the task's "
            f"rule, so only equal text matches them; the first: {text!r:.80} of {sample}"
        )


@task_command.command("schema")
@click.argument("kind", type=click.Choice(KINDS))
def task_schema(kind: TaskKind) -> None:
    """The JSON Schema of a line of samples.jsonl, for tasks of KIND."""
    from bench.task.rows import row_schema

    click.echo(json.dumps(row_schema(kind), indent=1))


@task_command.command("new")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make [default: NAME].")
def new_task_command(name: str, out: Path | None) -> None:
    """Make a small task that runs at once, with every key explained, to be filled with your own."""
    from bench.new_task import new_task

    place = shlex.quote(str(new_task(name, out)))
    click.echo(f"made {place}: one drawn receipt, the members ocr and fields")
    click.echo(f"  bench task validate {place}")
    click.echo(f"  bench eval --backend echo --task {place}")


task_command.add_command(generate_command)
task_command.add_command(import_command)


def unscored(task: Any) -> str:
    """How many samples have no reference, to be put behind their number."""
    count = _unscored(task.samples)
    return f", {count} without a reference (unscored)" if count else ""


def _unscored(samples: Sequence[Any]) -> int:
    return sum(not sample.references and sample.answerable for sample in samples)


def write_sheet(path: Path, tasks: Sequence[Any], count: int) -> None:
    """The contact sheet, for a browser; UsageError where it cannot be written."""
    from bench.contact_sheet import contact_sheet
    from bench.errors import UsageError

    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{path}: the sheet is a page for a browser", hint="name it FILE.html")
    try:
        path.write_text(contact_sheet(tasks, count=count), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _described(task: Any) -> dict[str, Any]:
    samples = task.samples
    return {
        "name": task.name,
        "summary": task.summary,
        "kind": task.asks,
        "reading": task.reading,
        "version": task.version,
        "content": task.content_sha256,
        "prompt": samples[0].prompt,
        "metrics": [
            use.model_dump(exclude_none=True, exclude_defaults=True) for use in task.metrics
        ],
        "levels": list(task.levels),
        "samples": len(samples),
        "documents": len({sample.doc_id for sample in samples}),
        "unscored": _unscored(samples),
        "unanswerable": sum(not sample.answerable for sample in samples),
        "doc types": dict(Counter(sample.doc_type for sample in samples if sample.doc_type)),
        "languages": dict(Counter(sample.language for sample in samples if sample.language)),
        "first": {"id": samples[0].id, "references": [text[:80] for text in samples[0].references]},
    }


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
