"""bench leaderboard: jobs of many runs, ordered by one number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from bench.errors import UsageError, suggestion
from bench.run_store.rows import LEVELS, RunEntry

_PATH = click.Path(path_type=Path)


@click.command("leaderboard")
@click.argument("roots", nargs=-1, type=_PATH, metavar="[ROOT]...")
@click.option("--task", metavar="NAME", help="Only this task; a pattern may have * and ?.")
@click.option("--model", metavar="NAME", help="Only this model, or a pattern.")
@click.option("--harness", metavar="NAME", help="Only this harness, or a pattern.")
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="Only runs with this tag.")
@click.option("--metric", metavar="NAME", help="Only this metric.")
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(LEVELS),
    help="Several may be named [default: global].",
)
@click.option("--every", is_flag=True, help="Older runs of the same model and harness as well.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write a page that sorts and filters.")
@click.option("--json", "as_json", is_flag=True, help="The boards, for programs.")
def leaderboard_command(
    roots: tuple[Path, ...],
    *,
    task: str | None,
    model: str | None,
    harness: str | None,
    tags: tuple[str, ...],
    metric: str | None,
    levels: tuple[str, ...],
    every: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Rank the jobs of the runs below each ROOT [default: runs/], a board a task and metric.

    \b
    bench leaderboard
    bench leaderboard --task receipts:ocr --level doc_type
    bench leaderboard runs /mnt/others --html leaderboard.html
    """  # noqa: D301  (click reads the mark)
    from bench.run_store.board import boards, left_out
    from bench.run_store.choosing import Wanted
    from bench.run_store.index import runs
    from bench.run_store.paired import PairedTests

    wanted = Wanted(model=model, task=task, harness=harness, tags=tags)
    known = runs(roots)
    tests = PairedTests()
    found = boards(
        known, wanted, levels=levels or ("global",), metric=metric, every=every, tests=tests
    )
    tests.close()
    if metric is not None and not found:
        _no_metric(metric, known)
    lacking = left_out(known, wanted, found)
    if html is not None:
        from bench.run_store.board_page import write_page

        write_page(html, found, lacking)
    if as_json:
        click.echo(json.dumps([asdict(board) for board in found], indent=1))
    elif html is not None:
        click.echo(str(html))
    elif not found:
        where = ", ".join(map(str, roots)) or "runs/"
        click.echo(f"no run below {where} has a number to rank", err=True)
    else:
        from bench.report.terminal import console
        from bench.run_store.board_terminal import boards_view

        console().print(boards_view(found))
    if lacking:
        click.echo(lacking, err=True)


def _no_metric(name: str, runs: Sequence[RunEntry]) -> None:
    names = {number.metric for run in runs for job in run.jobs for number in job.numbers}
    if names and name not in names:
        raise UsageError(f"no run has the metric {name!r}", hint=suggestion(name, names))
