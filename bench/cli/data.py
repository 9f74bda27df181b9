"""bench data: local copies of benchmarks' data."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bench.errors import NOT_OK, OK

JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group("data")
def data_command() -> None:
    """Take, list, show, verify and remove local copies of benchmarks' data."""


@data_command.command("add")
@click.argument("name")
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(path_type=Path),
    help="File or folder to read; it is never changed.",
)
@click.option("--split", help="The split of the source to take; of a lone file: what it is.")
@click.option(
    "--config", help="The config (subject) of the source to take; of a lone file: what it is."
)
@click.option("--replace", is_flag=True, help="Take it anew where there is a copy.")
@JSON
def add_data(
    name: str,
    *,
    source: Path,
    split: str | None,
    config: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Take a copy of a benchmark's data, checked row by row, for every harness that has it.

    PATH is what you have: a snapshot of a hub, a folder of save_to_disk, parquet, CSV or JSON Lines
    files with their images, or a table of VLMEvalKit. See docs/data.md.

    \b
    bench data add docvqa-val --from DocVQA_VAL.tsv
    bench data add kmmlu --from data/benchmarks/kmmlu
    """  # noqa: D301  (click reads the mark)
    from bench.local_data.adding import add_copy
    from bench.progress import saying

    with _terminated_as_interrupted(), saying(name) as say:
        copy = add_copy(
            name, source, split=split, config=config, replace=replace, told=None if as_json else say
        )
    if as_json:
        click.echo(json.dumps(_row(copy), indent=1, ensure_ascii=False))
        return
    images = _images(copy)
    click.echo(
        f"{copy.name}: {_many(copy.rows, 'row')} in {_many(len(copy.tables), 'table')}, "
        f"{_many(images, 'image')}, {_size(copy.size)}"
    )
    click.echo(f"  {copy.folder}")
    click.echo(f"  content sha256 {copy.content_sha256}")


@data_command.command("list")
@JSON
def list_data(*, as_json: bool) -> None:
    """The copies that are there: rows, size, source, content hash, and whether they read well."""
    from bench.local_data import copies, copies_folder

    rows = [_row(copy) for copy in copies()]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if not rows:
        click.echo(f"no benchmark's data is there yet (copies lie in {copies_folder()})")
        return
    from bench.report.terminal import console, listing

    columns = ["benchmark", "rows", "size", "source", "content sha256", "state"]
    console().print(listing(columns, [_cells(row) for row in rows]))
    click.echo(f"in {copies_folder()}; `bench data verify` reads every file again")


@data_command.command("show")
@click.argument("name")
@JSON
def show_data(name: str, *, as_json: bool) -> None:
    """A copy's tables, columns and their types, and where it came from."""
    from bench.local_data.adding import the_copy

    copy = the_copy(name)
    described = copy.described
    if as_json:
        shown = described.model_dump(exclude={"files"}) | {"folder": str(copy.folder)}
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    click.echo(click.style(copy.name, bold=True))
    for key, value in {
        "folder": str(copy.folder),
        "hub": described.hub,
        "source": f"{described.source.name} ({described.source.kind})",
        "added": described.added_at,
        "content": f"sha256 {described.content_sha256}",
        "images": str(_images(copy)),
        "size": _size(copy.size),
    }.items():
        if value:
            click.echo(f"  {key:10} {value}")
    for table in copy.tables:
        click.echo(f"  {table.config}/{table.split}: {_many(table.rows, 'row')}")
    for column, kind in _columns(copy).items():
        click.echo(f"    {column}: {kind if isinstance(kind, str) else json.dumps(kind)}")


@data_command.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@JSON
def verify_data(names: tuple[str, ...], *, as_json: bool) -> int:
    """Read every file of the copies (all, or those named) again and compare it with its hash.

    Exit code 1 where a file is missing, changed or extra.
    """
    from bench.local_data import copies, verify
    from bench.local_data.adding import the_copy

    wanted = [the_copy(name) for name in names] or list(copies())
    found = {copy.name: verify(copy) for copy in wanted}
    if as_json:
        shown = {name: [vars(one) for one in several] for name, several in found.items()}
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        if not found:
            click.echo("no benchmark's data is there yet")
        for name, several in found.items():
            click.echo(f"{name}: {'ok' if not several else _many(len(several), 'fault')}")
            for one in several:
                click.echo(f"  {one.fault}: {one.place}{f' ({one.said})' if one.said else ''}")
    return NOT_OK if any(found.values()) else OK


@data_command.command("remove")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@JSON
def remove_data(names: tuple[str, ...], *, as_json: bool) -> None:
    """Remove copies; what they were taken from is not touched."""
    from bench.local_data.adding import remove_copy, the_copy

    for name in names:
        the_copy(name)  # all of them, or none
    removed = [remove_copy(name).name for name in dict.fromkeys(names)]
    if as_json:
        click.echo(json.dumps({"removed": removed}, ensure_ascii=False))
    else:
        for name in removed:
            click.echo(f"removed {name}")


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends like ^C: what was begun is removed."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _row(copy: Any) -> dict[str, Any]:
    from bench.errors import SourceError

    try:
        described = copy.described
    except SourceError as error:
        return {"name": copy.name, "folder": str(copy.folder), "ok": False, "said": error.message}
    absent = [place for place in described.files if not (copy.folder / place).is_file()]
    return {
        "name": copy.name,
        "folder": str(copy.folder),
        "rows": copy.rows,
        "tables": len(copy.tables),
        "images": _images(copy),
        "bytes": copy.size,
        "source": described.source.model_dump(),
        "content_sha256": described.content_sha256,
        "added_at": described.added_at,
        "ok": not absent,
        "said": f"{_many(len(absent), 'file')} missing" if absent else None,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    if "rows" not in row:
        return [row["name"], "", "", "", "", row["said"]]
    source = f"{row['source']['name']} ({row['source']['kind']})"
    state = row["said"] or "ok"
    digest = row["content_sha256"][:12]
    return [row["name"], str(row["rows"]), _size(row["bytes"]), source, digest, state]


def _columns(copy: Any) -> dict[str, Any]:
    """Of all tables; the same in each, but for columns that a benchmark does not declare."""
    return {column: kind for table in copy.tables for column, kind in table.columns.items()}


def _images(copy: Any) -> int:
    return sum(place.startswith("images/") for place in copy.described.files)


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
