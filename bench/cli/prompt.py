"""bench prompt: the texts that tasks ask with, and files of your own."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bench.schema import PromptUsed
    from bench.task import Sample, Task

_FILE = click.Path(path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True)
_MARKS = ("doc_type", "field", "language")


@click.group("prompt")
def prompt_command() -> None:
    """List, show, check and import prompts."""


@prompt_command.command("list")
@click.argument("task")
@_JSON
def list_prompts(task: str, *, as_json: bool) -> None:
    """The prompts of TASK[:MEMBER], and how many samples are asked with each."""
    from bench.task import document_tasks

    rows = [
        {"task": one.name, **prompt.model_dump(), "samples": len(samples)}
        for one in document_tasks(task)
        for prompt, samples in _asked(one)
    ]
    if as_json:
        _say_json(rows)
        return
    from bench.report.terminal import console, listing
    from bench.report.visible import visible

    columns = ["task", "name", "version", *_MARKS, "samples"]
    cells = [[visible(str(row[key] or "")) for key in columns] for row in rows]
    hashes = [row["sha256"][:12] for row in rows]
    table = listing([*columns, "sha256"], [[*a, b] for a, b in zip(cells, hashes, strict=True)])
    console().print(table)


@prompt_command.command("show")
@click.argument("place", metavar="FILE|TASK[:MEMBER]")
@click.option("--task", metavar="NAME[:MEMBER]", help="Show the FILE as this task would ask it.")
@_JSON
def show_prompt(place: str, *, task: str | None, as_json: bool) -> None:
    """A prompt as the first sample is asked with it; a FILE alone as it is written."""
    shown = list(_shown(place, task))
    if as_json:
        _say_json(shown)
        return
    from bench.report.visible import visible

    for row in shown:
        text = row.pop("text")
        click.echo(click.style(visible(row.pop("name"), keep=""), bold=True))
        for key, value in row.items():
            if value is not None:
                click.echo(f"  {key:9} {visible(str(value), keep='')}")
        click.echo(f"\n{visible(text)}\n")


@prompt_command.command("check")
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE…")
@_JSON
def check_prompts(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Check prompt files, or folders of them: front matter, text, names that stand for two texts.

    Exit code 0: all can be used. 2: one cannot.
    """
    from bench.cli import say_error
    from bench.task.prompt_check import checked

    rows = checked(files)
    if as_json:
        _say_json([row.as_json() for row in rows])
    for row in [] if as_json else rows:
        if row.error:
            say_error(row.error.message, row.error.hint)
        elif row.prompt:
            click.echo(f"{row.file}: ok, {_said(row.prompt.used)}")
        for note in row.notes:
            click.echo(f"  note: {note}")
    return 2 if any(row.error for row in rows) else 0


@prompt_command.command("import")
@click.argument("collection", type=_FILE, metavar="COLLECTION.csv")
@click.option("--out", required=True, type=_FILE, help="Folder to make.")
@click.option("--language", metavar="CODE", help="Language of the documents, such as ru.")
@click.option("--version", default="1", show_default=True, help="Version of the prompts.")
@click.option(
    "--doc-type",
    "doc_types",
    multiple=True,
    metavar="NAME",
    help="A class of documents whose name has a space in it.",
)
@_JSON
def import_collection(
    collection: Path, out: Path, *, doc_types: tuple[str, ...], as_json: bool, **marks: Any
) -> None:
    """Write each row of a PromptCollection of VLMHyperBench as a prompt file.

    \b
    bench prompt import PromptCollections/VQA/cards/best.csv --language ru --out prompts/best
    """  # noqa: D301  (click reads the mark)
    from bench.importers.prompt_collection import import_prompts

    made = import_prompts(collection, out, doc_types=doc_types, **marks)
    if as_json:
        _say_json([{**prompt.used.model_dump(), "text": prompt.text} for prompt in made])
        return
    click.echo(f"{out}: {len(made)} prompt{'s' * (len(made) != 1)}")
    click.echo(f"  bench eval --backend NAME --task NAME --prompt {shlex.quote(str(out))}")


def _shown(place: str, task: str | None) -> Iterator[dict[str, Any]]:
    from bench.errors import UsageError
    from bench.task import document_tasks
    from bench.task.prompts import read_prompt, suits

    path = Path(place)
    if not path.is_file():
        if task is not None:
            raise UsageError(f"{place}: there is no such prompt file")
        for one in document_tasks(place):
            for prompt, samples in _asked(one):
                yield _row(prompt, samples[0].prompt, task=one.name, sample=samples[0].id)
        return
    written = read_prompt(path)
    if task is None:
        yield _row(written.used, written.text)
        return
    tasks = document_tasks(task, prompts=[path])
    fitting = [
        (one, next((s for s in one.samples if suits(written.used, s) >= 0), None)) for one in tasks
    ]
    for one, sample in fitting:
        if sample is not None:
            yield _row(written.used, sample.prompt, task=one.name, sample=sample.id)
    if not any(sample for _, sample in fitting):
        raise UsageError(f"{place}: no sample of {task} is asked with this prompt")


def _row(
    prompt: PromptUsed, text: str, task: str | None = None, sample: str | None = None
) -> dict[str, Any]:
    return {**prompt.model_dump(), "task": task, "sample": sample, "text": text}


def _asked(task: Task) -> list[tuple[PromptUsed, list[Sample]]]:
    """Each of the task's own prompts with the samples that are asked with it."""
    from bench.task.prompts import suits

    by_prompt: dict[PromptUsed, list[Sample]] = {prompt: [] for prompt in task.prompts}
    for sample in task.samples:
        best = max(task.prompts, key=lambda prompt: suits(prompt, sample))
        by_prompt[best].append(sample)
    return list(by_prompt.items())


def _said(prompt: PromptUsed) -> str:
    from bench.report.visible import visible

    version = f" version {prompt.version}" if prompt.version else ""
    marks = ", ".join(f"{key} {value}" for key in _MARKS if (value := getattr(prompt, key)))
    whole = f"{prompt.name}{version}, for {marks or 'every sample'}; {prompt.sha256[:12]}"
    return visible(whole, keep="")


def _say_json(rows: Sequence[dict[str, Any]]) -> None:
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
