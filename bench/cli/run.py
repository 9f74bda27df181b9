"""bench report: what a run came to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.report.images import Images

_FOLDER = click.Path(path_type=Path)


@click.command("report")
@click.argument("run", type=_FOLDER, required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "md", "csv", "html"]),
    default="table",
    show_default=True,
    help="csv holds the raw answers; html writes RUN/report.html and prints its path.",
)
@click.option(
    "--images",
    type=click.Choice(["auto", "inline", "beside", "none"]),
    default="auto",
    show_default=True,
    help="Page images of html: auto inlines up to 40, and puts more into report_images/.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of report.json instead.")
def report_command(run: Path | None, format_: str, images: Images, *, schema: bool) -> None:
    """Show RUN's report, or print it in another format."""
    if schema:
        from bench.report.json_schema import report_schema

        click.echo(json.dumps(report_schema(), indent=1))
        return
    if run is None:
        raise click.UsageError("name the run's folder, or ask for --schema")
    from bench import store

    report = store.read_report(run)
    if format_ == "table":
        from bench.report.terminal import console, report_table

        console().print(report_table(report, performance=True))
    elif format_ == "json":
        click.echo(report.model_dump_json(indent=1))
    elif format_ == "html":
        from bench.report.html import write_html

        path = write_html(run, report, store.read_records(run), images)
        click.echo(str(path))
    elif format_ == "md":
        from bench.report.markdown import markdown

        click.echo(markdown(report), nl=False)
    else:
        from bench.report.answers import answers_csv

        text = answers_csv(store.read_records(run))
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
