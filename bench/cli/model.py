"""bench model: what can be evaluated by name."""

from __future__ import annotations

import json

import click


@click.group("model")
def model_command() -> None:
    """List and show models."""


@model_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_models(*, as_json: bool) -> None:
    """The models that come with bench; --model also takes the path of a file of your own."""
    from bench.model import find_model, models

    found = [find_model(name) for name in models()]
    if as_json:
        click.echo(json.dumps([model.model_dump(mode="json") for model in found], indent=1))
        return
    from bench.report.terminal import console, listing

    rows = [(one.name, one.engine_name or str(one.base_url), one.summary) for one in found]
    console().print(listing(["model", "engine or address", "what it is"], rows))


@model_command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def show_model(name: str, *, as_json: bool) -> None:
    """One model file as it is understood; NAME or a path."""
    from bench.model import find_model

    model = find_model(name)
    if as_json:
        click.echo(model.model_dump_json(indent=1))
        return
    for key, value in model.model_dump(mode="json", exclude_none=True).items():
        if value not in ("", {}):
            click.echo(f"{key:14} {value}")
