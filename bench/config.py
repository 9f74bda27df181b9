"""One run's config: YAML or JSON, a mapping, or the command line's options over either."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bench import yaml
from bench.errors import UsageError


def _listed(value: object) -> object:
    """One name stands for a list of one."""
    return [value] if isinstance(value, str | Path) else value


def _divided(value: object) -> object:
    """Names of harnesses hold no comma: `a,b` is two of them, also inside a list."""
    listed = _listed(value)
    if not isinstance(listed, list | tuple):
        return listed
    return [part for one in listed for part in (one.split(",") if isinstance(one, str) else [one])]


def _by_model(value: object) -> object:
    """`FOLDER` and `MODEL=FOLDER` as a mapping; "" stands for the only model."""
    if isinstance(value, str | Path):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    pairs = [str(one).partition("=") for one in value]
    return {name if mark else "": folder if mark else name for name, mark, folder in pairs}


Stage = Literal["infer", "score", "report"]
STAGES: tuple[Stage, ...] = get_args(Stage)


def _in_a_row(named: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """In their order; each needs what the one before it has made."""
    places = sorted({STAGES.index(one) for one in named})
    for gap in set(range(places[0], places[-1])) - set(places) if places else ():
        raise ValueError(f"{', '.join(named)} leaves out {STAGES[gap]}, which comes between")
    return tuple(STAGES[place] for place in places)


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_listed)]


class Human(BaseModel):
    """A file that people write: an unknown key is an error, not a silent no-op."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Requests(Human):
    """How the gateway asks a model. Times in seconds.

    `timeout_s` holds for one answer; of a streamed one for its first chunk and for each gap, with
    `stream_timeout_s` for the whole. `attempts` counts the first one. `requests_per_minute` spaces
    the beginnings of all attempts at the model evenly.
    """

    concurrency: Annotated[int, Field(ge=1, le=1024)] | None = None
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    stream_timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    requests_per_minute: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class Container(Human):
    """What a job's container is made of and may use; nothing of it matters with `isolation: venv`.

    `base`: an image, or the tar of a root file system, with the adapter's Python on PATH. `wheels`:
    a folder with the files that the locks name. `memory_gb`: 10^9 bytes, without it all but an
    eighth of the machine's memory. `pids`: processes and threads together.
    """

    base: str | None = None
    wheels: Path | None = None
    memory_gb: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    pids: Annotated[int, Field(ge=16, strict=True)] = 4096


class RunConfig(Human):
    """What `bench eval` is asked to do."""

    backend: Annotated[tuple[str, ...], BeforeValidator(_divided)] = ()
    model: Names = ()
    task: Names = ()
    prompt: Paths = ()
    limit: Annotated[int, Field(ge=1, strict=True)] | None = None
    out: Path | None = None
    data: Path | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    flavour: Literal["cpu", "cuda"] = "cpu"
    parameters: dict[str, Any] = {}
    requests: Requests = Requests()
    job_timeout_s: Annotated[float, Field(gt=0)] | None = None
    options: dict[str, dict[str, Any]] = {}
    harness_args: dict[str, dict[str, Any]] = {}
    vlmevalkit_path: Path | None = None
    in_process: bool = False
    weights: Annotated[dict[str, Path], BeforeValidator(_by_model)] = {}
    parallel: Annotated[int, Field(ge=1, le=64, strict=True)] = 1
    isolation: Literal["venv", "docker", "podman", "apptainer"] = "venv"
    container: Container = Container()
    offline: bool = False
    stages: Annotated[tuple[Stage, ...], BeforeValidator(_divided), AfterValidator(_in_a_row)] = ()

    def digest(self) -> str:
        """sha256 of what was asked; where the run is kept, how many jobs run at a time and so on do
        not count: no request and no answer differs by them.
        """
        text = json.dumps(self.model_dump(mode="json", exclude=_NOT_ASKED), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def does(self, stage: Stage) -> bool:
        """No stage named: all of them."""
        return not self.stages or stage in self.stages


_PATHS = ("out", "data", "vlmevalkit_path")
_NOT_ASKED = {"out", "parallel", "stages", "offline", "isolation", "container"}


def load_config(path: Path) -> RunConfig:
    """Paths in the file are relative to its folder."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such config file")
    source = yaml.load(path)
    return anchored(yaml.validate(source, RunConfig), path.parent)


def anchored(config: RunConfig, folder: Path) -> RunConfig:
    """Its relative paths, and the names in it that are paths, taken from `folder`."""
    changed = {key: folder / value for key in _PATHS if (value := getattr(config, key)) is not None}
    tasks = tuple(_beside(folder, name) for name in config.task)
    models = tuple(_beside(folder, name) for name in config.model)
    named = {
        "task": tasks,
        "model": models,
        "prompt": tuple(folder / one for one in config.prompt),
        "weights": {name: folder / one for name, one in config.weights.items()},
        "container": _anchored_container(config.container, folder),
    }
    return config.model_copy(update=changed | named)


def _anchored_container(container: Container, folder: Path) -> Container:
    """`base` may be the name of an image: then it stays as it is."""
    wheels, base = container.wheels, container.base
    changed = {
        "wheels": folder / wheels if wheels else None,
        "base": str(folder / base) if base and (folder / base).exists() else base,
    }
    return container.model_copy(update=changed)


def _beside(folder: Path, name: str) -> str:
    """A name that is a path which exists below `folder`, as that path."""
    if "/" not in name and not name.endswith((".yaml", ".yml", ".json")):
        return name
    place, colon, member = name.partition(":")
    return f"{folder / place}{colon}{member}" if (folder / place).exists() else name


def make_config(values: Mapping[str, Any], base: RunConfig | None = None) -> RunConfig:
    """`values` (without the None ones) over `base`; UsageError names the key that is wrong."""
    given = {key: value for key, value in values.items() if value is not None}
    start = base.model_dump(exclude_unset=True) if base else {}

    def wrong(_way: yaml.KeyPath, message: str, hint: str | None) -> Exception:
        return UsageError(message, hint=hint)

    return yaml.validated(RunConfig, start | given, wrong)
