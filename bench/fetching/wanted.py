"""What a person names -> a repository of the hub and a revision of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.benchmarks import find_benchmark
from bench.benchmarks.compiled import PRESENT
from bench.benchmarks.entry import DataShape
from bench.errors import UsageError, suggestion
from bench.model import SUFFIXES, Model, find_model, is_folder, models

RepositoryKind = Literal["model", "dataset"]
_DATASETS = "datasets/"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_REVISION = re.compile(r"[\w][\w./-]*")


@dataclass(frozen=True)
class Wanted:
    """`name`: our model's or benchmark's, None where a hub's id was given. `shape`: which tables.

    `revision`: a branch, a tag or a commit; None is the hub's default branch.
    """

    kind: RepositoryKind
    id: str
    revision: str | None
    name: str | None = None
    shape: DataShape | None = None

    @property
    def label(self) -> str:
        return f"{self.id}@{self.revision}" if self.revision else self.id

    def folder(self, into: Path) -> Path:
        """A model lies where BENCH_WEIGHTS=`into` looks for its id."""
        below = into if self.kind == "model" else into / "datasets"
        organisation, _, name = self.label.partition("/")
        return below / organisation / name.replace("/", "--")

    def next_step(self, folder: Path) -> str:
        """The option or the command that takes the folder."""
        if self.kind == "model":
            return f"--weights {self.name or 'MODEL'}={folder}"
        return f"bench data add {self.name or 'NAME'} --from {folder}"


def wanted(name: str, revision: str | None = None) -> Wanted:
    """By a model file, a benchmark of ours, ORG/NAME, or datasets/ORG/NAME; each @REVISION too.

    UsageError where it is none of them, or has nothing on a hub.
    """
    if Path(name).suffix in SUFFIXES or name in models():
        return _of_model(find_model(name), revision)
    benchmark = None if "/" in name else find_benchmark(name)  # it reads past such signs
    if benchmark is not None:
        if benchmark.data is None:
            raise UsageError(
                f"{benchmark.name}: bench does not know which data set of a hub it is",
                hint="name the data set: datasets/ORGANISATION/NAME",
            )
        hub, shape = benchmark.data.hub, benchmark.data
        return _parsed("dataset", hub, revision, benchmark.name, shape)
    if "/" not in name:
        hint = f"{suggestion(name, [*models(), *PRESENT])}; a hub's id is ORGANISATION/NAME"
        raise UsageError(f"{name!r} is no model and no benchmark", hint=hint)
    if name.startswith(_DATASETS):
        return _parsed("dataset", name.removeprefix(_DATASETS), revision)
    return _parsed("model", name, revision)


def _of_model(model: Model, revision: str | None) -> Wanted:
    if isinstance(model.weights, str) and not is_folder(model.weights):
        return _parsed("model", model.weights, revision, model.name)
    if model.weights is None:
        raise UsageError(f"{model.name} has no weights on a hub: nothing is to be fetched")
    if isinstance(model.weights, str):
        raise UsageError(f"{model.name} has its weights in a folder: {model.weights}")
    raise UsageError(
        f"{model.name} has its weights in the package {model.weights.package}",
        hint="bench bundle packs it, and a run fetches it",
    )


def _parsed(
    kind: RepositoryKind,
    text: str,
    revision: str | None,
    name: str | None = None,
    shape: DataShape | None = None,
) -> Wanted:
    repository, _, named = text.partition("@")
    if not _ID.fullmatch(repository):
        hint = "ORGANISATION/NAME, or datasets/ORGANISATION/NAME, with @REVISION if it matters"
        raise UsageError(f"{text!r} is no hub's id", hint=hint)
    if revision and named and revision != named:
        raise UsageError(f"{text} names a revision, and --revision names {revision!r}")
    chosen = revision or named or None
    if chosen and (not _REVISION.fullmatch(chosen) or ".." in chosen):
        raise UsageError(f"{chosen!r} is no branch, tag or commit")
    return Wanted(kind, repository, chosen, name, shape)
