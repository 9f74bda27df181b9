"""bench compare: is one model better than another."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="A [B …]")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write one page with everything, the largest flips with their pictures.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def compare_command(runs: tuple[str, ...], *, html: Path | None, as_json: bool) -> None:
    """Say whether B, C, … are better than A, record by record: runs, or RUN:JOB.

    \b
    bench compare runs/old runs/new
    bench compare runs/one:echo--a--receipts-ocr runs/one:echo--b--receipts-ocr
    bench compare runs/one                 all its jobs of one task
    bench compare runs/a runs/b runs/c --html choice.html
    """  # noqa: D301  (click reads the mark)
    from bench.comparison import compare

    found = compare(runs)
    if html is not None:
        from bench.comparison.page import write_page

        write_page(html, found)
    if as_json:
        from bench import jsonl

        click.echo(jsonl.line(dataclasses.asdict(found)), nl=False)
        return
    from bench.comparison.terminal import comparison_view
    from bench.report.terminal import console

    console().print(comparison_view(found))
    if html is not None:
        click.echo(f"page: {html}")
