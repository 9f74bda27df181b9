"""bench runs: the runs that are kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.errors import UsageError
from bench.run_store.rows import STATUSES

if TYPE_CHECKING:
    from bench.run_store.rows import RunEntry

_PATH = click.Path(path_type=Path)
ROOT = click.option(
    "--root", "roots", multiple=True, type=_PATH, help="Where to look [default: runs/]."
)
JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("runs")
def runs_command() -> None:
    """List, show, tag, remove and archive runs."""


@runs_command.command("list")
@ROOT
@click.option("--model", metavar="NAME", help="Only with this model; a pattern may have * and ?.")
@click.option("--task", metavar="NAME", help="Only with this task, or a pattern.")
@click.option("--harness", metavar="NAME", help="Only with this harness, or a pattern.")
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="Only with this tag.")
@click.option("--status", type=click.Choice(STATUSES), help="Only those.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The N newest.")
@JSON
def list_runs(
    roots: tuple[Path, ...],
    *,
    model: str | None,
    task: str | None,
    harness: str | None,
    tags: tuple[str, ...],
    status: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Every run, the newest first."""
    from bench.run_store.choosing import Wanted, chosen
    from bench.run_store.index import runs

    found = chosen(runs(roots), Wanted(model, task, harness, status, tags))
    shown = found[:limit]
    if as_json:
        click.echo(json.dumps([_summary(run) for run in shown], indent=1))
        return
    if not found:
        where = ", ".join(map(str, roots)) or "runs/"
        click.echo(f"no such run below {where}", err=True)
        return
    from bench.run_store.run_lines import run_lines

    click.echo("\n".join(run_lines(shown)))
    if len(found) > len(shown):
        click.echo(f"… {len(found) - len(shown)} more")


@runs_command.command("show")
@click.argument("run")
@ROOT
@JSON
def show_run(run: str, roots: tuple[Path, ...], *, as_json: bool) -> None:
    """What is known of RUN: a folder, an id or the beginning of one."""
    one = _named(run, roots)
    if as_json:
        said = asdict(one)
        for job, known in zip(said["jobs"], one.jobs, strict=True):
            job["numbers"] = [number._asdict() for number in known.numbers]
        click.echo(json.dumps(said, indent=1))
        return
    click.echo(f"folder  {one.folder}\nstatus  {one.status}{f': {one.why}' if one.why else ''}")
    click.echo(f"tags    {', '.join(one.tags) or 'none'}")
    if (Path(one.folder) / "run.json").is_file() and one.status != "unreadable":
        from bench.report.overview import overview
        from bench.report.terminal import console

        screen = console()
        for line in overview(Path(one.folder)).lines():
            screen.print(line, soft_wrap=not screen.is_terminal, crop=False)


@runs_command.command("tag")
@click.argument("run")
@click.argument("tags", nargs=-1)
@click.option("--remove", multiple=True, metavar="TAG", help="Take this one off.")
@ROOT
def tag_run(
    run: str, tags: tuple[str, ...], remove: tuple[str, ...], roots: tuple[Path, ...]
) -> None:
    """Put TAGS on RUN, and take others off; they lie in the run's folder and move with it."""
    from bench.run_store.changing import retag

    if not tags and not remove:
        raise click.UsageError("name a tag")
    one = _named(run, roots)
    click.echo(", ".join(retag(Path(one.folder), tags, remove)) or "no tags")


@runs_command.command("rm")
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ROOT
def remove_runs(names: tuple[str, ...], roots: tuple[Path, ...], *, yes: bool) -> None:
    """Remove whole runs: answers, record, report. A run that bench works on stays."""
    from bench.run_store.changing import remove

    found = [_named(name, roots) for name in names]
    for one in found:
        click.echo(f"{one.folder}  {one.status}  {', '.join(one.tags)}".rstrip(), err=True)
    if not yes:
        click.confirm(f"remove {len(found)} run{'s' * (len(found) != 1)}?", abort=True, err=True)
    for one in found:
        remove(Path(one.folder))
        click.echo(f"removed {one.folder}")


@runs_command.command("archive")
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
@click.option("--to", type=_PATH, metavar="FOLDER", help="[default: archive/ beside the run]")
@click.option("--keep", is_flag=True, help="Leave the folder as well.")
@ROOT
def archive_runs(
    names: tuple[str, ...], roots: tuple[Path, ...], to: Path | None, *, keep: bool
) -> None:
    """Put runs away, each as NAME.tar.gz: checked file by file before its folder is removed."""
    from bench.run_store.changing import archive

    for one in [_named(name, roots) for name in names]:
        folder = Path(one.folder)
        click.echo(str(archive(folder, to or folder.parent / "archive", keep=keep)))


def _named(name: str, roots: tuple[Path, ...]) -> RunEntry:
    from bench.run_store.choosing import named
    from bench.run_store.index import is_run, runs
    from bench.run_store.reading import entry

    path = Path(name)
    if path.is_dir() and not roots:
        if not is_run(path):
            raise UsageError(f"{name} is no run: it has no run.json", hint="bench runs list")
        return entry(path.resolve())
    return named(name, runs(roots))


def _summary(run: RunEntry) -> dict[str, object]:
    """Without the numbers: those are report.json's."""
    said = asdict(run)
    for job in said["jobs"]:
        del job["numbers"]
    return said
