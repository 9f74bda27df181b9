"""bench export: a run's numbers put into a file of somebody else's form."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["breakdown"]),
    help="See docs/export.md.",
)
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="Made if absent; its other keys are left as they are.",
)
@click.option("--job", metavar="ID", help="Which, if the run has several jobs of the benchmark.")
def export_command(run: Path, *, form: str, into: Path, job: str | None) -> None:
    """Put RUN's KMMLU accuracy into a JSON file, as its block breakdown.benchmark.

    \b
    bench export runs/20260101-120000-kmmlu --to breakdown --into summary.json
    """  # noqa: D301  (click reads the mark)
    del form  # there is one
    from bench.exporters.breakdown import kmmlu_accuracy, write_breakdown

    found = kmmlu_accuracy(run, job)
    write_breakdown(found, into)
    click.echo(
        f"{into}: kmmlu_accuracy {found.value:.4f} over {found.questions} questions "
        f"in {len(found.by_subject)} subjects, job {found.job}"
    )
    if found.failed:
        click.echo(f"  note: {found.failed} failed requests count as wrong", err=True)
