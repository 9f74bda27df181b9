"""One run's config: YAML or JSON, a mapping, or the command line's options over either."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bench import yaml
from bench.errors import UsageError


def _listed(value: object) -> object:
    """One name stands for a list of one."""
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Human(BaseModel):
    """A file that people write: an unknown key is an error, not a silent no-op."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Requests(Human):
    """How the gateway asks a model. Times in seconds."""

    concurrency: Annotated[int, Field(ge=1, le=1024)] | None = None
    timeout_s: Annotated[float, Field(gt=0)] | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None


class RunConfig(Human):
    """What `bench eval` is asked to do."""

    backend: Names = ()
    model: Names = ()
    task: Names = ()
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

    def digest(self) -> str:
        """sha256 of what was asked; where the run is kept does not count."""
        text = json.dumps(self.model_dump(mode="json", exclude={"out"}), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


_PATHS = ("out", "data", "vlmevalkit_path")


def load_config(path: Path) -> RunConfig:
    """Paths in the file are relative to its folder."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such config file")
    source = yaml.load(path)
    config = yaml.validate(source, RunConfig)
    changed = {
        key: path.parent / value for key in _PATHS if (value := getattr(config, key)) is not None
    }
    tasks = tuple(_beside(path.parent, name) for name in config.task)
    models = tuple(_beside(path.parent, name) for name in config.model)
    return config.model_copy(update=changed | {"task": tasks, "model": models})


def _beside(folder: Path, name: str) -> str:
    """A name that is a path which exists beside the config file, as that path."""
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
