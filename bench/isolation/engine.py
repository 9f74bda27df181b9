"""The program that runs containers: asked, and told to make images."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.errors import EnvironmentBuildError
from bench.hashing import file_sha256
from bench.isolation.apptainer import Apptainer
from bench.isolation.oci import Oci
from bench.resolving import Say

Isolation = Literal["venv", "docker", "podman", "apptainer"]
Engine = Oci | Apptainer


def find_engine(isolation: Isolation) -> Engine:
    """As it runs here. EnvironmentBuildError where it does not answer (is its daemon up?)."""
    if isolation == "apptainer":
        return Apptainer()
    if isolation == "podman":
        return Oci("podman", rootless=os.geteuid() != 0)
    if isolation == "docker":
        said = asked(("docker", "info", "--format", "{{json .SecurityOptions}}"))
        return Oci("docker", rootless=any("rootless" in one for one in json.loads(said) or ()))
    raise AssertionError(isolation)


def working_engine(isolation: Isolation) -> Engine:
    """EnvironmentBuildError where its program is not here, or does not answer."""
    if shutil.which(isolation) is None:
        raise EnvironmentBuildError(f"no program {isolation!r} is on PATH")
    engine = find_engine(isolation)
    if engine.program == "podman":
        asked(("podman", "info", "--format", "{{.Version.Version}}"))
    return engine


def asked(argv: tuple[str, ...], log: Path | None = None, folder: Path | None = None) -> str:
    """What it prints. EnvironmentBuildError with its last words; `log` gets all of them."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=folder
        )
    except FileNotFoundError:
        raise EnvironmentBuildError(f"no program {argv[0]!r} is on PATH") from None
    if log:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}")
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        hint = f"log: {log}" if log else None
        raise EnvironmentBuildError(f"{' '.join(argv[:2])} failed: {said[-1]}", hint=hint)
    return done.stdout.strip()


def image_id(engine: Oci, reference: str) -> str | None:
    """sha256:… of its configuration and layers; None where there is no such image here."""
    argv = (engine.program, "image", "inspect", "--format", "{{.Id}}", reference)
    try:
        found = asked(argv)
    except EnvironmentBuildError as error:
        if "no such" in error.message.lower() or "not known" in error.message.lower():
            return None
        raise
    return found if found.startswith("sha256:") else f"sha256:{found}"


@dataclass(frozen=True)
class Base:
    """What an image is built upon; `digest` is a sha256 over it."""

    reference: str
    digest: str


def base_here(engine: Oci, named: str) -> Base | None:
    """Without a pull, and without an import of a root file system; None: it would be pulled."""
    if is_file(named):
        digest = file_sha256(Path(named))
        return Base(f"localhost/vlmhyperbench-base:{digest[:12]}", f"sha256:{digest}")
    found = image_id(engine, named)
    return Base(named, found) if found else None


def oci_base(engine: Oci, named: str, say: Say, log: Path) -> Base:
    """An image that is here, a root file system in a tar file, else one to be pulled."""
    base = base_here(engine, named)
    if base is not None and is_file(named) and image_id(engine, base.reference) is None:
        say(f"importing {Path(named).name}")
        asked((engine.program, "import", named, base.reference), log)
    if base is not None:
        return base
    say(f"pulling {named}")
    try:
        asked((engine.program, "pull", "--quiet", named), log)
    except EnvironmentBuildError as error:
        hint = "name an image that is here, or the tar of a root file system, with --base"
        raise EnvironmentBuildError(error.message, hint=hint) from None
    return Base(named, image_id(engine, named) or "")


def apptainer_base(named: str, folder: Path) -> Base:
    """A SIF or a folder as it is; a tar file is unpacked in `folder` first."""
    if not is_file(named):
        return Base(named, f"sha256:{hashlib.sha256(named.encode()).hexdigest()}")
    digest = file_sha256(Path(named))
    if named.endswith(".sif"):
        return Base(named, f"sha256:{digest}")
    place = folder / f"base-{digest[:12]}"
    if not place.is_dir():
        staging = place.with_name(f"{place.name}.part")
        shutil.rmtree(staging, ignore_errors=True)
        with tarfile.open(named) as archive:
            archive.extractall(staging, filter="tar")
        staging.rename(place)
    return Base(str(place), f"sha256:{digest}")


def is_file(named: str) -> bool:
    return Path(named).is_file()
