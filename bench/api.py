"""The same as `bench eval`, from Python.

import bench

report = bench.evaluate({"backend": "echo", "task": "receipts:ocr"})

run = bench.start("configs/runs/receipts.yaml", limit=5)
for event in run.events():
    print(event.event, event.done, event.total)
print(run.report.jobs[0].counts, run.exit_code())

run = bench.resume("runs/20260101-120000-receipts")  # one that was stopped

run = bench.start("configs/runs/receipts.yaml", stages="infer")  # scored later, elsewhere
report = bench.rescore("runs/20260101-120000-receipts")
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import offline, store
from bench import report as reports
from bench.assemble import report_run
from bench.config import RunConfig, Stage, load_config, make_config
from bench.errors import RunError, UsageError
from bench.inferred import Inferred, check_inferred
from bench.isolation.required import require_engine
from bench.plan import Plan, make_plan
from bench.resumption import reopen
from bench.runner import Run
from bench.schema import Report
from bench.session import RunLock

Config = RunConfig | Mapping[str, Any] | Path | str


def resolve(config: Config | None, overrides: Mapping[str, Any]) -> RunConfig:
    """A config file's path, a mapping or a RunConfig, with `overrides` (None means not given)."""
    if isinstance(config, str | Path):
        config = load_config(Path(config))
    elif isinstance(config, Mapping):
        config = make_config(config)
    return make_config(overrides, config)


def planned(config: Config | None = None, **overrides: Any) -> Plan:
    """What would be done. UsageError or SourceError where the config is wrong."""
    plan = make_plan(resolve(config, overrides))
    offline.require(plan)
    return plan


def start(config: Config | None = None, **overrides: Any) -> Run:
    """A Run in a fresh folder; it begins when its `events()` are read."""
    return begin(planned(config, **overrides), tuple(sys.argv))


def begin(plan: Plan, command: tuple[str, ...]) -> Run:
    """UsageError, and no folder, where the plan's container engine does not answer."""
    require_engine(plan.config.isolation)
    folder = store.create_run(plan.config.out, plan.jobs[0].task.name)
    return Run(plan, folder, command)


def resume(folder: Path | str, stages: tuple[Stage, ...] = ()) -> Run:
    """Go on with a run that was stopped; what has an answer on record is not asked again.

    `stages` stand over those with which it was begun. UsageError where another bench writes it,
    what it asks has changed since it began, or it is to be inferred and nothing is left to ask.
    """
    place = Path(folder).resolve()
    found = reopen(place)
    plan = found.plan
    if stages:
        if stages == ("infer",) and not found.left:
            found.lock.release()
            raise UsageError(
                f"{folder} is inferred already: nothing is left to ask",
                hint=f"bench eval --resume {folder} --stages score,report",
            )
        plan = replace(plan, config=make_config({"stages": stages}, plan.config))
    return Run(plan, place, found.run.run.command, found)


def later_stages(folder: Path | str, stages: tuple[Stage, ...]) -> Report:
    """Score the answers of a run, write its report, or both; its folder alone is read.

    So it may have been inferred on another machine. UsageError where it has no answers, or has no
    report to write for people; where another bench writes it too.
    """
    place = Path(folder).resolve()
    store.open_run(place)
    lock = RunLock(place)
    try:
        if "score" in stages:
            check_inferred(place)
            report = report_run(place)
        else:
            report = store.read_report(place)
        return _written(place, report) if "report" in stages else report
    finally:
        lock.release()


def evaluate(config: Config | None = None, **overrides: Any) -> Report:
    """Do the whole run and return its report; the files lie in the run's folder.

    A job that is not ok does not raise: read `report.jobs[i].status` and `.counts`.
    """
    plan = planned(config, **overrides)
    if not plan.config.does("score"):
        raise UsageError("stages infer makes no report", hint="bench.start(...) and run.inferred")
    run = begin(plan, tuple(sys.argv))
    for _ in run.events():
        pass
    return finish(run)


def finish(run: Run) -> Report:
    """Write the files for people; to be called when the events have ended."""
    if run.report is None:
        if run.inferred is not None:
            raise UsageError(f"{run.folder} is inferred, not scored: it has no report yet")
        raise RunError("the run has not ended: read all of its events() first")
    return _written(run.folder, run.report) if run.plan.config.does("report") else run.report


def can_gain(report: Report | Inferred) -> bool:
    """Whether to resume the run may help: not where a harness cannot do a job."""
    return any(
        job.status != "unsupported" and (job.status != "ok" or job.counts.failed)
        for job in report.jobs
    )


def rescore(folder: Path | str) -> Report:
    """Collect and score a run's folder again: no model is asked."""
    place = Path(folder).resolve()
    return _written(place, report_run(place))


def scored(folder: Path | str) -> Report:
    """As `rescore`, without the files for people."""
    return report_run(Path(folder).resolve())


def _written(folder: Path, report: Report) -> Report:
    reports.write_files(folder, report, store.read_records(folder))
    return report
