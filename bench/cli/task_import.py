"""bench task import: a task folder of documents that a person has."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

SOURCE = click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to read; it is never changed.",
)
OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Task folder to make."
)


@click.group("import")
def import_command() -> None:
    """Make a task folder of documents that you have."""


@import_command.command("sroie")
@SOURCE
@OUT
def import_sroie_command(source: Path, out: Path) -> None:
    """Receipts of SROIE (ICDAR 2019), as the data set is passed on."""
    from bench.importers import IMPORTERS

    _show_tasks(IMPORTERS["sroie"](_folder(source), out))


@import_command.command("folder")
@SOURCE
@OUT
@click.option(
    "--csv",
    "references",
    type=click.Path(path_type=Path),
    help="What is right: file,reference[,field,question,doc_type,language,page].",
)
@click.option(
    "--dpi",
    type=click.IntRange(30, 1200),
    default=200,
    show_default=True,
    help="At which the pages of PDF files are drawn.",
)
@click.option("--skip-broken", is_flag=True, help="Leave out files that cannot be read.")
def import_folder_command(
    source: Path, out: Path, *, references: Path | None, dpi: int, skip_broken: bool
) -> None:
    """Your own images and PDF files, with their sub-folders.

    Without --csv the task has no references: a model's answers are recorded and shown, and counted
    as unscored.

    \b
    bench task import folder --from scans --out my-scans
    bench task import folder --from scans --csv truth.csv --out my-scans
    """  # noqa: D301  (click reads the mark)
    from bench.importers.folder import import_folder

    done = import_folder(
        _folder(source), out, references=references, dpi=dpi, skip_broken=skip_broken
    )
    _show_import(done)
    _show_tasks(done.folder)


BENCHMARKS = {
    "chartqa": ("Questions about charts.", ("test", "val", "train")),
    "cord": ("Receipts with line items (CORD v2).", ("test", "validation", "train")),
    "docvqa": ("Questions about scanned pages (DocVQA, task 1).", ("val", "test", "train")),
    "funsd": ("Noisy scanned forms.", ("test", "train")),
    "infovqa": ("Questions about infographics (InfographicVQA).", ("val", "test", "train")),
    "ocrbench": ("A thousand questions about text in images.", ("test",)),
    "xfund": ("Forms in seven languages.", ("val", "train")),
}
"""What --help says of them; their modules are loaded when one is run."""


def _benchmark_command(name: str, says: str, splits: tuple[str, ...]) -> click.Command:
    @click.command(name, help=f"{says} See docs/import-benchmarks.md for the files it reads.")
    @click.option(
        "--from",
        "source",
        required=True,
        type=click.Path(path_type=Path),
        help="Folder (or file) of the benchmark as it is published; it is never changed.",
    )
    @OUT
    @click.option(
        "--split", type=click.Choice(splits), default=splits[0], show_default=True, help="Its part."
    )
    @click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples.")
    def run(source: Path, out: Path, split: str, limit: int | None) -> None:
        from bench.importers import import_benchmark

        _show_tasks(
            import_benchmark(name, source, out, split=split, limit=limit, told=_show_progress)
        )

    return run


for _name, (_says, _splits) in BENCHMARKS.items():
    import_command.add_command(_benchmark_command(_name, _says, _splits))


def _show_progress(done: int, total: int) -> None:
    """A line for every thousand samples."""
    if total > 1000 and (done % 1000 == 0 or done == total):
        click.echo(f"  {done} of {total}", err=True)


def _folder(source: Path) -> Path:
    from bench.errors import UsageError

    if not source.is_dir():
        raise UsageError(f"{source}: there is no such folder")
    return source


def _show_import(done: Any) -> None:
    click.echo(f"{_many(done.files, 'file')}, {_many(done.pages, 'page')}")
    if done.turned:
        click.echo(f"  {_many(done.turned, 'photo')} turned upright, as the camera had noted")
    for name, why in done.broken:
        click.echo(f"  left out: {name} {why}", err=True)
    for name in done.left_out:
        click.echo(f"  left out: {name} has no line in the CSV", err=True)
    if done.others:
        kinds = ", ".join(f"{count} × {kind}" for kind, count in sorted(done.others.items()))
        click.echo(f"  not read, of another kind: {kinds}", err=True)


def _show_tasks(folder: Path) -> None:
    from bench.cli.task import unscored
    from bench.task import document_tasks

    for task in document_tasks(str(folder)):
        click.echo(
            f"{task.name}: {_many(len(task.samples), 'sample')} in {folder}{unscored(task)}; "
            f"{task.summary}"
        )
        place = shlex.quote(f"{folder}:{task.name.partition(':')[2]}")
        click.echo(f"  bench eval --backend vlmevalkit --model rapidocr --task {place}")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
