"""bench eval: the main job."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


@click.command("eval")
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "--backend", multiple=True, metavar="NAME", help="Harness, or `all` (bench backend list)."
)
@click.option("--model", multiple=True, metavar="NAME", help="Model, or the path of a model file.")
@click.option(
    "--task",
    multiple=True,
    metavar="NAME[:MEMBER]",
    help="Task, a folder of your own, a benchmark.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples of each task.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run folder [default: runs/TIME-TASK]."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the benchmarks' own TSV files."
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the intervals [default: 0].")
@click.option(
    "--flavour", type=click.Choice(["cpu", "cuda"]), help="Build of torch [default: cpu]."
)
@click.option("--dry-run", is_flag=True, help="Show the plan and the invocations; build nothing.")
@click.option(
    "--json", "as_json", is_flag=True, help="Events as JSON lines; the last is the report."
)
def eval_command(config: Path | None, *, dry_run: bool, as_json: bool, **options: Any) -> int:
    """Run models through harnesses on tasks, and report.

    CONFIG is a YAML or JSON file; options stand over what it says.

    \b
    bench eval --backend vlmevalkit --model rapidocr --task receipts:ocr
    bench eval configs/runs/receipts.yaml --limit 5
    """  # noqa: D301  (click reads the mark)
    from bench import api

    given = {key: value for key, value in options.items() if value not in (None, ())}
    plan = api.planned(config, **given)
    if dry_run:
        from bench.cli.dry_run import show_plan

        show_plan(plan, as_json=as_json)
        return 0
    run = api.begin(plan, ("bench", *sys.argv[1:]))
    from bench.progress import progress

    shown = progress(as_json=as_json)
    try:
        with _stopping(run.cancel):
            for event in run.events():
                shown.show(event)
    finally:
        shown.close()
    report = api.finish(run)
    if as_json:
        click.echo(report.model_dump_json())
    else:
        from bench.report.terminal import console, report_table

        screen = console()
        screen.print(report_table(report))
        screen.print(f"report: {_shown(run.folder)}/report.html", soft_wrap=True)
    return run.exit_code()


def _shown(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


@contextmanager
def _stopping(cancel: Any) -> Iterator[None]:
    """The first ^C or SIGTERM stops the run in good order; a second one stops at once."""
    before = {}

    def stop(number: int, _frame: object) -> None:
        click.echo("\nstopping: the report of what there is will be written", err=True)
        cancel()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
