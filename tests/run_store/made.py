"""Folders of runs, as `bench eval` leaves them, with numbers as wanted."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import store
from bench.quality_rows import Interval
from bench.schema import Counts, ModelUsed, Report, RunUsed, TaskUsed
from tests.report import reports

BEGAN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def interval(low: float, high: float) -> Interval:
    return Interval(low=low, high=high, confidence=0.95, method="bootstrap", clusters=9)


def made_run(
    folder: Path,
    value: float,
    *,
    half: float = 0.05,
    model: str = "m",
    task: str = "tiny:m",
    day: int = 0,
    limit: int | None = None,
    groups: tuple[str, ...] = (),
    **job: Any,
) -> Path:
    """A scored run of one job, whose exact match is `value` ± `half`; `groups` of documents."""
    at = (BEGAN + dt.timedelta(days=day)).isoformat()
    used = RunUsed(
        id=folder.name,
        started_at=at,
        finished_at=at,
        command=("bench", "eval"),
        config_sha256="",
        bench_version="0",
        limit=limit,
        seed=0,
    )
    keys: dict[str, Any] = {"value": value, "interval": interval(value - half, value + half)}
    keys |= {"higher_is_better": True}
    global_ = reports.result("exact_match", **keys)
    of_groups = (reports.result("exact_match", "doc_type", group, **keys) for group in groups)
    given: dict[str, Any] = {
        "model": ModelUsed(name=model, engine=None, served_id=model),
        "task": TaskUsed(name=task, kind="document", version="1", content_sha256="c" * 64),
        "counts": Counts(expected=8, answered=8, failed=0, unscored=0),
        "results": (global_, *of_groups),
    }
    report = Report(run=used, jobs=(reports.job(**given | job),))
    folder.mkdir(parents=True)
    run = store.RunDescribed(run=used, jobs=tuple(one.id for one in report.jobs), config={})
    store.write_run(folder, run)
    store.write_report(folder, report, ())
    return folder


def made_runs(root: Path, number: int) -> None:
    """So many, of 5 tasks and 40 models over time, with 20 groups each."""
    dice = random.Random(7)
    groups = tuple(f"type {one}" for one in range(20))
    for count, (task, model) in zip(range(number), _asked(), strict=False):
        value = 0.3 + 0.6 * dice.random()
        made_run(root / f"run-{count:04}", value, model=model, task=task, day=count, groups=groups)


def _asked() -> Iterator[tuple[str, str]]:
    while True:
        for model in range(40):
            for task in range(5):
                yield f"task-{task}", f"model-{model}"
