"""bench diff: why two runs differ."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

_RUN = click.Path(path_type=Path)
SAME, DIFFERENT = 0, 1


@click.command("diff")
@click.argument("a", type=_RUN)
@click.argument("b", type=_RUN)
@click.option("--fingerprint", is_flag=True, help="Compare the fingerprints: the default.")
@click.option("--json", "as_json", is_flag=True, help="What differs, as JSON.")
def diff_command(a: Path, b: Path, *, fingerprint: bool, as_json: bool) -> int:  # noqa: ARG001
    """Say what differs between the runs A and B: what was asked, and what scored it.

    A and B are folders of runs; or files report.json, without examples then.
    Exit code 0: nothing differs. 1: something does.
    """
    from bench.differences import compare

    found = compare(a, b)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        from bench.report.differences import differences_view
        from bench.report.terminal import console

        console().print(differences_view(found))
    return SAME if found.same else DIFFERENT
