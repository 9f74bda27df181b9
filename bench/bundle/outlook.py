"""What a bundle would hold, as rows: nothing is fetched, so sizes and licences of packages are
known only where their environment is built on this machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.bundle.contents import Contents, Needed
from bench.bundle.images import ImageRow, foreseen
from bench.bundle.inventory import named_licences
from bench.bundle.licence import Policy, licence_in
from bench.environment import Environment, health
from bench.pins import read_pins

_OPEN = "{}: shown with torch for CPU; the build asks whether it is offered, and else packs CUDA's"


@dataclass(frozen=True)
class EnvironmentRow:
    """`packages`: None where its overlay is not resolved yet. `licences`: number by licence, empty
    where it is not built. `against`: NAME: LICENCE of each package that the policy keeps out.
    """

    name: str
    flavour: str
    python: str
    packages: int | None
    licences: dict[str, int]
    against: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class FilesRow:
    """Files of one kind and source; `bytes` of all of them."""

    kind: str
    name: str
    files: int
    bytes: int
    licence: str
    allowed: bool


@dataclass(frozen=True)
class Outlook:
    environments: tuple[EnvironmentRow, ...]
    images: tuple[ImageRow, ...]
    files: tuple[FilesRow, ...]
    packages: tuple[str, ...]
    against: tuple[str, ...]
    notes: tuple[str, ...]


def outlook(contents: Contents, policy: Policy) -> Outlook:
    """`packages` carry weights; `against`: models and tasks that the policy keeps out."""
    named = named_licences(contents.models, contents.tasks)
    return Outlook(
        environments=tuple(_environment(needed, policy) for needed in contents.environments),
        images=tuple(foreseen(contents, policy)),
        files=tuple(_files(contents, policy)),
        packages=tuple(one.package for one in contents.packaged.values()),
        against=tuple(f"{what}: {said}" for what, said in named if not policy.lets_in(said)),
        notes=contents.notes,
    )


def _environment(needed: Needed, policy: Policy) -> EnvironmentRow:
    planned = needed.planned
    there = all(lock.is_file() for lock in planned.locks)
    pins = [pin for lock in planned.locks for pin in read_pins(lock)] if there else []
    licences = dict(_licences(planned)) if health(planned) is None else {}
    return EnvironmentRow(
        name=planned.name,
        flavour=planned.flavour,
        python=needed.adapter.python,
        packages=len({pin.line for pin in pins}) if there else None,
        licences=dict(Counter(licences.values()).most_common()),
        against=tuple(
            f"{name}: {said}" for name, said in licences.items() if not policy.lets_in(said)
        ),
        note=planned.note or (_OPEN.format(planned.name) if planned.otherwise else None),
    )


def _licences(planned: Environment) -> Iterator[tuple[str, str]]:
    for path in sorted((planned.folder / "venv" / "lib").glob("python*/site-packages/*.dist-info")):
        if (path / "METADATA").is_file():
            yield path.name.partition("-")[0], licence_in((path / "METADATA").read_bytes())


def _files(contents: Contents, policy: Policy) -> Iterator[FilesRow]:
    groups: dict[tuple[str, str, str], list[Path]] = {}
    for one in contents.files:
        parts = one.place.split("/")
        # data/NAME, weights/ID, adapters/NAME, tables/FILE; config/tasks/NAME, config/models/FILE
        name = parts[2] if parts[0] == "config" else parts[1]
        groups.setdefault((one.kind, name, one.licence), []).append(one.path)
    for (kind, name, licence), paths in groups.items():
        size = sum(path.stat().st_size for path in paths)
        yield FilesRow(kind, name, len(paths), size, licence, policy.lets_in(licence))
