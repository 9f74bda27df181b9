"""bench diff: why two runs differ, and what of the gap between their numbers is due to what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bench.schema import Level

_RUN = click.Path(path_type=Path)
SAME, DIFFERENT = 0, 1


@click.command("diff")
@click.argument("a", type=_RUN)
@click.argument("b", type=_RUN)
@click.option("--metric", metavar="NAME", help="Of which metric the gap is; else of the first.")
@click.option("--native", is_flag=True, help="The gap between the harnesses' own numbers.")
@click.option("--level", metavar="LEVEL", help="The same by group: doc_type, field, language, …")
@click.option("--fingerprint", is_flag=True, help="Only what differs; no terms of the gap.")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
def diff_command(
    a: Path,
    b: Path,
    *,
    metric: str | None,
    native: bool,
    level: str | None,
    fingerprint: bool,
    as_json: bool,
) -> int:
    """Say what differs between the runs A and B, and split the gap between their numbers.

    A and B are folders of runs, or RUN:JOB for one job of a run; or files report.json, without
    examples and terms then. The terms are made by scoring stored answers again: no model is asked.

    Exit code 0: nothing differs. 1: something does.
    """
    from bench.errors import UsageError
    from bench.gap import Wanted, gaps

    if fingerprint and (metric or native or level):
        raise UsageError("--fingerprint makes no terms: --metric, --native and --level need them")
    if native and level:
        raise UsageError("a harness gives its number over all samples: --native has no --level")
    if fingerprint:
        from bench.differences import compare

        found, split = compare(a, b), None
    else:
        found, split = gaps(a, b, Wanted(metric, native=native, level=_level(level)))
    if as_json:
        rows = asdict(found)
        for row, gap in zip(rows["jobs"], split or (), strict=split is not None):
            row["gap"] = asdict(gap)
        click.echo(json.dumps(rows, indent=1))
    else:
        from bench.report.differences import differences_view
        from bench.report.terminal import console

        console().print(differences_view(found, split))
    return SAME if found.same else DIFFERENT


def _level(name: str | None) -> Level | None:
    from bench.aggregate.places import PARTS
    from bench.errors import UsageError, suggestion

    levels = {str(level): level for level in PARTS if level != "global"}
    if name is not None and name not in levels:
        raise UsageError(f"unknown level {name!r}", hint=suggestion(name, levels))
    return levels[name] if name else None
