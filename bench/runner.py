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
from bench.adapter import Adapter
from bench.assemble import report_run
from bench.environment import Environment, build
from bench.errors import INTERRUPTED, NOT_OK, OK, BenchError, EnvironmentBuildError
from bench.execution import Outcome, execute, failed_outcome, write_folder
from bench.gateway.settings import Endpoint, GatewaySettings
from bench.model import Model
from bench.plan import Job, Plan
from bench.schema import (
    EnvironmentUsed,
    Event,
    HarnessUsed,
    ModelUsed,
    Report,
    RunUsed,
    TaskUsed,
)
from bench.serving import Engine, Gateway, adapter_environment, start_engine, start_gateway


class _StoppedError(Exception):
    """Inside a long step: the user has asked to stop."""


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
        self._environments: dict[str, Environment] = {}
        self._engines: dict[str, Engine] = {}
        self._refused: dict[str, Outcome] = {}
        self._failures: dict[str, BenchError] = {}
        self._environment_failed = False

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
        if self._environment_failed:
            return EnvironmentBuildError.exit_code
        return exit_code(self.report, lenient=self.plan.lenient)

    def _work(self) -> None:
        try:
            with ExitStack() as stack:
                run = self._begin()
                self._build_environments()
                self._start_engines(stack)
                gateway = self._start_gateway(stack)
                for job in self.plan.jobs:
                    self._prepare(job, gateway)
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

    def _alive(self) -> None:
        if self._stop.is_set():
            raise _StoppedError

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

    def _build_environments(self) -> None:
        """Each once; what goes wrong is kept for the jobs that it stops."""
        for job in self.plan.jobs:
            if job.refused:
                self._refused[job.id] = failed_outcome("unsupported", "unsupported", job.refused)
                continue
            if self._stop.is_set():
                self._refused[job.id] = _stopped()
            for adapter in (job.harness, job.engine):
                if adapter and job.id not in self._refused:
                    self._build_environment(job, adapter, _environment_name(adapter))

    def _build_environment(self, job: Job, adapter: Adapter, name: str) -> None:
        if name in self._failures:
            self._refuse(job, "environment", self._failures[name])
        if name in self._environments or name in self._failures:
            return

        def say(text: str) -> None:
            self._alive()
            self._emit(Event(event="environment", name=name, text=text))

        flavour = job.flavour if job.flavour in adapter.flavours else adapter.flavours[0]
        try:
            self._environments[name] = build(adapter, flavour, say)
            self._emit(Event(event="environment", name=name, text="ready"))
        except _StoppedError:
            self._refused[job.id] = _stopped()
        except BenchError as error:
            self._environment_failed = True
            self._failures[name] = error
            self._refuse(job, "environment", error)

    def _start_engines(self, stack: ExitStack) -> None:
        for job in self.plan.jobs:
            if self._stop.is_set():
                self._refused.setdefault(job.id, _stopped())
            if job.engine and job.model and job.id not in self._refused:
                self._start_engine(job, job.engine, job.model, stack)

    def _start_engine(self, job: Job, adapter: Adapter, model: Model, stack: ExitStack) -> None:
        name = f"model {model.name}"
        if name in self._failures:
            self._refuse(job, "engine", self._failures[name])
        if model.name in self._engines or name in self._failures:
            return
        self._emit(Event(event="engine", name=model.name, text="starting"))
        environment = self._environments[_environment_name(adapter)]
        folder = self.folder / store.ENGINES / model.name
        try:
            engine = start_engine(
                adapter, environment, model, folder, self._alive, secrets=self._secrets()
            )
        except _StoppedError:
            self._refused[job.id] = _stopped()
        except BenchError as error:
            self._failures[name] = error
            self._refuse(job, "engine", error)
        else:
            stack.callback(engine.child.stop)
            self._engines[model.name] = engine
            self._emit(Event(event="engine", name=model.name, text="ready"))

    def _secrets(self) -> set[str]:
        """The variables that hold API keys: only the gateway gets them."""
        named = {job.model.api_key_env for job in self.plan.jobs if job.model}
        return {name for name in named if name}

    def _refuse(self, job: Job, kind: str, error: BenchError) -> None:
        said = f"{error.message} ({error.hint})" if error.hint else error.message
        self._refused[job.id] = failed_outcome("failed", kind, said)

    def _start_gateway(self, stack: ExitStack) -> Gateway | None:
        models, jobs = {}, {}
        for job in self.plan.jobs:
            if job.model and job.id not in self._refused:
                models[job.model.name] = self._endpoint(job)
                jobs[job.id] = job.model.name
        if not jobs:
            return None
        folder = self.folder / store.GATEWAY
        try:
            gateway = start_gateway(GatewaySettings(models=models, jobs=jobs), folder, self._alive)
        except _StoppedError:
            return None
        except BenchError as error:
            for job in self.plan.jobs:
                if job.id in jobs:
                    self._refuse(job, "gateway", error)
            return None
        stack.callback(gateway.child.stop)
        return gateway

    def _endpoint(self, job: Job) -> Endpoint:
        model = job.model
        engine = self._engines.get(model.name) if model else None
        return Endpoint(
            base_url=engine.base_url if engine else (model and model.base_url) or "",
            api_key_env=model.api_key_env if model else None,
            **job.requests.model_dump(exclude_none=True),
        )

    def _prepare(self, job: Job, gateway: Gateway | None) -> None:
        """All jobs' folders before the first job begins: a run that is killed can be scored."""
        folder = store.job_folder(self.folder, job.id)
        write_folder(job, folder, gateway.url(job.id) if gateway else None)
        store.write_samples(self.folder, job.id, job.task.samples)
        store.write_described(self.folder, self._describe(job))

    def _do(self, job: Job) -> None:
        described = self._describe(job)
        self._emit(Event(event="job_started", job=job.id, total=len(job.task.samples) or None))
        folder = store.job_folder(self.folder, job.id)
        outcome = self._refused.get(job.id) or self._outcome(job, folder)
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
            return _stopped()
        return execute(
            job,
            folder,
            self._environments[_environment_name(job.harness)],
            adapter_environment(self._secrets()),
            timeout_s=self.plan.config.job_timeout_s,
            cancelled=self._stop.is_set,
            emit=self._emit,
        )

    def _describe(self, job: Job) -> store.JobDescribed:
        environment = self._environments.get(_environment_name(job.harness))
        engine = self._engines.get(job.model.name) if job.model else None
        return store.JobDescribed(
            id=job.id,
            harness=HarnessUsed(name=job.harness.name, version=job.harness.version),
            model=ModelUsed(
                name=job.model.name if job.model else "none",
                engine=job.engine.name if job.engine else None,
                engine_versions=engine.versions if engine else {},
                served_id=job.model.endpoint_id if job.model else None,
                pipeline=job.engine.pipeline if job.engine else False,
            ),
            task=TaskUsed(
                name=job.task.name,
                kind=job.task.kind,
                version=job.task.version,
                content_sha256=job.task.content_sha256,
            ),
            environment=EnvironmentUsed(
                key=environment.key if environment else None,
                flavour=environment.flavour if environment else None,
                python=environment.interpreter.version if environment else None,
                lock_sha256=environment.lock_sha256 if environment else None,
                note=environment.note if environment else None,
            ),
            metrics=job.task.metrics,
            levels=job.task.levels,
            field_types=dict(job.task.field_types),
            failure_texts=job.harness.failures.texts,
            through_gateway=job.model is not None,
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


def _environment_name(adapter: Adapter) -> str:
    return f"{adapter.kind} {adapter.name}"


def _stopped() -> Outcome:
    return failed_outcome("cancelled", "cancelled", "stopped by the user")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
