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

KINDS = ("transcription", "question", "extraction", "classification", "parsing")


@click.group("task")
def task_command() -> None:
    """List, show, check, make and import tasks."""


@task_command.command("list")
@click.option("--benchmarks", is_flag=True, help="Also every benchmark that a harness knows.")
@click.option("--json", "as_json", is_flag=True)
def list_tasks(*, benchmarks: bool, as_json: bool) -> None:
    """Document tasks, and the benchmarks whose answers bench scores again."""
    rows = [*_documents(), *_benchmarks(everything=benchmarks)]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from bench.report.terminal import console, listing

    columns = ["task", "kind", "samples", "metrics", "what is asked"]
    keys = ["name", "kind", "samples", "metrics", "summary"]
    console().print(listing(columns, [[_cell(row[key]) for key in keys] for row in rows]))
    if not benchmarks:
        click.echo("--benchmarks lists every benchmark that a harness knows")


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
    """A task's members: prompt, metrics, levels, documents. NAME[:MEMBER] or FOLDER[:MEMBER]."""
    from bench.task import document_tasks

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


def _documents() -> list[dict[str, Any]]:
    from bench.task import document_tasks, shipped

    return [
        {
            "name": task.name,
            "kind": task.kind,
            "samples": len(task.samples),
            "metrics": [use.label for use in task.metrics],
            "summary": task.summary,
        }
        for name in shipped()
        for task in document_tasks(name)
    ]


def _benchmarks(*, everything: bool) -> list[dict[str, Any]]:
    from bench.adapter import adapters
    from bench.task import benchmarks

    known = benchmarks()
    owners: dict[str, list[str]] = {}
    for adapter in adapters("harness").values():
        for name in adapter.benchmarks():
            owners.setdefault(name, []).append(adapter.name)
    names = list(owners) if everything else [name for name in known if name in owners]
    return [
        {
            "name": name,
            "kind": "benchmark of " + ", ".join(owners[name]),
            "samples": None,
            "metrics": [use.label for use in known[name].metrics] if name in known else [],
            "summary": known[name].summary if name in known else "",
        }
        for name in names
    ]


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
