"""Config -> Plan: which jobs there are, and what each is given. Reads files, builds nothing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.adapter import Adapter, Flavour, adapters, find_adapter
from bench.benchmark_task import TABLES, benchmark_task
from bench.config import Requests, RunConfig
from bench.errors import AbsentError, UsageError, suggestion
from bench.model import InProcess, Model, Packaged, find_model
from bench.task import AtHome, MetricUse, Task, document_tasks
from bench.task.given import check_given, prompt_files
from bench.weights import locate

DEFAULT_PARAMETERS: dict[str, Any] = {"temperature": 0, "max_tokens": 2048}
DEFAULT_REQUESTS = Requests(concurrency=4, timeout_s=120.0, attempts=3)


@dataclass(frozen=True)
class Job:
    """One harness x model x task. `refused` says why the harness cannot do it, if it cannot.

    `in_process`: the harness loads the model itself, from `weights`; else `engine` does, or
    somebody else's server. `home`: the benchmark in this harness. `absent`: of an offline run, why
    its weights are not known.
    """

    id: str
    harness: Adapter
    model: Model | None
    engine: Adapter | None
    task: Task
    flavour: Flavour
    limit: int | None
    parameters: dict[str, Any]
    options: dict[str, Any]
    harness_args: dict[str, Any]
    requests: Requests
    home: AtHome | None = None
    in_process: InProcess | None = None
    weights: Path | Packaged | None = None
    absent: AbsentError | None = None
    refused: str | None = None

    @property
    def asks_endpoint(self) -> bool:
        """Whether its model is asked over HTTP."""
        return self.model is not None and self.in_process is None

    @property
    def built(self) -> dict[str, Any]:
        """Which environment of its harness it runs in, as `bench.environment.build` takes it."""
        if self.in_process is None:
            return {}
        return {
            "weights": self.harness.weights is not None,
            "requires": self.in_process.requires,
        }


@dataclass(frozen=True)
class Plan:
    """`lenient`: the harnesses were not named one by one, so a refused job is no failure.

    `absent`: of an offline run, the tasks that have no jobs because their data is not here; such a
    plan is not to be carried out (see bench.offline).
    """

    config: RunConfig
    jobs: tuple[Job, ...]
    lenient: bool = False
    absent: tuple[AbsentError, ...] = ()


def make_plan(config: RunConfig, environ: Mapping[str, str] = os.environ) -> Plan:
    """Everything that can be wrong with a config is found here; UsageError or SourceError."""
    if not config.does("infer"):
        stages = ",".join(config.stages)
        raise UsageError(
            f"stages {stages}: a run begins with infer",
            hint=f"bench eval --resume {config.out or 'RUN'} --stages {stages} goes on with one",
        )
    _check_isolation(config, environ)
    lenient = config.backend == ("all",)
    harnesses = _harnesses(config)
    models = [find_model(name) for name in config.model]
    _one_each("model", [model.name for model in models])
    for model in models:
        if model.api_key_env and not config.in_process and not environ.get(model.api_key_env):
            raise UsageError(
                f"model {model.name!r} needs the variable {model.api_key_env}: not set, or empty",
                hint=f"export {model.api_key_env}=...",
            )
    asked, absent = _asked(harnesses, config, environ)
    tasks = [task for name in config.task for task in asked.get(name, ())]
    if not tasks and not absent:
        raise UsageError("no task is named", hint="--task NAME; `bench task list` shows them")
    if config.prompt:
        documents = [name for name, found in asked.items() if found[0].kind == "document"]
        check_given(config.prompt, documents, tasks)
    jobs = tuple(
        _job(config, harness, model, task, environ)
        for harness in harnesses
        for model in _models(harness, models)
        for task in tasks
    )
    _one_each("job", [job.id for job in jobs])
    return Plan(config, jobs, lenient, absent)


def _check_isolation(config: RunConfig, environ: Mapping[str, str]) -> None:
    name = config.isolation
    if name != "venv" and shutil.which(name, path=environ.get("PATH")) is None:
        raise UsageError(
            f"isolation {name}: no program {name!r} is on PATH",
            hint=f"install {name}, or leave --isolation out: venv is the default",
        )


def _harnesses(config: RunConfig) -> list[Adapter]:
    known = adapters("harness")
    if not config.backend:
        raise UsageError("no backend is named", hint=f"--backend {' | '.join(known)} | all")
    for key in ("options", "harness_args"):
        for name in sorted(set(getattr(config, key)) - set(known)):
            raise UsageError(f"{key}: unknown backend {name!r}", hint=suggestion(name, known))
    if config.backend == ("all",):
        return [one for one in known.values() if one.in_all]
    _one_each("backend", list(config.backend))
    return [find_adapter("harness", name) for name in config.backend]


def _models(harness: Adapter, models: list[Model]) -> list[Model] | list[None]:
    if models:
        return models
    if harness.needs_model:
        raise UsageError(
            f"{harness.name} needs a model", hint="--model NAME; `bench model list` shows them"
        )
    return [None]


def _asked(
    harnesses: list[Adapter], config: RunConfig, environ: Mapping[str, str]
) -> tuple[dict[str, tuple[Task, ...]], tuple[AbsentError, ...]]:
    """The tasks behind each name that is there; of an offline run, why others are not."""
    asked, absent = dict[str, tuple[Task, ...]](), list[AbsentError]()
    for name in config.task:
        try:
            asked[name] = _tasks(name, harnesses, config, environ)
        except AbsentError as error:
            if not config.offline:
                raise
            absent.append(error)
    return asked, tuple(absent)


def _tasks(
    name: str, harnesses: list[Adapter], config: RunConfig, environ: Mapping[str, str]
) -> tuple[Task, ...]:
    folder = config.data or (Path(environ["LMUData"]) if environ.get("LMUData") else None)
    benchmark = benchmark_task(name, harnesses, folder)
    if benchmark is not None:
        return (benchmark,)
    return document_tasks(name, limit=config.limit, prompts=prompt_files(config.prompt))


def _job(
    config: RunConfig,
    harness: Adapter,
    model: Model | None,
    task: Task,
    environ: Mapping[str, str],
) -> Job:
    own: dict[str, Any] = model.parameters if model else {}
    options = _options(config, harness, environ)
    refused = _refusal(harness, task, config.flavour)
    engine = in_process = weights = absent = None
    if model and (config.in_process or not model.has_endpoint):
        in_process = model.in_process.get(harness.name)
        refused = refused or _not_in_process(harness, model)
    elif model and model.engine_name:
        engine = find_adapter("engine", model.engine_name)
        _known_keys(f"{model.name}: arguments", model.arguments, engine.arguments)
    if model and model.weights is not None and (in_process or engine) and not refused:
        weights, absent = _located(config, model, environ)
    home = task.homes.get(harness.name)
    return Job(
        id=_slug("--".join([harness.name, model.name if model else "no-model", task.name])),
        harness=harness,
        model=model,
        engine=engine,
        task=_by_rules(task),
        flavour=config.flavour,
        limit=config.limit,
        parameters=DEFAULT_PARAMETERS | task.parameters | own | config.parameters,
        options=options,
        harness_args=_harness_args(config, harness, checkout="checkout" in options),
        requests=_requests(config.requests, model.requests if model else Requests()),
        home=home,
        in_process=in_process,
        weights=weights,
        absent=absent,
        refused=refused,
    )


def _by_rules(task: Task) -> Task:
    """With the metrics that are meant to be the harnesses' own: each is held against the number of
    its harness, and applied to the answers of the others, so that it is seen what a rule changes.
    """
    rules = dict.fromkeys(home.rule for home in task.homes.values() if home.rule)
    known = {use.label for use in task.metrics}
    more = tuple(MetricUse(metric=rule) for rule in rules if rule not in known)
    return replace(task, metrics=(*task.metrics, *more)) if more else task


def _located(
    config: RunConfig, model: Model, environ: Mapping[str, str]
) -> tuple[Path | Packaged | None, AbsentError | None]:
    """The weights; of an offline run, why they are not here."""
    try:
        return locate(model, _given_weights(config, model), environ), None
    except AbsentError as error:
        if not config.offline:
            raise
        return None, error


def _given_weights(config: RunConfig, model: Model) -> Path | None:
    """The folder that the run names for this model; "" stands for the only one."""
    return config.weights.get(model.name, config.weights.get(""))


def _not_in_process(harness: Adapter, model: Model) -> str | None:
    if harness.name in model.in_process:
        return None
    why = model.unsupported.get(harness.name, "its model file names no `in_process` entry for it")
    return f"{harness.name} cannot load {model.name} itself: {why}"


def _refusal(harness: Adapter, task: Task, flavour: Flavour) -> str | None:
    if task.kind == "document" and harness.tasks == "benchmark":
        return f"{harness.name} takes no document tasks"
    if task.kind == "benchmark" and harness.name not in task.homes:
        said = f"{harness.name} does not know the benchmark {task.name}"
        return task.missing.get(harness.name, said)
    if task.kind == "benchmark" and harness.tasks == "document":
        return f"{harness.name} runs no benchmarks of its own here"
    if task.kind == "benchmark" and task.data is None and harness.name != TABLES:
        return f"{harness.name} needs a local copy: bench data add {task.name} --from PATH"
    if flavour not in harness.flavours:
        return f"{harness.name} has no flavour {flavour}: it has {', '.join(harness.flavours)}"
    return None


def _options(config: RunConfig, harness: Adapter, environ: Mapping[str, str]) -> dict[str, Any]:
    options = dict(config.options.get(harness.name, {}))
    _known_keys(f"options.{harness.name}", options, harness.options)
    if harness.name == "vlmevalkit" and "checkout" not in options:
        checkout = config.vlmevalkit_path or environ.get("VLMEVAL_ROOT")
        if checkout:
            options["checkout"] = str(checkout)
    if options.get("checkout"):
        folder = Path(options["checkout"]).expanduser().resolve()
        if not (folder / "vlmeval").is_dir():
            raise UsageError(f"{folder} is no checkout of VLMEvalKit: it has no folder vlmeval")
        options["checkout"] = str(folder)
    return options


def _harness_args(config: RunConfig, harness: Adapter, *, checkout: bool) -> dict[str, Any]:
    """What goes to the harness's own entry as it is; what a key of ours sets does not.

    A checkout may have arguments of its own: the adapter asks its parser.
    """
    given = config.harness_args.get(harness.name, {})
    known = harness.harness_arguments()
    free = [name for name, row in known.items() if row["owner"] == "free"]
    for name in given:
        where = f"harness_args.{harness.name}: {name!r}"
        if name not in known:
            if checkout:
                continue
            hint = suggestion(name, free) if known else f"{harness.name} takes none"
            raise UsageError(f"{where} is no argument of {harness.name}", hint=hint)
        whose, _, which = known[name]["owner"].partition(":")
        if whose == "core":
            raise UsageError(f"{where} is set by the config's key {which.strip()}", hint="use that")
        if whose == "adapter":
            raise UsageError(f"{where} is fixed by the adapter: {which.strip()}")
    return given


def _requests(run: Requests, model: Requests) -> Requests:
    """The run's word over the model's over the default."""
    said = DEFAULT_REQUESTS.model_dump()
    for one in (model, run):
        said |= one.model_dump(exclude_none=True)
    return Requests(**said)


def _known_keys(where: str, given: Mapping[str, Any], known: Mapping[str, str]) -> None:
    for key in given:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}", hint=suggestion(key, known))


def _one_each(what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"the {what} {name!r} is named twice")


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)
