"""The way through the house: environments, servers, jobs; the report is made of what they leave.

plan ──► environments ──► engines, gateway ──► jobs ──► (assemble) report.json, records.jsonl

With `stages: infer` it ends with the jobs: what they have left can be scored on another machine.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import bench
from bench import store
from bench.assemble import report_run
from bench.errors import INTERRUPTED, NOT_OK, OK, BenchError, EnvironmentBuildError
from bench.execution import Outcome, execute, failed_outcome, write_folder
from bench.inferred import Inferred, inferred
from bench.ledger import Ledger
from bench.plan import Job, Plan
from bench.preparation import Preparation, stopped
from bench.resumption import Resumed
from bench.schema import Event, Report, RunUsed
from bench.serving import Gateway
from bench.session import RunLock, how_to_go_on, put_aside, put_report_aside
from bench.watch import Watch


class Run:
    """One `bench eval`: iterate over `events()`, then ask for `report` and `exit_code()`.

    `inferred` is there instead of `report` where the config's stages end with infer.

    The work is done in a thread of its own. `cancel` may be called at any time: the jobs that run
    are stopped, the rest are cancelled, and the report is still written. So it is when the loop
    over the events is left early, by ^C for one. `resumed`: what is there already, for a run that
    goes on.
    """

    def __init__(
        self, plan: Plan, folder: Path, command: tuple[str, ...], resumed: Resumed | None = None
    ) -> None:
        self.plan, self.folder, self.command = plan, folder, command
        self.report: Report | None = None
        self.inferred: Inferred | None = None
        self._resumed = resumed
        left = None if resumed is None else resumed.left
        self._jobs = [job for job in plan.jobs if left is None or job.id in left]
        self._session = 1 if resumed is None else resumed.run.session + 1
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._bug: BaseException | None = None
        self._ledger = Ledger(folder)
        self._watch: Watch | None = None
        self._preparation = Preparation(
            plan,
            self._jobs,
            folder,
            session=self._session,
            emit=self._events.put,
            stopping=self._stop.is_set,
        )

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
        return exit_code(self.report or self.inferred, lenient=self.plan.lenient)

    def _work(self) -> None:
        lock = None
        try:
            lock = self._resumed.lock if self._resumed else RunLock(self.folder)
            if self._jobs:
                self._do_session()
            else:
                self._as_it_is()
            made = self.folder / store.REPORT if self.report else self.folder
            self._emit(Event(event="run_finished", text=str(made)))
        except BaseException as error:  # noqa: BLE001  (raised again where events() is read)
            self._bug = error
        finally:
            if lock is not None:
                lock.release()
            self._events.put(None)

    def _do_session(self) -> None:
        with ExitStack() as stack:
            run = self._begin()
            self._preparation.build_environments()
            self._preparation.start_engines(stack)
            gateway = self._preparation.start_gateway(stack)
            # All jobs' folders before the first job begins: a run that is killed can be scored.
            for job in self._jobs:
                self._write_job(job, gateway)
            if gateway is not None:
                self._watch = Watch(
                    self._preparation, gateway, self._ledger, self._emit, self._stop
                )
                stack.callback(self._watch.stop)
                self._watch.start()
            with ThreadPoolExecutor(self.plan.config.parallel, "bench-job") as threads:
                doing = [threads.submit(self._do, job) for job in self._jobs]
            for one in doing:
                one.result()
        self._finish(run)

    def _as_it_is(self) -> None:
        """Nothing is left to do: no process is started, and no file that is there is changed."""
        self._emit(Event(event="run_started", text=str(self.folder), total=0))
        self._emit(Event(event="run_resumed", text="nothing to resume"))
        if not self.plan.config.does("score"):
            self.inferred = inferred(self.folder)
            return
        try:
            self.report = store.read_report(self.folder)
        except BenchError:
            self._finish(store.open_run(self.folder))

    def _finish(self, run: store.RunDescribed) -> None:
        finished = run.run.model_copy(update={"finished_at": _now()})
        store.write_run(self.folder, run.model_copy(update={"run": finished}))
        if self.plan.config.does("score"):
            self.report = report_run(self.folder)
        else:
            self.inferred = inferred(self.folder)

    def _emit(self, event: Event) -> None:
        self._events.put(event)

    def _begin(self) -> store.RunDescribed:
        now = _now()
        run = self._described(now) if self._resumed is None else self._resumed.again(now)
        store.write_run(self.folder, run)
        self._emit(Event(event="run_started", text=str(self.folder), total=len(self._jobs)))
        if self._resumed:
            put_report_aside(self.folder, self._session - 1)
            self._emit(Event(event="run_resumed", text=self._resumed.said()))
        return run

    def _described(self, now: str) -> store.RunDescribed:
        config = self.plan.config
        return store.RunDescribed(
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
            cwd=str(Path.cwd()),
            lenient=self.plan.lenient,
        )

    def _write_job(self, job: Job, gateway: Gateway | None) -> None:
        folder = store.job_folder(self.folder, job.id)
        notes = self._resumed.notes.get(job.id, ()) if self._resumed else ()
        put_aside(self.folder, folder, f"{job.id}--{self._session - 1}")
        url = gateway.url(job.id) if gateway else ""
        write_folder(job, folder, url, self.plan.config.parallel)
        store.write_samples(self.folder, job.id, job.task.samples)
        store.write_transcripts(self.folder, job.id, job.task.transcripts)
        described = self._preparation.describe(job).model_copy(update={"notes": notes})
        self._ledger.enter(job, described)

    def _do(self, job: Job) -> None:
        try:
            self._emit(Event(event="job_started", job=job.id, total=len(job.task.samples) or None))
            outcome = self._refusal(job) or self._ending(job) or self._outcome(job)
            self._ledger.end(job, outcome)
        except BaseException:
            self._stop.set()  # the other jobs need not be waited for
            raise
        text = outcome.trouble.message if outcome.trouble else ""
        self._emit(Event(event="job_ended", job=job.id, status=outcome.status, text=text))

    def _refusal(self, job: Job) -> Outcome | None:
        """Why it cannot begin."""
        gone = self._watch.gone.get(job.model.name) if self._watch and job.model else None
        if gone:
            return failed_outcome("failed", "engine", gone)
        return self._preparation.refused.get(job.id)

    def _outcome(self, job: Job) -> Outcome:
        outcome = execute(
            job,
            store.job_folder(self.folder, job.id),
            self._preparation.launch_of(job),
            container=self.plan.config.container,
            timeout_s=self.plan.config.job_timeout_s,
            stopping=lambda: self._ending(job),
            emit=self._emit,
        )
        # A job may call itself done because its last requests met no gateway, and failed at once.
        return self._without_gateway(job) or outcome

    def _ending(self, job: Job) -> Outcome | None:
        """With what it is to be stopped now."""
        return stopped() if self._stop.is_set() else self._without_gateway(job)

    def _without_gateway(self, job: Job) -> Outcome | None:
        ending = self._watch.gateway_ended() if self._watch and job.asks_endpoint else None
        if ending is None:
            return None
        said = f"the gateway ended ({ending}); {how_to_go_on(self.folder)} goes on"
        return failed_outcome("crashed", "gateway", said)


def exit_code(ended: Report | Inferred | None, *, lenient: bool) -> int:
    """0 only where every job is ok and nothing failed; `lenient` forgives unsupported jobs."""
    if ended is None:
        return NOT_OK
    good = all(
        (job.status == "ok" and not job.counts.failed) or (lenient and job.status == "unsupported")
        for job in ended.jobs
    )
    return OK if good else NOT_OK


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
