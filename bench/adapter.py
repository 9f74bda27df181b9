"""adapter.toml -> Adapter: the shipped ones, and those of others in the BENCH_ADAPTERS folders."""

from __future__ import annotations

import csv
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from bench import resources, yaml
from bench.config import Human
from bench.errors import SourceError, UsageError, suggestion

Kind = Literal["harness", "engine", "judge", "hub"]
Flavour = Literal["cpu", "cuda"]
_FOLDERS: dict[Kind, str] = {
    "harness": "harnesses",
    "engine": "engines",
    "judge": "judges",
    "hub": "hubs",
}


class Failures(Human):
    """Texts that the harness writes in place of an answer: used only where no record exists."""

    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """One environment of an adapter: what is asked for, and what was resolved for it."""

    name: str
    requirements: Path
    lock: Path
    torch: bool
    torchvision: bool
    excludes: tuple[str, ...]


class Weights(Human):
    """The environment of jobs whose model runs in the harness's own process."""

    torch: bool = True
    torchvision: bool = False
    excludes: tuple[str, ...] = ()


class Adapter(Human):
    """The folder that speaks for one harness, one engine, one judge or one hub's client."""

    folder: Path
    protocol: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    kind: Kind
    summary: str
    version: str | None = None
    distribution: str | None = None
    python: Annotated[str, Field(pattern=r"^3\.\d+$")]
    flavours: Annotated[tuple[Flavour, ...], Field(min_length=1)]
    torch: bool = False
    torchvision: bool = False
    excludes: tuple[str, ...] = ()
    needs_model: bool = True
    tasks: Literal["document", "benchmark", "both"] = "both"
    pipeline: bool = False
    in_all: bool = True  # one of `--backend all`
    options: dict[str, str] = {}
    arguments: dict[str, str] = {}
    weights: Weights | None = None
    failures: Failures = Failures()

    @property
    def script(self) -> Path:
        return self.folder / ("serve.py" if self.kind == "engine" else "run.py")

    @property
    def lock(self) -> Path:
        return self.folder / "requirements.lock"

    @property
    def for_weights(self) -> Profile:
        """Where a model runs in the harness's own process."""
        if self.weights is None:
            return self.profile
        return Profile(
            name=f"{self.name}.weights",
            requirements=self.folder / "weights.in",
            lock=self.folder / "weights.lock",
            **self.weights.model_dump(),
        )

    @property
    def profile(self) -> Profile:
        """Where a model is behind an address."""
        return Profile(
            name=self.name,
            requirements=self.folder / "requirements.in",
            lock=self.lock,
            torch=self.torch,
            torchvision=self.torchvision,
            excludes=self.excludes,
        )

    def benchmarks(self) -> dict[str, dict[str, str]]:
        """What this harness knows, from its cached list: the harness is not asked."""
        return self._table("benchmarks.tsv")

    def harness_arguments(self) -> dict[str, dict[str, str]]:
        """The arguments of the harness's own entry: name, type, default, owner.

        `owner` is `free` for one that `harness_args` may set; else it says whose it is:
        `core: KEY`, the config's key that sets it, or `adapter: WHY` it is fixed.
        """
        return self._table("arguments.tsv")

    def _table(self, name: str) -> dict[str, dict[str, str]]:
        path = self.folder / name
        if not path.exists():
            return {}
        with path.open(encoding="utf-8", newline="") as file:
            return {row["name"]: row for row in csv.DictReader(file, delimiter="\t")}


def adapters(kind: Kind) -> dict[str, Adapter]:
    """All adapters of a kind, by name; a folder of BENCH_ADAPTERS comes before a shipped one."""
    shipped = resources.folder("adapters") / _FOLDERS[kind]
    own = [Path(part) for part in os.environ.get("BENCH_ADAPTERS", "").split(os.pathsep) if part]
    for folder in own:
        if not folder.is_dir():
            raise UsageError(
                f"BENCH_ADAPTERS: {folder} is no folder", hint="name the folder that holds adapters"
            )
    found: dict[str, Adapter] = {}
    for folder in (*own, shipped):
        for path in sorted(folder.glob("*/adapter.toml")):
            adapter = load_adapter(path)
            if adapter.kind == kind:
                found.setdefault(adapter.name, adapter)
    return found


def find_adapter(kind: Kind, name: str) -> Adapter:
    known = adapters(kind)
    if name not in known:
        word = "backend" if kind == "harness" else kind
        raise UsageError(f"unknown {word} {name!r}", hint=suggestion(name, known))
    return known[name]


def load_adapter(path: Path) -> Adapter:
    text = yaml.decoded(path, path.read_bytes())
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, str(error)) from None

    def wrong(way: yaml.KeyPath, message: str, hint: str | None) -> SourceError:
        found = re.search(rf"(?m)^\[?{re.escape(str(way[0]))}\b", text) if way else None
        if not found:
            return SourceError(path, message, hint=hint)
        line = text.count("\n", 0, found.start()) + 1
        return SourceError(path, message, line=line, column=1, hint=hint)

    if isinstance(values.get("protocol"), int) and values["protocol"] > 1:
        raise wrong(("protocol",), "needs a newer bench", "update vlmhyperbench")
    if "folder" in values:
        raise wrong(("folder",), "unknown key 'folder'", "it is where adapter.toml lies")
    adapter = yaml.validated(Adapter, values | {"folder": path.parent.resolve()}, wrong)
    if not adapter.script.is_file():
        raise SourceError(path, f"{adapter.script.name} is missing beside it")
    return adapter


def _broken(path: Path, said: str) -> SourceError:
    """The place stands at the end of what tomllib says: "(at line 3, column 5)"."""
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", said, re.DOTALL)
    if not found:
        return SourceError(path, said)
    what, line, column = found.groups()
    return SourceError(path, what, line=int(line), column=int(column))
