"""Going on with a run: what its folder holds is compared with what would be asked now.

A job that is ok, its counts closed and no sample failed, stays as it is; every other one is begun
anew, and the gateway answers from its record what was answered already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bench import collect, offline, store
from bench.adapter import Adapter
from bench.config import RunConfig, anchored, make_config
from bench.environment import may_be
from bench.errors import RunError, UsageError
from bench.execution import job_items, job_spec
from bench.gateway.record import RecordedRequest
from bench.isolation.required import require_engine
from bench.plan import Job, Plan, make_plan
from bench.process import end_left_of
from bench.protocol import (
    EngineSpec,
    Item,
    read_asked,
    read_items,
    read_job,
    read_one,
    read_predictions,
)
from bench.session import RunLock, engine_folders, last_job_folder
from bench.store import JobDescribed
from bench.task import FILE, shipped

ANEW = "start a new run"


@dataclass(frozen=True)
class Resumed:
    """`left`: the ids of the jobs that are to be done. `on_record`: answered requests of theirs."""

    run: store.RunDescribed
    plan: Plan
    left: frozenset[str]
    on_record: int
    notes: Mapping[str, tuple[str, ...]]
    lock: RunLock

    def again(self, now: str) -> store.RunDescribed:
        """run.json of the session that begins."""
        used = self.run.run.model_copy(update={"resumed_at": (*self.run.run.resumed_at, now)})
        return self.run.model_copy(update={"run": used})

    def said(self) -> str:
        jobs = f"{len(self.left)} of {len(self.plan.jobs)} jobs are left"
        return f"{jobs}; {self.on_record} of their requests are on record"


def reopen(folder: Path) -> Resumed:
    """UsageError where the run cannot go on: another bench writes it, or what it asks has changed.

    What a killed core has left running is waited for: it may write until it has ended.
    """
    store.open_run(folder)
    lock = RunLock(folder)
    try:
        end_left_of(lock.before)
        return _compared(folder, lock)
    except BaseException:
        lock.release()
        raise


def _compared(folder: Path, lock: RunLock) -> Resumed:
    run = store.open_run(folder)
    plan = make_plan(_config(run))
    offline.require(plan)
    _same_jobs(run, plan)
    requests = collect.requests_of(folder / store.GATEWAY)
    left, notes = set[str](), dict[str, tuple[str, ...]]()
    for job in plan.jobs:
        place = last_job_folder(folder, job.id)
        if place is None:
            left.add(job.id)
            continue
        described = store.described_in(place)
        _same(job, place, described, plan.config.parallel)
        notes[job.id] = described.notes
        if not _stands(folder, job, requests.get(job.id, [])):
            left.add(job.id)
            _same_locks(job, described)
            _same_engine(job, folder)
    if left:
        require_engine(plan.config.isolation)
    on_record = sum(one.status == "ok" for job in left for one in requests.get(job, []))
    return Resumed(run, plan, frozenset(left), on_record, notes, lock)


def _config(run: store.RunDescribed) -> RunConfig:
    """Its paths taken from the folder in which the run was begun."""
    home = Path(run.cwd)
    config = anchored(make_config(run.config), home)
    options = {name: dict(given) for name, given in config.options.items()}
    for given in options.values():
        if isinstance(given.get("checkout"), str):
            given["checkout"] = str(home / Path(given["checkout"]).expanduser())
    tasks = tuple(_own_task(home, name) for name in config.task)
    return config.model_copy(update={"task": tasks, "options": options})


def _own_task(home: Path, name: str) -> str:
    """A task's folder may be named without a slash."""
    place, colon, member = name.partition(":")
    own = place not in shipped() and (home / place / FILE).is_file()
    return f"{home / place}{colon}{member}" if own else name


def _same_jobs(run: store.RunDescribed, plan: Plan) -> None:
    now, then = [job.id for job in plan.jobs], list(run.jobs)
    if now != then:
        changed = sorted(set(now) ^ set(then)) or now
        raise UsageError(
            f"the jobs have changed since this run began: {', '.join(changed)}", hint=ANEW
        )


def _same(job: Job, place: Path, described: JobDescribed, parallel: int) -> None:
    """What was asked in `place` is what would be asked now."""
    task = job.task
    items = zip_longest(map(_asked, read_items(place)), map(_asked, job_items(job)))
    if task.content_sha256 != described.task.content_sha256 or any(
        one != other for one, other in items
    ):
        raise _changed(f"the task {task.name}", "samples, prompt or images")
    if described.task.prompts not in ((), task.prompts):  # a run of an older bench has none
        raise _changed(f"the task {task.name}", "what its prompts are called and are for")
    rules = (described.metrics, described.levels, described.field_types)
    if (task.metrics, task.levels, dict(task.field_types)) != rules:
        raise _changed(f"the task {task.name}", "metrics, levels or field types")
    known = described.task.asks is not None  # a run of an older bench does not say it
    if known and (task.asks, task.reading, task.classes) != (
        described.task.asks,
        described.task.reading,
        described.classes,
    ):
        raise _changed(f"the task {task.name}", "kind, reading (`extract`) or classes")
    then, now = read_job(place).model_dump(), job_spec(job, "", parallel).model_dump()
    for spec in (then, now):
        (spec["model"] or {}).pop("base_url", None)
    keys = [key for key in now if then[key] != now[key]]
    if keys:
        raise _changed(f"the job {job.id}", ", ".join(keys))


def _asked(item: Item) -> tuple[str, list[str], str, list[str]]:
    return item.id, list(item.images), item.prompt, list(item.references)


def _stands(folder: Path, job: Job, requests: list[RecordedRequest]) -> bool:
    """Whether nothing is to be gained: it is ok and complete, or its harness cannot do it."""
    place = store.job_folder(folder, job.id)
    if not (place / store.DESCRIBED).is_file():
        return False
    described = store.described_in(place)
    if described.status != "ok":
        return described.status == "unsupported"
    try:
        samples = (
            store.read_samples(folder, job.id)
            if job.task.kind == "document"
            else collect.benchmark_samples(read_asked(place))
        )
        found = collect.collect(described, samples, read_predictions(place), requests)
    except (RunError, OSError, ValueError):
        return False
    answered = all(answer.status == "answered" for answer in found.answers)
    return bool(samples) and found.closed and answered


def _same_locks(job: Job, described: JobDescribed) -> None:
    _same_lock(job, job.harness, described.environment.lock_sha256, **job.built)
    if job.engine and described.engine_environment:
        _same_lock(job, job.engine, described.engine_environment.lock_sha256)


def _same_lock(job: Job, adapter: Adapter, then: str | None, **which: Any) -> None:
    """Nothing is compared where no environment could be built. What it began with is built again
    where it must be (see Preparation).
    """
    flavour = job.flavour if job.flavour in adapter.flavours else adapter.flavours[0]
    if then is not None and then not in may_be(adapter, flavour, **which):
        raise _changed(f"the environment of {adapter.name}", "its lock")


def _same_engine(job: Job, folder: Path) -> None:
    if job.engine is None or job.model is None:
        return
    for place in engine_folders(folder, job.model.name):
        then = read_one(EngineSpec, place / "engine.json")
        if (then.engine, then.arguments) != (job.engine.name, job.model.arguments):
            raise _changed(f"the model {job.model.name}", "its engine or arguments")


def _changed(what: str, which: str) -> UsageError:
    return UsageError(f"{what} has changed since this run began ({which})", hint=ANEW)
