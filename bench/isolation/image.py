"""Images: one for the locks of an adapter, a flavour and a base, kept by the container engine.

What is known of one lies beside its Containerfile in images/ of BENCH_HOME (records.py). An image
that the engine has lost is built anew; one that was loaded by hand is taken (found.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bench import resources
from bench.adapter import Adapter, Flavour
from bench.config import Container
from bench.environment import Environment, digest, plan_environment, prepared
from bench.errors import EnvironmentBuildError, UsageError
from bench.isolation.apptainer import Apptainer
from bench.isolation.building import built
from bench.isolation.containerfile import containerfile, definition, fill_context
from bench.isolation.engine import (
    Base,
    Engine,
    Isolation,
    apptainer_base,
    base_here,
    find_engine,
    image_id,
    is_file,
    oci_base,
)
from bench.isolation.found import locks_in_engine, take
from bench.isolation.oci import Oci
from bench.isolation.records import (
    Record,
    images_folder,
    read_record,
    record_folder,
    records,
    write_record,
)
from bench.resolving import Say

SCHEMA = 1


@dataclass(frozen=True)
class Image:
    """`digest` is the engine's own id of it, of a SIF the sha256 of the file. `overlay`: a venv
    that stands in the place of its own.
    """

    engine: Engine
    name: str
    flavour: str
    key: str
    reference: str
    digest: str
    python_version: str
    lock_sha256: str
    note: str | None = None
    overlay: Path | None = None

    @property
    def isolation(self) -> Isolation:
        return self.engine.program  # type: ignore[return-value]  # of apptainer it is a str

    @property
    def started_as(self) -> str:
        """What its engine is told to run. Not the name: somebody may give that to another image."""
        return self.digest if isinstance(self.engine, Oci) and self.digest else self.reference


def unbuilt(adapter: Adapter, isolation: Isolation) -> Image:
    """For showing what would be started: nothing is asked, and its reference is IMAGE."""
    engine: Engine = Apptainer()
    if isolation == "docker":
        engine = Oci("docker")
    elif isolation == "podman":
        engine = Oci("podman", rootless=os.geteuid() != 0)
    return Image(engine, adapter.name, "", "", "IMAGE", "", "", "")


def base_named(adapter: Adapter, container: Container) -> str:
    """The config's, else BENCH_BASE_IMAGE, else the official Python image."""
    named = container.base or os.environ.get("BENCH_BASE_IMAGE")
    return (
        str(Path(named).absolute())
        if named and Path(named).is_file()
        else named or (f"python:{adapter.python}-slim")
    )


def recipe(
    adapter: Adapter,
    flavour: Flavour,
    base: str | None = None,
    *,
    weights: bool = False,
    to_build: bool = False,
    wheels: Path | None = None,
) -> tuple[Environment, str]:
    """The environment that an image would hold, and its Containerfile. Only one `to_build` looks
    which torch there is, in `wheels` or at an index.
    """
    named = base_named(adapter, Container(base=base))
    if is_file(named):
        hint = f"docker import {named} NAME, then --base NAME"
        raise UsageError(
            f"{named}: a Containerfile begins with an image, not with a file", hint=hint
        )
    planned = (
        prepared(adapter, flavour, weights=weights, wheels=wheels)
        if to_build
        else plan_environment(adapter, flavour, weights=weights)
    )
    return planned, containerfile(planned, named, minor=adapter.python)


def build_image(
    adapter: Adapter,
    flavour: Flavour,
    say: Say = lambda _: None,
    *,
    isolation: Isolation,
    container: Container,
    weights: bool = False,
    like: Collection[str] = (),
) -> Image:
    """Look, lock, look again; then build. `like`: as for bench.environment.prepared.

    Raises EnvironmentBuildError, which names the log.
    """
    import filelock

    there = locks_of_images(adapter, flavour, isolation, weights=weights)
    planned = prepared(
        adapter, flavour, say, weights=weights, like=like or there, wheels=container.wheels
    )
    engine = find_engine(isolation)
    minor, named = adapter.python, base_named(adapter, container)
    if isinstance(engine, Oci):
        known = _known(engine, planned, named, minor, given=_is_named(container), say=say)
        if known:
            return _image(engine, planned, known)
    home = images_folder()
    home.mkdir(parents=True, exist_ok=True)
    resources.logs().mkdir(parents=True, exist_ok=True)
    log = resources.logs() / f"image-{planned.name}-{flavour}-{isolation}.log"
    log.unlink(missing_ok=True)
    base = (
        oci_base(engine, named, say, log)
        if isinstance(engine, Oci)
        else apptainer_base(named, home)
    )
    recipe = _recipe(engine, planned, base, minor)
    key = _key(planned, base, recipe)
    folder = record_folder(planned, key, isolation)
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        record = _of_record(engine, read_record(folder))
        if record:
            return _image(engine, planned, record)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if planned.note:
            say(planned.note)
        fill_context(planned, folder, wheels=container.wheels, log=log, say=say)
        say(f"building the image of {planned.name}")
        record = built(engine, planned, key, folder, base=base, recipe=recipe, log=log)
        for name in ("uv", "wheels", "locks", "site"):  # what the image holds is not kept twice
            place = folder / name
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        write_record(folder, record)
    return _image(engine, planned, record)


def find_image(
    adapter: Adapter,
    flavour: Flavour,
    *,
    isolation: Literal["docker", "podman"],
    container: Container,
    weights: bool = False,
) -> Image | None:
    """One that would be taken as it is; nothing is built, pulled or imported. None as well where
    the engine does not answer.
    """
    there = locks_of_images(adapter, flavour, isolation, weights=weights)
    planned = plan_environment(adapter, flavour, weights=weights)
    choices = [one for one in (planned, planned.otherwise) if one and one.lock_sha256 in there]
    if not choices:
        return None
    engine, named = Oci(isolation, rootless=False), base_named(adapter, container)
    given = _is_named(container)
    try:
        known = _known(engine, choices[0], named, adapter.python, given=given, say=lambda _: None)
    except EnvironmentBuildError:
        return None
    return _image(engine, choices[0], known) if known else None


def _is_named(container: Container) -> bool:
    return bool(container.base or os.environ.get("BENCH_BASE_IMAGE"))


def _known(
    engine: Oci, planned: Environment, named: str, minor: str, *, given: bool, say: Say
) -> Record | None:
    """An image that is here already, on the base that is named; on any where none is `given`."""
    base = base_here(engine, named)
    if base is not None:
        key = _key(planned, base, _recipe(engine, planned, base, minor))
        record = _of_record(engine, read_record(record_folder(planned, key, engine.program)))
        record = record or take(engine, planned, minor, key=key, say=say)
        if record:
            return record
    return None if given else take(engine, planned, minor, say=say)


def locks_of_images(
    adapter: Adapter, flavour: Flavour, isolation: Isolation, *, weights: bool = False
) -> set[str]:
    """The lock_sha256 of each image of it that was built, of today's locks or of others, and of
    each that its engine has of today's, whoever loaded it.
    """
    name = (adapter.for_weights if weights else adapter.profile).name
    planned = plan_environment(adapter, flavour, weights=weights)
    choices = [one for one in (planned, planned.otherwise) if one]
    found = {record.lock_sha256 for record in records(name, flavour, isolation)}
    return found | locks_in_engine(isolation, choices, adapter.python)


def _recipe(engine: Engine, planned: Environment, base: Base, minor: str) -> str:
    make = containerfile if isinstance(engine, Oci) else definition
    return make(planned, base.reference, minor=minor)


def _key(planned: Environment, base: Base, recipe: str) -> str:
    identity = {
        "schema": SCHEMA,
        "locks": planned.lock_sha256,
        "flavour": planned.flavour,
        "patches": digest(planned.patches),
        "base": base.digest,
        "recipe": recipe,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _of_record(engine: Engine, record: Record | None) -> Record | None:
    """The record of an image that the engine still has."""
    if record is None:
        return None
    if isinstance(engine, Oci):
        return record if image_id(engine, record.digest) == record.digest else None
    return record if Path(record.reference).is_file() else None


def _image(engine: Engine, planned: Environment, record: Record) -> Image:
    return Image(engine, planned.name, planned.flavour, **asdict(record), note=planned.note)
