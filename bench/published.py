"""Numbers that others published, and the protocol behind each: configs/published/*.yaml.

A number is compared with one of ours only where its protocol is the same, key by key. What the
source does not say is left out of its entry, and is never filled in by a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from bench import resources, yaml
from bench.config import Human
from bench.errors import UsageError, suggestion

Name = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Protocol(Human):
    """How a number was made, as far as it is known: None where it is not.

    `n`: records that count. `shots`: examples in the prompt. `resolution`: of the images, `none`
    where there are none. `judge`: `none`, or the model that read the answers. `metric_variant`:
    which of a metric's rules, where its name alone leaves that open.
    """

    model: Name | None = None
    benchmark: Name | None = None
    split: Name | None = None
    metric: Name | None = None
    harness: Name | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    prompt: Name | None = None
    shots: Annotated[int, Field(ge=0)] | None = None
    chat_template: bool | None = None
    resolution: Name | None = None
    decoding: Name | None = None
    judge: Name | None = None
    metric_variant: Name | None = None

    def known(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


# They stand in an entry itself, and without them no two numbers can be the same.
OF_ENTRY = ("model", "benchmark", "split", "metric", "harness")
REQUIRED = ("model", "benchmark", "split", "metric", "n")


class Origin(Human):
    """Where the value was read."""

    title: Name
    table: Name
    url: Annotated[str, Field(pattern=r"^(https://|docs/)")]


class Evaluator(Human):
    name: Name
    version: str | None = None


class Route(Human):
    """How bench makes the number itself: the options of `bench eval`.

    `model`: none for a harness that brings its own.
    """

    backend: Name
    model: str | None = None
    task: Name
    in_process: bool = False


class Needs(Human):
    """`gpu_gb`: GPU memory in 10^9 bytes, an estimate: 2 bytes a parameter, and half as much again.

    `references: withheld`: only the benchmark's own server can score this split.
    """

    gpu_gb: Annotated[float, Field(ge=0)] = 0
    data: Name
    references: Literal["public", "withheld"] = "public"


class StoredFile(Human):
    name: Name
    sha256: Sha256


class Columns(Human):
    id: Name = "id"
    prediction: Name = "prediction"
    references: Name = "references"
    type: str | None = None


class Stored(Human):
    """A file with a model's answers that somebody else made: what is known of how.

    Both files hold a list of rows, or a mapping of ids to rows or to predictions. `references`:
    none where the rows have them.
    """

    what: Name
    source: Name
    predictions: StoredFile
    references: StoredFile | None = None
    columns: Columns = Columns()
    protocol: Protocol = Protocol()
    weights: str | None = None


class Entry(Human):
    """One published number. `rule`: the metric of bench for stored answers, or one a type of row.

    `tolerance` is on the value's scale.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    kind: Literal["document", "text"]
    model: Name
    benchmark: Name
    split: Name
    metric: Name
    value: Annotated[float, Field(allow_inf_nan=False)]
    scale: Positive
    source: Origin
    harness: Evaluator | None = None
    run: Route | None = None
    our_metric: str | None = None
    rule: str | dict[str, str] | None = None
    protocol: Protocol = Protocol()
    weights: str | None = None
    tolerance: Positive
    why: Name
    needs: Needs
    answers: tuple[Stored, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> Entry:
        twice = [key for key in OF_ENTRY if getattr(self.protocol, key) is not None]
        if twice:
            raise ValueError(f"`{twice[0]}` stands in the entry, not in its protocol")
        if self.answers and self.rule is None:
            raise ValueError("`answers` need a `rule` to be scored by")
        return self

    @property
    def stated(self) -> Protocol:
        """All that the source says."""
        said = self.protocol.known() | {key: getattr(self, key) for key in OF_ENTRY[:4]}
        return Protocol(**said, harness=self.harness.name if self.harness else None)


class Shelf(Human):
    """A file of entries."""

    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]


def load_published(folder: Path | None = None) -> tuple[Entry, ...]:
    """All entries of `folder` (bench's own by default), by file and place.

    SourceError at the key that is wrong, or at an id that is there twice.
    """
    return _shipped() if folder is None else _loaded(folder)


@cache
def _shipped() -> tuple[Entry, ...]:
    return _loaded(resources.folder("configs") / "published")


def _loaded(folder: Path) -> tuple[Entry, ...]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise UsageError(f"{folder} has no *.yaml with published numbers")
    found: dict[str, Entry] = {}
    for path in paths:
        for entry in _entries(path, found):
            found[entry.id] = entry
    return tuple(found.values())


def _entries(path: Path, known: dict[str, Entry]) -> Iterator[Entry]:
    source = yaml.load(path)
    for place, entry in enumerate(yaml.validate(source, Shelf).entries):
        if entry.id in known:
            raise source.error(("entries", place, "id"), f"duplicate id {entry.id!r}")
        yield entry


def named(entries: tuple[Entry, ...], name: str) -> Entry:
    """UsageError where there is none of that id."""
    for entry in entries:
        if entry.id == name:
            return entry
    names = [entry.id for entry in entries]
    raise UsageError(f"no published number is called {name!r}", hint=suggestion(name, names))
