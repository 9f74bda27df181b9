"""bench show: what a run has, and every request that was sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from bench.errors import RunError, UsageError, suggestion

if TYPE_CHECKING:
    from rich.console import Console

    from bench.gateway.record import RecordedRequest
    from bench.report.request_rows import Found
    from bench.report.requests import Selection, Wanted

PAGE = 50


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--requests", is_flag=True, help="A table of every request.")
@click.option(
    "--request",
    "key",
    metavar="ID",
    help="One request in full: the beginning of its id, or its sample's id.",
)
@click.option("--job", metavar="ID", help="Only of this job.")
@click.option("--sample", metavar="ID", help="Only of this sample.")
@click.option("--failed", is_flag=True, help="Only those without an answer.")
@click.option(
    "--status", metavar="WORD", help="Only ok, failed, timeout, http …; or 500 and so on."
)
@click.option("--slowest", type=click.IntRange(min=1), metavar="N", help="The N slowest.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N.")
@click.option("--all", "everything", is_flag=True, help=f"All; a terminal gets the first {PAGE}.")
@click.option("--raw", is_flag=True, help="With --request: the endpoint's own bytes, nothing else.")
@click.option("--no-preview", is_flag=True, help="With --request: no small copies of its images.")
@click.option("--json", "as_json", is_flag=True, help="Everything, one line a request.")
def show_command(
    run: Path,
    *,
    requests: bool,
    key: str | None,
    job: str | None,
    sample: str | None,
    failed: bool,
    status: str | None,
    slowest: int | None,
    limit: int | None,
    everything: bool,
    raw: bool,
    no_preview: bool,
    as_json: bool,
) -> None:
    """What RUN has; with --requests every request that was sent, with --request ID one in full.

    \b
    bench show RUN
    bench show RUN --requests --failed
    bench show RUN --requests --slowest 10
    bench show RUN --request r003
    """  # noqa: D301  (click reads the mark)
    from bench import store
    from bench.report.requests import Wanted

    narrowed = [sample, failed, status, slowest, limit, everything]
    if key is not None and (requests or any(narrowed)):
        raise click.UsageError("--request shows one request: only --job narrows it down")
    if key is None and (raw or no_preview):
        raise click.UsageError("--raw and --no-preview belong to --request ID")
    described = store.open_run(run)
    if job is not None and job not in described.jobs:
        raise UsageError(f"no job {job!r} in {run}", hint=suggestion(job, described.jobs))
    if key is not None:
        _one(run, key, job, raw=raw, preview=not no_preview, as_json=as_json)
    elif requests or job is not None or any(narrowed):
        wanted = Wanted(job, sample, (*(["failed"] if failed else []), *_status(status)))
        most = min((n for n in (slowest, limit) if n), default=None)
        _many(run, wanted, most, slowest=slowest is not None, paged=not everything, as_json=as_json)
    else:
        _overview(run, as_json=as_json)


def _status(word: str | None) -> tuple[str, ...]:
    from bench.gateway.record import FailureKind

    if word is None:
        return ()
    known = ("ok", "failed", *get_args(FailureKind))
    if word not in known and not (word.isdecimal() and len(word) == 3):
        raise UsageError(f"--status {word!r}: {suggestion(word, known)}", hint="or an HTTP status")
    return (word,)


def _overview(run: Path, *, as_json: bool) -> None:
    from bench import jsonl
    from bench.report.overview import overview
    from bench.report.terminal import console

    seen = overview(run)
    if as_json:
        click.echo(jsonl.line(seen.as_json()), nl=False)
        return
    screen = console()
    for line in seen.lines():
        screen.print(line, soft_wrap=not screen.is_terminal, crop=False)


def _many(
    run: Path, wanted: Wanted, most: int | None, *, slowest: bool, paged: bool, as_json: bool
) -> None:
    from bench import jsonl
    from bench.report.requests import select
    from bench.report.terminal import console

    screen = console()
    paged = paged and most is None and screen.is_terminal and not as_json
    if paged:
        most = PAGE
    selection = select(run, wanted, limit=most, slowest=slowest)
    if as_json:
        from bench.report.request_rows import rows

        for row in rows(run, selection):
            click.echo(jsonl.line(row), nl=False)
        return
    _table(run, selection, screen, paged=paged)


def _table(run: Path, selection: Selection, screen: Console, *, paged: bool) -> None:
    from rich.text import Text

    from bench.report.request_table import request_table

    width = screen.width if screen.is_terminal else None
    for line in request_table(run, selection, width):
        if width is None:  # rich would take ten seconds for 100,000 lines
            click.echo(line.text)
        else:
            screen.print(Text(line.text, line.style))
    left = selection.totals.requests - len(selection.lines)
    if left:
        click.echo(f"… {left} more" + (": --all" if paged else ""))
    if width is None:
        click.echo(str(selection.totals))
    else:
        screen.print(str(selection.totals))


def _one(run: Path, key: str, job: str | None, *, raw: bool, preview: bool, as_json: bool) -> None:
    from bench import jsonl
    from bench.report.request_rows import find, found_row

    found = find(run, key, job)
    if raw:
        _raw(found.request)
    elif as_json:
        click.echo(jsonl.line(found_row(run, found)), nl=False)
    else:
        _page(run, found, preview=preview)


def _page(run: Path, found: Found, *, preview: bool) -> None:
    from bench.report.request_page import PREVIEW, Page
    from bench.report.terminal import console

    screen = console()
    columns, rows = PREVIEW
    coloured = screen.is_terminal and screen.color_system and not screen.no_color
    size = (min(columns, screen.width - 6), rows) if preview and coloured else None
    for line in Page(run, found, size).lines():
        screen.print(line, soft_wrap=True)


def _raw(request: RecordedRequest) -> None:
    if request.response is None:
        why = f": {request.error.kind}: {request.error.message}" if request.error else ""
        raise RunError(f"request {request.id[:8]} got no response{why}")
    if sys.stdout.isatty():
        from bench.report.visible import visible

        click.echo(visible(request.response))
    else:
        click.echo(request.response.encode("utf-8", "surrogateescape"), nl=False)
