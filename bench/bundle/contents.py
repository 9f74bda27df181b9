"""Plan -> what a bundle of it holds: environments, and files with their places. Fetches nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench import resources
from bench.adapter import Adapter, Flavour, find_adapter
from bench.benchmarks import find_benchmark
from bench.bundle.licence import UNKNOWN
from bench.bundle.manifest import Kind, PackedModel, PackedTask
from bench.bundle.weights_origin import weights_origin
from bench.config import RunConfig
from bench.environment import Environment, plan_environment
from bench.errors import UsageError
from bench.local_data.copy import FILE as DATA_FILE
from bench.local_data.copy import Copy
from bench.metrics.plugins import origin
from bench.model import SUFFIXES, Model, Packaged, find_model, is_folder
from bench.plan import Job, Plan, make_plan
from bench.task import Task
from bench.task.folder import task_folder

ImageEngine = Literal["docker", "podman"]


@dataclass(frozen=True)
class Needed:
    """An environment, and how bench.environment.build is asked for it."""

    adapter: Adapter
    planned: Environment
    weights: bool = False
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copied:
    """A file of this machine and its `place` in the bundle. `sha256`: what it must be."""

    place: str
    path: Path
    kind: Kind
    licence: str = UNKNOWN
    source: str = ""
    sha256: str | None = None


@dataclass(frozen=True)
class Contents:
    """`packaged`: weights that packages carry, by model. `given`: what the config's names of models
    and tasks become; `notes`: what is needed and cannot be packed. `images`: which engine builds
    images of the environments; None: none are packed.
    """

    plan: Plan
    environments: tuple[Needed, ...]
    files: tuple[Copied, ...]
    packaged: Mapping[str, Packaged]
    models: tuple[PackedModel, ...]
    tasks: tuple[PackedTask, ...]
    given: Mapping[str, str]
    notes: tuple[str, ...]
    images: ImageEngine | None = None


def plan_of(config: RunConfig, environ: Mapping[str, str] = os.environ) -> Plan:
    """As a run would plan it, without the API keys, which only a run needs."""
    named = [find_model(name).api_key_env for name in config.model]
    return make_plan(config, {**{name: "-" for name in named if name}, **environ})


def images_of(config: RunConfig) -> ImageEngine | None:
    """A config that is run in docker's or podman's containers brings their images along."""
    return config.isolation if config.isolation in ("docker", "podman") else None


def contents_of(plan: Plan, images: ImageEngine | None = None) -> Contents:
    """UsageError for what no bundle can carry: paths of this machine, refused jobs, plug-ins."""
    jobs = [job for job in plan.jobs if not job.refused]
    refused = [job for job in plan.jobs if job.refused]
    if refused and (not plan.lenient or not jobs):
        raise UsageError(f"{refused[0].id} cannot run: {refused[0].refused}")
    for job in jobs:
        _check(job)
    models = {name: one for name in plan.config.model for one in [find_model(name)]}
    folders = {job.model.name: job.weights for job in jobs if job.model and job.weights}
    given: dict[str, str] = {}
    files = [*_model_files(models, given), *_task_files(plan.config, given)]
    for name, where in folders.items():
        model = next(one for one in models.values() if one.name == name)
        if isinstance(where, Path):
            files += _weight_files(model, where)
    files += _data_files([job.task for job in jobs])
    files += _prompt_files(plan.config)
    environments = tuple(_environments(jobs, images=images))
    files += _adapter_files(environments)
    return Contents(
        plan=plan,
        environments=environments,
        files=tuple({one.place: one for one in files}.values()),
        packaged={name: one for name, one in folders.items() if isinstance(one, Packaged)},
        models=tuple(_packed_model(one, folders.get(one.name), jobs) for one in models.values()),
        tasks=tuple(_packed_tasks(plan.config, jobs, given)),
        given=given,
        notes=tuple(_notes(plan.config, jobs, refused, images=images)),
        images=images,
    )


def _check(job: Job) -> None:
    own: dict[str, Any] = {f"options.{job.harness.name}": job.options}
    own[f"harness_args.{job.harness.name}"] = job.harness_args
    if job.model:
        own[f"{job.model.name}: arguments"] = job.model.arguments
    if job.in_process:
        own[f"{job.id}: in_process arguments"] = job.in_process.arguments
    for where, values in own.items():
        for key, value in values.items():
            if isinstance(value, str) and "/" in value and Path(value).expanduser().exists():
                raise UsageError(
                    f"{where}: {key} names {value}, a path of this machine",
                    hint="a bundle carries models, tasks, prompts, data and packages",
                )
    for use in job.task.metrics:
        package = origin(use.metric)
        if package is not None:
            raise UsageError(
                f"{job.task.name}: the metric {use.metric!r} comes with {package}",
                hint="a bundle carries the metrics of bench alone",
            )


def _environments(jobs: list[Job], *, images: ImageEngine | None) -> Iterator[Needed]:
    """With images, that of which an overlay is made as well: its image is the overlay's."""
    seen: set[Path] = set()
    for job in jobs:
        all_of_job = tuple(_of_job(job))
        over = [one for one in all_of_job if images and one.requires]
        below = [_needed(one.adapter, job.flavour, weights=one.weights) for one in over]
        for needed in (*all_of_job, *below):
            if needed.planned.folder not in seen:
                seen.add(needed.planned.folder)
                yield needed


def _of_job(job: Job) -> Iterator[Needed]:
    yield _needed(job.harness, job.flavour, **job.built)
    if job.engine:
        yield _needed(job.engine, job.flavour)
    if isinstance(job.weights, Packaged) and job.weights.convert:
        yield _needed(find_adapter("engine", "transformers"), job.flavour)


def _needed(adapter: Adapter, asked: Flavour, **which: Any) -> Needed:
    flavour = asked if asked in adapter.flavours else adapter.flavours[0]
    return Needed(adapter, plan_environment(adapter, flavour, **which), **which)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file that is not hidden, by its place below the folder; links are followed."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in place.parts)
        if path.is_file() and not hidden:
            yield place.as_posix(), path


def _model_files(models: Mapping[str, Model], given: dict[str, str]) -> Iterator[Copied]:
    for name, model in models.items():
        if Path(name).suffix in SUFFIXES:
            place = f"models/{model.name}{Path(name).suffix}"
            given[name] = place
            yield Copied(f"config/{place}", Path(name), "model", source=Path(name).name)


def _task_files(config: RunConfig, given: dict[str, str]) -> Iterator[Copied]:
    """Folders of tasks that do not come with bench."""
    shipped = resources.folder("docs_tasks").resolve()
    for name in config.task:
        place, colon, member = name.rpartition(":") if ":" in name else (name, "", "")
        if "/" not in place and find_benchmark(place) is not None:
            continue
        try:
            folder = task_folder(place).resolve()
        except UsageError:
            continue  # a harness's own name for a benchmark
        if folder.parent == shipped:
            continue
        taken = {one.partition(":")[0] for one in given.values()}
        packed = f"tasks/{folder.name}"
        others = [one for key, one in given.items() if key.rpartition(":")[0] == place]
        if others:
            packed = others[0].partition(":")[0]
        elif packed in taken:
            packed = f"{packed}-{len(taken)}"
        given[name] = f"{packed}{colon}{member}"
        licence, source = _told(folder)
        for below, path in _below(folder):
            yield Copied(f"config/{packed}/{below}", path, "task", licence, source)


def _told(folder: Path) -> tuple[str, str]:
    from bench import yaml
    from bench.task.file import FILE, TaskFile

    described = yaml.validate(yaml.load(folder / FILE), TaskFile)
    return described.licence, described.source or described.name


def _weight_files(model: Model, folder: Path) -> Iterator[Copied]:
    source = weights_origin(folder) or (
        model.weights if isinstance(model.weights, str) and not is_folder(model.weights) else None
    )
    for below, path in _below(folder):
        place = f"weights/{model.name}/{below}"
        yield Copied(place, path, "weights", model.licence or UNKNOWN, source or folder.name)


def _data_files(tasks: list[Task]) -> Iterator[Copied]:
    for task in tasks:
        licence = _licence(task)
        if task.file is not None:
            yield Copied(f"tables/{task.file.name}", task.file, "table", licence, task.file.name)
        if task.data is None:
            continue
        copy = Copy(task.data)
        source = copy.described.hub or copy.described.source.name
        place = f"data/{copy.name}"
        yield Copied(f"{place}/{DATA_FILE}", task.data / DATA_FILE, "data", licence, source)
        for below, stored in copy.described.files.items():
            path = task.data / below
            yield Copied(f"{place}/{below}", path, "data", licence, source, stored.sha256)


def _licence(task: Task) -> str:
    entry = find_benchmark(task.name.partition(":")[0])
    return (entry.licence if entry else None) or UNKNOWN


def _prompt_files(config: RunConfig) -> Iterator[Copied]:
    for number, place in enumerate(config.prompt):
        files = _below(place) if place.is_dir() else [(place.name, place)]
        for below, path in files:
            yield Copied(f"config/prompts/{number}/{below}", path, "prompt", source=path.name)


def _adapter_files(environments: tuple[Needed, ...]) -> Iterator[Copied]:
    """Those that do not come with bench."""
    shipped = resources.folder("adapters").resolve()
    for folder in {needed.adapter.folder for needed in environments}:
        if shipped not in folder.parents:
            for below, path in _below(folder):
                yield Copied(f"adapters/{folder.name}/{below}", path, "adapter", source=folder.name)


def _packed_model(model: Model, where: Path | Packaged | None, jobs: list[Job]) -> PackedModel:
    (flavour,) = {job.flavour for job in jobs}
    return PackedModel(
        name=model.name,
        licence=model.licence or UNKNOWN,
        weights=f"weights/{model.name}" if isinstance(where, Path) else None,
        package=where.package if isinstance(where, Packaged) else None,
        flavour=flavour,
    )


def _packed_tasks(
    config: RunConfig, jobs: list[Job], given: Mapping[str, str]
) -> Iterator[PackedTask]:
    for task in {job.task.name: job.task for job in jobs}.values():
        if task.kind == "benchmark":
            yield PackedTask(
                name=task.name,
                licence=_licence(task),
                data=f"data/{task.data.name}" if task.data else None,
                table=f"tables/{task.file.name}" if task.file else None,
            )
    for name in config.task:
        place = name.rpartition(":")[0] or name
        if name in given:
            folder = f"config/{given[name].partition(':')[0]}"
            yield PackedTask(name=name, licence=_told(task_folder(place))[0], folder=folder)
        elif find_benchmark(place) is None and any(
            job.task.kind == "document" and job.task.name.startswith(f"{place}:") for job in jobs
        ):
            yield PackedTask(name=name, licence=_told(task_folder(place))[0])


def _notes(
    config: RunConfig, jobs: list[Job], refused: list[Job], *, images: ImageEngine | None
) -> Iterator[str]:
    if config.isolation != "venv" and images is None:
        yield f"isolation {config.isolation}: its images are not packed"
    for job in {job.model.name: job for job in jobs if job.model}.values():
        if job.model and job.asks_endpoint and job.engine is None:
            yield f"{job.model.name} is asked at its server: {job.model.base_url} is not packed"
        if job.model and job.model.tokenizer:
            yield f"{job.model.name}: its tokenizer {job.model.tokenizer} is not packed"
    for job in refused:
        yield f"{job.id} cannot run: {job.refused}"
