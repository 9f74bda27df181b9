"""bench eval user_config.csv: each row of VLMHyperBench's table as a run of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench import api, store
from bench.cli import say_error
from bench.errors import INTERRUPTED, BenchError, UsageError
from bench.importers.vlmhyperbench.convert import Converted, convert
from bench.report.aggregators import aggregator_table

if TYPE_CHECKING:
    from bench.runner import Run


def evaluate_rows(source: Path, given: Mapping[str, Any], carry_out: Callable[[Run], int]) -> int:
    """One run a row, one after the other. A wrong row is said and left out; then the code is 2."""
    options = dict(given)
    for name in ("model", "task"):
        if name in options:
            raise UsageError(
                f"the rows of {source} name their {name} themselves: leave --{name} out"
            )
    backend, data = options.pop("backend", ()), options.pop("data", None)
    folder = store.create_run(options.pop("out", None), source.stem)
    ended = []
    for row in convert(source, folder / "converted", backend=tuple(backend), data=data):
        ended.append((row, _row(row, folder, options, carry_out)))
        if ended[-1][1] == INTERRUPTED:
            break
    _show(ended, folder)
    codes = [code for _, code in ended]
    return next((one for one in (INTERRUPTED, UsageError.exit_code) if one in codes), max(codes))


def _row(
    row: Converted, folder: Path, options: Mapping[str, Any], carry_out: Callable[[Run], int]
) -> int:
    try:
        if row.config is None:
            raise row.error or UsageError(f"{row.name}: was not converted")
        plan = api.planned(row.config, out=folder / f"row-{row.number}", **options)
        click.echo(f"line {row.number}: {row.name}", err=True)
        for note in row.notes:
            click.echo(f"  note: {note}", err=True)
        run = api.begin(plan, ("bench", *sys.argv[1:]))
        code = carry_out(run)
        write_tables(run.folder, row.aggregators)
    except BenchError as error:
        say_error(error.message, error.hint)
        return error.exit_code
    return code


def write_tables(folder: Path, aggregators: tuple[str, ...]) -> None:
    """by_id.csv and so on, beside report.json; of several jobs each has its own."""
    report, records = store.read_report(folder), store.read_records(folder)
    for job in report.jobs:
        ours = [record for record in records if record.job == job.id]
        for name in aggregators:
            file = f"{name}.csv" if len(report.jobs) == 1 else f"{name}--{job.id}.csv"
            (folder / file).write_bytes(aggregator_table(name, job, ours))


def _show(ended: list[tuple[Converted, int]], folder: Path) -> None:
    from bench.report.terminal import console, listing

    rows = [
        (str(row.number), row.name, str(code), f"row-{row.number}/" if row.config else "not run")
        for row, code in ended
    ]
    console().print(listing(["line", "data set · model", "exit code", f"in {folder}"], rows))
