"""Images: one for the locks of an adapter, a flavour and a base, kept by the container engine.

What is known of one lies beside its Containerfile in images/ of BENCH_HOME; `ready.json` is written
last. An image that the engine has lost is built anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import resources
from bench.adapter import Adapter, Flavour
from bench.config import Container
from bench.environment import Environment, digest, prepared
from bench.errors import EnvironmentBuildError, UsageError
from bench.isolation.apptainer import Apptainer
from bench.isolation.containerfile import (
    BUILD_LABEL,
    PYTHON,
    containerfile,
    definition,
    fill_context,
)
from bench.isolation.engine import (
    Base,
    Engine,
    Isolation,
    apptainer_base,
    asked,
    file_sha256,
    find_engine,
    image_id,
    is_file,
    oci_base,
)
from bench.isolation.oci import Oci
from bench.resolving import Say

SCHEMA = 1
_VERSION = "import platform; print(platform.python_version())"


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
    adapter: Adapter, flavour: Flavour, base: str | None = None, *, weights: bool = False
) -> tuple[Environment, str]:
    """The environment that an image would hold, and its Containerfile."""
    named = base_named(adapter, Container(base=base))
    if is_file(named):
        hint = f"docker import {named} NAME, then --base NAME"
        raise UsageError(
            f"{named}: a Containerfile begins with an image, not with a file", hint=hint
        )
    planned = prepared(adapter, flavour, weights=weights)
    return planned, containerfile(planned, named, minor=adapter.python)


def build_image(
    adapter: Adapter,
    flavour: Flavour,
    say: Say = lambda _: None,
    *,
    isolation: Isolation,
    container: Container,
    weights: bool = False,
) -> Image:
    """Look, lock, look again; then build. Raises EnvironmentBuildError, which names the log."""
    import filelock

    planned = prepared(adapter, flavour, say, weights=weights)
    engine = find_engine(isolation)
    home = resources.home() / "images"
    home.mkdir(parents=True, exist_ok=True)
    resources.logs().mkdir(parents=True, exist_ok=True)
    log = resources.logs() / f"image-{planned.name}-{flavour}-{isolation}.log"
    log.unlink(missing_ok=True)
    named = base_named(adapter, container)
    base = (
        oci_base(engine, named, say, log)
        if isinstance(engine, Oci)
        else apptainer_base(named, home)
    )
    recipe = _recipe(engine, planned, base, adapter.python)
    key = _key(planned, base, recipe)
    folder = home / f"{planned.name}-{flavour}-{key[:12]}-{isolation}"
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        found = _found(engine, planned, key, folder)
        if found:
            return found
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if planned.note:
            say(planned.note)
        fill_context(planned, folder, wheels=container.wheels, log=log, say=say)
        say(f"building the image of {planned.name}")
        return _build(engine, planned, key, folder, recipe=recipe, log=log)


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


def _found(engine: Engine, planned: Environment, key: str, folder: Path) -> Image | None:
    try:
        said = json.loads((folder / "ready.json").read_bytes())
    except (OSError, ValueError):
        return None
    image = Image(engine, planned.name, planned.flavour, **said, note=planned.note)
    there = (
        image_id(engine, image.reference) == image.digest
        if isinstance(engine, Oci)
        else Path(image.reference).is_file()
    )
    return image if there and image.key == key else None


def _build(
    engine: Engine, planned: Environment, key: str, folder: Path, *, recipe: str, log: Path
) -> Image:
    """Of a folder that is filled; what it was filled with is removed then."""
    if isinstance(engine, Oci):
        reference = f"localhost/vlmhyperbench/{planned.name.lower()}:{planned.flavour}-{key[:12]}"
        found, version = _build_oci(engine, reference, folder, recipe, log)
    else:
        reference = str(folder / "image.sif")
        found, version = _build_sif(engine.program, reference, folder, recipe, log)
    for name in ("uv", "wheels", "locks", "site"):  # what the image holds is not kept twice
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    image = Image(
        engine,
        planned.name,
        planned.flavour,
        key,
        reference,
        found,
        version,
        planned.lock_sha256,
        planned.note,
    )
    kept = {
        name: value
        for name, value in asdict(image).items()
        if name in ("key", "reference", "digest", "python_version", "lock_sha256")
    }
    staging = folder / "ready.json.part"
    staging.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    staging.replace(folder / "ready.json")
    return image


def _build_oci(
    engine: Oci, reference: str, folder: Path, recipe: str, log: Path
) -> tuple[str, str]:
    (folder / "Containerfile").write_text(recipe, encoding="utf-8")
    argv = [engine.program, "build", "--force-rm", "--network", "none", "--tag", reference]
    argv += ["--file", str(folder / "Containerfile"), str(folder)]
    asked(tuple(argv), log)
    # The first stage, with the wheels and uv: nobody needs it again.
    prune = (engine.program, "image", "prune", "--force", "--filter", f"label={BUILD_LABEL}")
    asked(prune, log)
    found = image_id(engine, reference)
    if found is None:
        raise EnvironmentBuildError(f"{reference} was built and is not there", hint=f"log: {log}")
    run = (engine.program, "run", "--rm", "--network", "none", "--entrypoint", PYTHON, reference)
    return found, asked((*run, "-I", "-c", _VERSION), log)


def _build_sif(
    program: str, reference: str, folder: Path, recipe: str, log: Path
) -> tuple[str, str]:
    (folder / "image.def").write_text(recipe, encoding="utf-8")
    asked((program, "build", "--force", reference, "image.def"), log, folder)
    inside = (program, "exec", "--containall", reference, PYTHON, "-I", "-c", _VERSION)
    return f"sha256:{file_sha256(Path(reference))}", asked(inside, log)
