"""The way through the house: environments, servers, jobs; the report is made of what they leave.

plan ──► environments ──► engines, gateway ──► jobs ──► (assemble) report.json, records.jsonl
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import bench
from bench import store
from bench.assemble import report_run
from bench.errors import INTERRUPTED, NOT_OK, OK, EnvironmentBuildError
from bench.execution import Outcome, execute, write_folder
from bench.plan import Job, Plan
from bench.preparation import Preparation, environment_name, stopped
from bench.schema import Event, HarnessUsed, Report, RunUsed
from bench.serving import Gateway, adapter_environment


class Run:
    """One `bench eval`: iterate over `events()`, then ask for `report` and `exit_code()`.

    The work is done in a thread of its own. `cancel` may be called at any time: the job that runs
    is stopped, the rest are cancelled, and the report is still written. So it is when the loop
    over the events is left early, by ^C for one.
    """

    def __init__(self, plan: Plan, folder: Path, command: tuple[str, ...]) -> None:
        self.plan, self.folder, self.command = plan, folder, command
        self.report: Report | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._bug: BaseException | None = None
        self._preparation = Preparation(plan, folder, self._events.put, self._stop.is_set)

    def cancel(self) -> None:
        self._stop.set()

    def events(self) -> Iterator[Event]:
        """What happens, as it happens. Every process of the run has ended after the last one."""
        thread = threading.Thread(target=self._work, name="bench-run")
        thread.start()
        try:
            while (event := self._events.get()) is not None:
                yield event
        except BaseException:
            self.cancel()
            raise
        finally:
            thread.join()
        if self._bug is not None:
            raise self._bug

    def exit_code(self) -> int:
        """130 interrupted, 3 an environment could not be built, 1 anything not ok, else 0."""
        if self._stop.is_set():
            return INTERRUPTED
        if self._preparation.environment_failed:
            return EnvironmentBuildError.exit_code
        return exit_code(self.report, lenient=self.plan.lenient)

    def _work(self) -> None:
        try:
            with ExitStack() as stack:
                run = self._begin()
                self._preparation.build_environments()
                self._preparation.start_engines(stack)
                gateway = self._preparation.start_gateway(stack)
                for job in self.plan.jobs:
                    self._write_job(job, gateway)
                for job in self.plan.jobs:
                    self._do(job)
            finished = run.run.model_copy(update={"finished_at": _now()})
            store.write_run(self.folder, run.model_copy(update={"run": finished}))
            self.report = report_run(self.folder)
            self._emit(Event(event="run_finished", text=str(self.folder / store.REPORT)))
        except BaseException as error:  # noqa: BLE001  (raised again where events() is read)
            self._bug = error
        finally:
            self._events.put(None)

    def _emit(self, event: Event) -> None:
        self._events.put(event)

    def _begin(self) -> store.RunDescribed:
        config, now = self.plan.config, _now()
        run = store.RunDescribed(
            run=RunUsed(
                id=self.folder.name,
                started_at=now,
                finished_at=now,
                command=self.command,
                config_sha256=config.digest(),
                bench_version=bench.__version__,
                limit=config.limit,
                seed=config.seed,
            ),
            jobs=tuple(job.id for job in self.plan.jobs),
            config=config.model_dump(mode="json"),
            lenient=self.plan.lenient,
        )
        store.write_run(self.folder, run)
        self._emit(Event(event="run_started", text=str(self.folder), total=len(self.plan.jobs)))
        return run

    def _write_job(self, job: Job, gateway: Gateway | None) -> None:
        """All jobs' folders before the first job begins: a run that is killed can be scored."""
        folder = store.job_folder(self.folder, job.id)
        write_folder(job, folder, gateway.url(job.id) if gateway else None)
        store.write_samples(self.folder, job.id, job.task.samples)
        store.write_described(self.folder, self._preparation.describe(job))

    def _do(self, job: Job) -> None:
        described = self._preparation.describe(job)
        self._emit(Event(event="job_started", job=job.id, total=len(job.task.samples) or None))
        folder = store.job_folder(self.folder, job.id)
        outcome = self._preparation.refused.get(job.id) or self._outcome(job, folder)
        version = (outcome.result.versions if outcome.result else {}).get("harness")
        ended = described.model_copy(
            update={
                "status": outcome.status,
                "troubles": (outcome.trouble,) if outcome.trouble else (),
                "harness": HarnessUsed(
                    name=job.harness.name, version=version or job.harness.version
                ),
            }
        )
        store.write_described(self.folder, ended)
        text = outcome.trouble.message if outcome.trouble else ""
        self._emit(Event(event="job_ended", job=job.id, status=outcome.status, text=text))

    def _outcome(self, job: Job, folder: Path) -> Outcome:
        if self._stop.is_set():
            return stopped()
        return execute(
            job,
            folder,
            self._preparation.environments[environment_name(job.harness)],
            adapter_environment(self._preparation.secrets()),
            timeout_s=self.plan.config.job_timeout_s,
            cancelled=self._stop.is_set,
            emit=self._emit,
        )


def exit_code(report: Report | None, *, lenient: bool) -> int:
    """0 only where every job is ok and nothing failed; `lenient` forgives unsupported jobs."""
    if report is None:
        return NOT_OK
    good = all(
        (job.status == "ok" and not job.counts.failed) or (lenient and job.status == "unsupported")
        for job in report.jobs
    )
    return OK if good else NOT_OK


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
