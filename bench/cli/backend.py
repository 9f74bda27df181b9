"""bench backend: the harnesses, read off their manifests and cached lists."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.group("backend")
def backend_command() -> None:
    """List the harnesses and what they know."""


@backend_command.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_backends(*, as_json: bool) -> None:
    """The harnesses that bench can drive."""
    from bench.adapter import adapters

    found = list(adapters("harness").values())
    if as_json:
        rows = [one.model_dump(mode="json", exclude={"folder"}) for one in found]
        click.echo(json.dumps(rows, indent=1))
        return
    from bench.report.terminal import console, listing

    rows_ = [
        (one.name, one.version or "", one.tasks, str(len(one.benchmarks())), one.summary)
        for one in found
    ]
    console().print(listing(["backend", "version", "tasks", "benchmarks", "what it is"], rows_))


@backend_command.command("check")
@click.argument("name")
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the adapter."
)
@click.option("--json", "as_json", is_flag=True, help="One line a check.")
def check_backend(name: str, *, options: tuple[str, ...], as_json: bool) -> int:
    """Run an adapter against a scripted server: does it keep the protocol?

    Real jobs with odd prompts, odd answers, failing requests and a kill in the middle. Works for
    adapters in BENCH_ADAPTERS folders as well. Exit code 1 where it breaks something.
    """
    from bench.adapter import find_adapter
    from bench.conformance.check import verdicts
    from bench.errors import NOT_OK, OK
    from bench.progress import saying

    adapter = find_adapter("harness", name)
    given = dict(option.partition("=")[::2] for option in options)
    broken = 0
    with saying(f"check {name}") as say:
        for verdict in verdicts(adapter, given, say):
            broken += verdict.broken is not None
            if as_json:
                click.echo(json.dumps(asdict(verdict)))
                continue
            mark = "broken" if verdict.broken else "ok"
            shown = click.style(f"{mark:6}", fg="red" if verdict.broken else "green")
            click.echo(f"{shown} {verdict.name}: {verdict.about}")
            if verdict.broken:
                click.echo(f"       {verdict.broken}")
    if not as_json:
        click.echo(f"{name}: {broken} broken" if broken else f"{name} keeps the protocol")
    return NOT_OK if broken else OK


@backend_command.command("show")
@click.argument("name")
@click.option("--benchmarks", is_flag=True, help="List every benchmark it knows.")
@click.option("--args", is_flag=True, help="List the harness's own arguments and who sets each.")
@click.option("--json", "as_json", is_flag=True)
def show_backend(name: str, *, benchmarks: bool, args: bool, as_json: bool) -> None:
    """One harness: its version, options and benchmarks."""
    from bench.adapter import find_adapter

    adapter = find_adapter("harness", name)
    known = adapter.benchmarks()
    if as_json:
        said = adapter.model_dump(mode="json", exclude={"folder"})
        more = {"benchmarks": list(known), "harness_args": adapter.harness_arguments()}
        click.echo(json.dumps(said | more, indent=1))
        return
    click.echo(f"{adapter.name} {adapter.version or ''}: {adapter.summary}")
    click.echo(f"flavours    {', '.join(adapter.flavours)}; Python {adapter.python}")
    for option, meaning in adapter.options.items():
        click.echo(f"option      {option}: {meaning}")
    click.echo(f"benchmarks  {len(known)}" + ("" if benchmarks else " (--benchmarks lists them)"))
    arguments = adapter.harness_arguments()
    click.echo(f"arguments   {len(arguments)}" + ("" if args else " (--args lists them)"))
    if args:
        for argument, row in arguments.items():
            click.echo(f"  {argument} ({row['type']}, default {row['default']}): {row['owner']}")
    if benchmarks:
        for one, row in known.items():
            click.echo(f"  {one}  {row.get('type', '')} {row.get('modality', '')}".rstrip())
