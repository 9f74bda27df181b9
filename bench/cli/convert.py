"""bench convert: VLMHyperBench's files as ours."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli import say_error
from bench.errors import UsageError


@click.command("convert")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make.")
@click.option("--backend", multiple=True, metavar="NAME", help="Harness of the configs.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder that holds Datasets/ and PromptCollections/ [default: beside SOURCE].",
)
def convert_command(source: Path, out: Path, *, backend: tuple[str, ...], data: Path | None) -> int:
    """Write the rows of VLMHyperBench's user_config.csv (or JSON) as YAML configs.

    Each row becomes OUT/row-N.yaml with its task and its model; N is its line. Images stay where
    they are.
    """
    from bench.importers.vlmhyperbench.convert import convert
    from bench.importers.writing import new_folder

    with new_folder(out) as folder:
        rows = convert(source, folder, backend=backend, data=data, stands=out)
        if all(row.error for row in rows):
            raise next(row.error for row in rows if row.error)
    for row in rows:
        if row.config is not None:
            click.echo(f"{out / row.config.name}: {row.name}")
            for note in row.notes:
                click.echo(f"  note: {note}")
    wrong = [row.error for row in rows if row.error]
    for error in wrong:
        say_error(error.message, error.hint)
    return UsageError.exit_code if wrong else 0
