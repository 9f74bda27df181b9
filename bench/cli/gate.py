"""bench gate: may a run replace another one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click


@click.command("gate")
@click.argument("run", metavar="RUN")
@click.option("--against", required=True, metavar="BASE", help="The run that is good enough.")
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.yaml",
    help="What may drop by how much [default: each task's first metric, by 0.01 at most].",
)
@click.option("--json", "as_json", is_flag=True, help="The decision and each check, as JSON.")
def gate_command(run: str, *, against: str, policy: Path | None, as_json: bool) -> int:
    """Say whether RUN is as good as BASE: GO, NO-GO or INCONCLUSIVE.

    Both are runs, or RUN:JOB. Exit code 0: GO. 1: NO-GO, a drop is shown. 4: INCONCLUSIVE, too
    little to say.

    \b
    bench gate runs/new --against runs/old
    bench gate runs/new --against runs/old --policy policy.yaml --json
    """  # noqa: D301  (click reads the mark)
    from bench.comparison.gate import gate
    from bench.comparison.gate_rows import EXIT
    from bench.comparison.policy import load_policy

    rules = None if policy is None else load_policy(policy)
    found = gate(run, against, rules, None if policy is None else str(policy))
    if as_json:
        from bench import jsonl

        click.echo(jsonl.line(dataclasses.asdict(found)), nl=False)
    else:
        from bench.comparison.gate_terminal import gate_view
        from bench.report.terminal import console

        console().print(gate_view(found))
    return EXIT[found.decision]
