"""bench model: what can be evaluated by name."""

from __future__ import annotations

import json
import shutil
import sys

import click

MODALITIES = ("text", "image", "audio", "video")


@click.group("model")
def model_command() -> None:
    """List and show models."""


@model_command.command("list")
@click.option("--search", metavar="TEXT", help="Only those that have this text in their line.")
@click.option("--modality", type=click.Choice(MODALITIES), help="Only those that read this.")
@click.option("--json", "as_json", is_flag=True)
def list_models(*, search: str | None, modality: str | None, as_json: bool) -> None:
    """The models that come with bench; --model also takes the path of a file of your own.

    `engine` serves the model to every harness; those under `loaded by` can also load its weights in
    their own process.
    """
    from bench.cli.model_rows import chosen, listed, model_rows

    rows = list(chosen(model_rows(), search, modality))
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if not rows:
        click.echo("no model fits", err=True)
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    click.echo(listed(rows, width))
    if width:
        click.echo("\nbench model show NAME says more")


@model_command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def show_model(name: str, *, as_json: bool) -> None:
    """One model: who can reach it, by which name and arguments, and what a run needs.

    NAME or the path of a model file. Nothing is built, fetched or asked.
    """
    from bench.cli import model_shown
    from bench.model import find_model

    model = find_model(name)
    if as_json:
        click.echo(json.dumps(model_shown.as_json(model), indent=1, ensure_ascii=False))
        return
    click.echo("\n".join(model_shown.lines(model)))
