"""bench judge: what a model that the user names makes of a run's answers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.errors import NOT_OK, OK

if TYPE_CHECKING:
    from bench.judging.session import Judged


@click.command("judge")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--model", required=True, metavar="JUDGE.yaml", help="The judge file: docs/judge.md.")
@click.option(
    "--metric",
    multiple=True,
    type=click.Choice(["faithfulness", "answer_relevancy"]),
    help="[default: both; answer_relevancy where the judge file names embeddings]",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N answers of each job.")
@click.option(
    "--offline", is_flag=True, help="Refuse at once what is not here, or not in this network."
)
@click.option("--json", "as_json", is_flag=True, help="The results as JSON.")
def judge_command(
    run: Path,
    *,
    model: str,
    metric: tuple[str, ...],
    limit: int | None,
    offline: bool,
    as_json: bool,
) -> int:
    """Let a judge model score RUN's answers; what has a judgement already is not asked again.

    \b
    bench judge runs/20260101-120000-receipts --model judge.yaml
    """  # noqa: D301  (click reads the mark)
    from bench import report as reports
    from bench import store
    from bench.judging.judge import find_judge
    from bench.judging.session import judge_run
    from bench.judging.work import chosen
    from bench.offline import VARIABLES, require_judge
    from bench.progress import progress

    judge = find_judge(model, os.environ)
    if offline:
        require_judge(judge, tuple(chosen(metric, judge)))
    more = VARIABLES if offline else {}
    shown = progress(as_json=False)  # on standard error
    try:
        judged = judge_run(run.resolve(), judge, metric, limit=limit, more=more, emit=shown.show)
    finally:
        shown.close()
    reports.write_files(run, judged.report, store.read_records(run))
    if as_json:
        click.echo(_as_json(judged))
    else:
        _show(judged)
    for trouble in judged.troubles:
        click.echo(f"error: {trouble}", err=True)
    return OK if judged.ok else NOT_OK


def _as_json(judged: Judged) -> str:
    results = [{"job": job} | one.model_dump(mode="json") for job, one in judged.results]
    return json.dumps({"judged": results, "troubles": judged.troubles}, indent=1)


def _show(judged: Judged) -> None:
    from bench.report import numbers
    from bench.report.terminal import console, listing

    screen = console()
    columns = ("job", "metric", "value", "95 % interval", "n", "failed", "not asked")
    screen.print(
        listing(
            columns,
            [
                (
                    job,
                    one.metric,
                    numbers.value(one.value),
                    numbers.bounds(one.interval),
                    str(one.n),
                    str(one.failed),
                    str(one.left),
                )
                for job, one in judged.results
            ],
        )
    )
    for job, one in judged.results:
        if one.reason:
            screen.print(f"{job}, {one.metric}: {one.reason}", style="yellow", soft_wrap=True)
        for reason, n in one.skipped.items():
            screen.print(f"{job}, {one.metric}: {n} cannot be judged: {reason}", soft_wrap=True)
        for kind, n in one.failures.items():
            screen.print(f"{job}, {one.metric}: {n} failed: {kind}", style="red", soft_wrap=True)
    used = judged.judge
    screen.print(f"judge: {used.model} ({used.served_id}), {used.package} {used.version}")
