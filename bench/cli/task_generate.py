"""bench task generate: a drawn task of any size."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@click.command("generate")
@click.argument("name", required=False)
@click.option(
    "--n",
    "count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many documents.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same labels; the first documents are the same for every --n.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make [default: NAME-N].")
@click.option("--clean", is_flag=True, help="No skew, blur, stain, low light or noise.")
@click.option("--list", "listed", is_flag=True, help="What can be drawn.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="The list as JSON; of a drawing, its progress as JSON lines.",
)
def generate_command(
    name: str | None,
    *,
    count: int,
    seed: int,
    out: Path | None,
    clean: bool,
    listed: bool,
    as_json: bool,
) -> None:
    """Draw a task of invented documents: passports-ru, invoices-en, ... (--list names all)."""
    from bench.errors import UsageError

    if listed:
        _list(as_json=as_json)
        return
    if name is None:
        raise UsageError("which task?", hint="bench task generate --list names them")
    from bench.generate import family, generate, task_name

    chosen = family(name)
    place = out or Path(task_name(chosen, count=count, seed=seed, clean=clean))
    with _progress(place.name, count, as_json=as_json) as told:
        generate(chosen, place, count=count, seed=seed, clean=clean, told=told)
    if as_json:
        return
    shown = shlex.quote(str(place))
    click.echo(f"made {shown}: {count} documents")
    click.echo(f"  bench task show {shown} --sheet sheet.html")
    click.echo(f"  bench eval --backend echo --task {shown}")


@contextmanager
def _progress(name: str, count: int, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    from bench.progress import progress
    from bench.schema import Event

    shown = progress(as_json=as_json)
    try:
        yield lambda done: shown.show(Event(event="job_progress", job=name, done=done, total=count))
    finally:
        shown.close()


def _list(*, as_json: bool) -> None:
    from bench.generate import FAMILIES

    rows = [
        {
            "name": one.name,
            "members": list(one.members),
            "shipped": one.shipped,
            "summary": one.summary,
        }
        for one in FAMILIES.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    from bench.report.terminal import console, listing

    cells = [
        [str(row["name"]), ", ".join(one.members), str(row["shipped"]), str(row["summary"])]
        for row, one in zip(rows, FAMILIES.values(), strict=True)
    ]
    console().print(listing(["task", "members", "shipped", "what is drawn"], cells))
