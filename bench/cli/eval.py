"""bench eval: the main job."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.errors import OK, UsageError

if TYPE_CHECKING:
    from bench.config import Stage
    from bench.inferred import Inferred
    from bench.runner import Run
    from bench.schema import Report


@click.command("eval")
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option("--backend", multiple=True, metavar="NAME", help="Harness, several (a,b), or `all`.")
@click.option("--model", multiple=True, metavar="NAME", help="Model, or the path of a model file.")
@click.option(
    "--task",
    multiple=True,
    metavar="NAME[:MEMBER]",
    help="Task, a folder of your own, a benchmark.",
)
@click.option(
    "--prompt",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Prompt file, or a folder of them, in the place of the tasks' own.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N samples of each task.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Run folder [default: runs/TIME-TASK]."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the benchmarks' own TSV files."
)
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the intervals [default: 0].")
@click.option(
    "--flavour", type=click.Choice(["cpu", "cuda"]), help="Build of torch [default: cpu]."
)
@click.option(
    "--in-process", is_flag=True, default=None, help="The harness loads the model's weights itself."
)
@click.option(
    "--weights",
    multiple=True,
    metavar="[MODEL=]FOLDER",
    help="Where a model's weights lie on this machine.",
)
@click.option(
    "--parallel", type=click.IntRange(1, 64), help="Jobs that run at a time [default: 1]."
)
@click.option(
    "--isolation",
    type=click.Choice(["venv", "docker", "podman", "apptainer"]),
    help="What jobs and engines run in [default: venv].",
)
@click.option(
    "--stages",
    metavar="NAMES",
    help="Only these of infer,score,report: the rest later, with --resume, also elsewhere.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with a run that was stopped; takes no other option but --stages and --json.",
)
@click.option(
    "--offline",
    is_flag=True,
    default=None,
    help="Reach nothing outside: what is missing is said before the run begins.",
)
@click.option("--dry-run", is_flag=True, help="Show the plan and the invocations; build nothing.")
@click.option(
    "--json", "as_json", is_flag=True, help="Events as JSON lines; the last is the report."
)
def eval_command(
    config: Path | None, *, resume: Path | None, dry_run: bool, as_json: bool, **options: Any
) -> int:
    """Run models through harnesses on tasks, and report.

    CONFIG is a YAML or JSON file; options stand over what it says.

    \b
    bench eval --backend vlmevalkit --model rapidocr --task receipts:ocr
    bench eval configs/runs/receipts.yaml --limit 5
    bench eval --resume runs/20260101-120000-receipts
    bench eval --resume runs/20260101-120000-receipts --stages score,report
    """  # noqa: D301  (click reads the mark)
    from bench import api
    from bench.config import make_config

    given = {key: value for key, value in options.items() if value not in (None, ())}
    if resume is not None:
        stages = make_config({"stages": given.pop("stages", None)}).stages
        _nothing_else(["CONFIG"] * (config is not None) + ["--dry-run"] * dry_run, given)
        if stages and "infer" not in stages:
            return _later(resume, stages, as_json=as_json)
        return _shown_to_its_end(api.resume(resume, stages), as_json=as_json)
    if config is not None and config.suffix.lower() in (".csv", ".json"):
        from bench.importers.vlmhyperbench.user_config import is_user_config

        if is_user_config(config):
            return _rows(config, given, dry_run=dry_run, as_json=as_json)
    plan = api.planned(config, **given)
    if dry_run:
        from bench.cli.dry_run import show_plan

        show_plan(plan, as_json=as_json)
        return 0
    return _shown_to_its_end(api.begin(plan, ("bench", *sys.argv[1:])), as_json=as_json)


def _rows(config: Path, given: Mapping[str, Any], *, dry_run: bool, as_json: bool) -> int:
    if dry_run or as_json:
        hint = f"bench convert {config} --out DIR makes a config of each row"
        raise UsageError("--dry-run and --json take one config, not a table of runs", hint=hint)
    if "stages" in given:
        raise UsageError("--stages takes one config, not a table of runs", hint="leave it out")
    from bench.cli.user_config import evaluate_rows

    return evaluate_rows(config, given, lambda run: _shown_to_its_end(run, as_json=False))


def _nothing_else(named: list[str], options: Mapping[str, object]) -> None:
    named += [f"--{name.replace('_', '-')}" for name in options]
    if named:
        raise click.UsageError(
            f"--resume goes on with a run as it was begun: it takes no {' and no '.join(named)}"
        )


def _shown_to_its_end(run: Run, *, as_json: bool) -> int:
    from bench import api
    from bench.progress import progress
    from bench.session import how_to_go_on

    shown = progress(as_json=as_json)
    try:
        with _stopping(run.cancel, how_to_go_on(run.folder)):
            for event in run.events():
                shown.show(event)
    finally:
        shown.close()
    if run.inferred is not None:
        _say_inferred(run.folder, run.inferred, as_json=as_json)
    else:
        _say_report(run.folder, api.finish(run), as_json=as_json)
    ended = run.report or run.inferred
    if run.exit_code() != OK and ended is not None and api.can_gain(ended):
        click.echo(f"go on with: {how_to_go_on(run.folder)}", err=as_json)
    return run.exit_code()


def _say_report(folder: Path, report: Report, *, as_json: bool) -> None:
    from bench.session import shown_path

    if as_json:
        click.echo(report.model_dump_json())
        return
    from bench.report.terminal import console, report_table

    screen = console()
    screen.print(report_table(report))
    made = next((one for one in ("report.html", "report.json") if (folder / one).is_file()), "")
    screen.print(f"report: {shown_path(folder)}/{made}", soft_wrap=True)


def _say_inferred(folder: Path, inferred: Inferred, *, as_json: bool) -> None:
    from bench.session import how_to_go_on

    if as_json:
        from bench import jsonl

        click.echo(jsonl.line({"inferred": asdict(inferred)}), nl=False)
        return
    from bench.report.terminal import console, listing

    rows = [
        (job.id, job.status, *(str(one) for one in astuple(job.counts))) for job in inferred.jobs
    ]
    console().print(listing(["job", "status", "expected", "answered", "failed"], rows))
    click.echo(f"inferred, not scored: {how_to_go_on(folder)} --stages score,report")


def _later(run: Path, stages: tuple[Stage, ...], *, as_json: bool) -> int:
    """What asks no model: from the run's folder alone."""
    from bench import api, store
    from bench.runner import exit_code

    lenient = store.open_run(run).lenient
    report = api.later_stages(run, stages)
    _say_report(run.resolve(), report, as_json=as_json)
    return exit_code(report, lenient=lenient)


@contextmanager
def _stopping(cancel: Callable[[], None], how_to_go_on: str) -> Iterator[None]:
    """The first ^C or SIGTERM stops the run in good order; a second one stops at once."""
    before = {}

    def stop(number: int, _frame: object) -> None:
        said = f"the report of what there is will be written; go on with: {how_to_go_on}"
        click.echo(f"\nstopping: {said}", err=True)
        cancel()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
