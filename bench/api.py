"""The same as `bench eval`, from Python.

import bench

report = bench.evaluate({"backend": "echo", "task": "receipts:ocr"})

run = bench.start("configs/runs/receipts.yaml", limit=5)
for event in run.events():
    print(event.event, event.done, event.total)
print(run.report.jobs[0].counts, run.exit_code())

run = bench.resume("runs/20260101-120000-receipts")  # one that was stopped
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import report as reports
from bench import store
from bench.assemble import report_run
from bench.config import RunConfig, load_config, make_config
from bench.errors import RunError
from bench.plan import Plan, make_plan
from bench.resumption import reopen
from bench.runner import Run
from bench.schema import Report

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
    return make_plan(resolve(config, overrides))


def start(config: Config | None = None, **overrides: Any) -> Run:
    """A Run in a fresh folder; it begins when its `events()` are read."""
    return begin(planned(config, **overrides), tuple(sys.argv))


def begin(plan: Plan, command: tuple[str, ...]) -> Run:
    folder = store.create_run(plan.config.out, plan.jobs[0].task.name)
    return Run(plan, folder, command)


def resume(folder: Path | str) -> Run:
    """Go on with a run that was stopped; what has an answer on record is not asked again.

    UsageError where another bench writes it, or what it asks has changed since it began.
    """
    place = Path(folder).resolve()
    found = reopen(place)
    return Run(found.plan, place, found.run.run.command, found)


def evaluate(config: Config | None = None, **overrides: Any) -> Report:
    """Do the whole run and return its report; the files lie in the run's folder.

    A job that is not ok does not raise: read `report.jobs[i].status` and `.counts`.
    """
    run = start(config, **overrides)
    for _ in run.events():
        pass
    return finish(run)


def finish(run: Run) -> Report:
    """Write the files for people; to be called when the events have ended."""
    if run.report is None:
        raise RunError("the run has not ended: read all of its events() first")
    return _written(run.folder, run.report)


def can_gain(report: Report) -> bool:
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
