"""bench doctor: what is there, what is missing, and what to type."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

_SHOWN = {"ok": ("✓", "green"), "note": ("·", "yellow"), "missing": ("✗", "red")}


@click.command("doctor")
@click.option("--network", is_flag=True, help="Also ask the package index.")
@click.option("--json", "as_json", is_flag=True)
def doctor_command(*, network: bool, as_json: bool) -> int:
    """Look at this machine: exit code 0 if `make eval` could run, else 1. Nothing is changed."""
    from bench.doctor import can_run, examine
    from bench.errors import NOT_OK, OK

    findings = list(examine(network=network))
    able = can_run(findings)
    if as_json:
        rows = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"can_run": able, "findings": rows}, indent=1))
        return OK if able else NOT_OK
    from rich.text import Text

    from bench.report.terminal import console, listing

    rows_ = [
        (
            Text(*_SHOWN[finding.mark]),
            Text(finding.subject),
            Text(finding.text),
            Text(finding.command or ""),
        )
        for finding in findings
    ]
    console().print(listing(["", "what", "finding", "what to type"], rows_))
    click.echo("make eval can run" if able else "make eval cannot run: mend what is marked ✗")
    return OK if able else NOT_OK
