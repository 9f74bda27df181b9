"""Config -> Plan: which jobs there are, and what each is given. Reads files, builds nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.adapter import Adapter, Flavour, adapters, find_adapter
from bench.config import Requests, RunConfig
from bench.errors import UsageError, suggestion
from bench.model import Model, find_model
from bench.task import Task, benchmark_task, document_tasks
from bench.task.given import check_given, prompt_files

DEFAULT_PARAMETERS: dict[str, Any] = {"temperature": 0, "max_tokens": 2048}
DEFAULT_REQUESTS = Requests(concurrency=4, timeout_s=120.0, attempts=3)


@dataclass(frozen=True)
class Job:
    """One harness x model x task. `refused` says why the harness cannot do it, if it cannot."""

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
    refused: str | None = None


@dataclass(frozen=True)
class Plan:
    """`lenient`: the harnesses were not named one by one, so a refused job is no failure."""

    config: RunConfig
    jobs: tuple[Job, ...]
    lenient: bool = False


def make_plan(config: RunConfig, environ: Mapping[str, str] = os.environ) -> Plan:
    """Everything that can be wrong with a config is found here; UsageError or SourceError."""
    lenient = config.backend == ("all",)
    harnesses = _harnesses(config)
    models = [find_model(name) for name in config.model]
    _one_each("model", [model.name for model in models])
    for model in models:
        if model.api_key_env and not environ.get(model.api_key_env):
            raise UsageError(
                f"model {model.name!r} needs the variable {model.api_key_env}: not set, or empty",
                hint=f"export {model.api_key_env}=...",
            )
    tasks = [task for name in config.task for task in _tasks(name, harnesses, config, environ)]
    if not tasks:
        raise UsageError("no task is named", hint="--task NAME; `bench task list` shows them")
    if config.prompt:
        documents = [name for name in config.task if not _owners(name, harnesses)]
        check_given(config.prompt, documents, tasks)
    jobs = tuple(
        _job(config, harness, model, task, environ)
        for harness in harnesses
        for model in _models(harness, models)
        for task in tasks
    )
    _one_each("job", [job.id for job in jobs])
    return Plan(config, jobs, lenient)


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


def _owners(benchmark: str, harnesses: list[Adapter]) -> list[Adapter]:
    return [harness for harness in harnesses if benchmark in harness.benchmarks()]


def _tasks(
    name: str, harnesses: list[Adapter], config: RunConfig, environ: Mapping[str, str]
) -> tuple[Task, ...]:
    owners = _owners(name, harnesses)
    if not owners:
        return document_tasks(name, limit=config.limit, prompts=prompt_files(config.prompt))
    folder = config.data or (Path(environ["LMUData"]) if environ.get("LMUData") else None)
    if folder is None:
        raise UsageError(
            f"{name} is a benchmark of {owners[0].name} and needs its file {name}.tsv",
            hint="name the folder that holds it: --data DIR, `data:` in the config, or LMUData",
        )
    file = folder / f"{name}.tsv"
    if not file.is_file():
        raise UsageError(f"{file} is missing", hint=f"{name} is read from there (--data)")
    return (benchmark_task(name, file),)


def _job(
    config: RunConfig,
    harness: Adapter,
    model: Model | None,
    task: Task,
    environ: Mapping[str, str],
) -> Job:
    own: dict[str, Any] = model.parameters if model else {}
    options = _options(config, harness, environ)
    engine = None
    if model and model.engine_name:
        engine = find_adapter("engine", model.engine_name)
        _known_keys(f"{model.name}: arguments", model.arguments, engine.arguments)
    return Job(
        id=_slug("--".join([harness.name, model.name if model else "no-model", task.name])),
        harness=harness,
        model=model,
        engine=engine,
        task=task,
        flavour=config.flavour,
        limit=config.limit,
        parameters=DEFAULT_PARAMETERS | task.parameters | own | config.parameters,
        options=options,
        harness_args=_harness_args(config, harness, checkout="checkout" in options),
        requests=_requests(config.requests, model.requests if model else Requests()),
        refused=_refusal(harness, task, config.flavour),
    )


def _refusal(harness: Adapter, task: Task, flavour: Flavour) -> str | None:
    if task.kind == "document" and harness.tasks == "benchmark":
        return f"{harness.name} takes no document tasks"
    if task.kind == "benchmark" and task.name not in harness.benchmarks():
        return f"{harness.name} does not know the benchmark {task.name}"
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
