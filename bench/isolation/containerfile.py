"""Locks -> Containerfile, and the folder that it is built from. The build needs no network."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from pathlib import Path

from bench import uv
from bench.environment import Environment, digest
from bench.isolation.wheels import fill_wheels
from bench.resolving import Say

VENV = "/bench/venv"
PYTHON = f"{VENV}/bin/python"
BUILD_LABEL = "vlmhyperbench.stage=build"
ENVIRONMENT_LABEL = "vlmhyperbench.environment"
LOCKS_LABEL = "vlmhyperbench.locks"
KEY_LABEL = "vlmhyperbench.key"
BASE_LABEL = "vlmhyperbench.base"
PATCHES = "site"


def containerfile(planned: Environment, base: str, *, minor: str) -> str:
    """Two stages: what installs stays in the first one, also uv and the wheels.

    `base` has Python `minor` (`3.11`) on PATH; ARG BASE stands for it, so that another serves too.
    The labels say what it holds: bench knows the image by them, in whatever engine it is.
    """
    labels = {
        ENVIRONMENT_LABEL: environment_key(planned, minor),
        LOCKS_LABEL: planned.lock_sha256,
    }
    said = " ".join(f'{name}="{value}"' for name, value in labels.items())
    return "\n".join([*_steps(planned, base, minor), f"LABEL {said}", ""])


def environment_key(planned: Environment, minor: str) -> str:
    """sha256 over all that an image holds but its base: two images with one key do the same."""
    identity = [
        planned.lock_sha256,
        planned.flavour,
        digest(planned.patches),
        _steps(planned, "BASE", minor),
    ]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def _steps(planned: Environment, base: str, minor: str) -> list[str]:
    lines = [
        f"# {planned.name}, {planned.flavour}: made by `bench env containerfile` of its locks.",
        "# Build it without network, in the folder that `--out` makes: uv, locks/ and wheels/.",
        f"ARG BASE={base}",
        "FROM ${BASE} AS build",
        f"LABEL {BUILD_LABEL}",
        "ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy",
        "COPY uv /bench/uv",
        _run(create_words(minor)),
    ]
    if lock_names(planned):
        lines += ["COPY wheels /bench/wheels", "COPY locks /bench/locks"]
        lines.append(_run(sync_words(planned)))
    if planned.patches:
        lines.append(f"COPY {PATCHES} {VENV}/lib/python{minor}/site-packages")
    copied = f"COPY --from=build {VENV} {VENV}"
    return [*lines, "FROM ${BASE}", copied, f'ENTRYPOINT ["{PYTHON}"]']


def definition(planned: Environment, base: str, *, minor: str) -> str:
    """The same for apptainer; `base` is a SIF, a folder with a root file system, or a name."""
    local = Path(base).exists()
    locks = lock_names(planned)
    install = [
        "export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy",
        shlex.join(create_words(minor)),
    ]
    if locks:
        install.append(shlex.join(sync_words(planned)))
    if planned.patches:
        install.append(f"cp /bench/{PATCHES}/* {VENV}/lib/python{minor}/site-packages/")
    install.append(f"rm -rf /bench/uv /bench/wheels /bench/locks /bench/{PATCHES}")
    copied = ["uv", *(["wheels", "locks"] if locks else []), *([PATCHES] * bool(planned.patches))]
    return "\n".join(
        [
            f"Bootstrap: {'localimage' if local else 'docker'}",
            f"From: {base}",
            "%files",
            *(f"    {name} /bench/{name}" for name in copied),
            "%post",
            *(f"    {line}" for line in install),
            "",
        ]
    )


def create_words(minor: str) -> list[str]:
    """Makes an empty venv, also in a folder that is there: one is mounted for an overlay."""
    words = ["/bench/uv", "venv", "--no-project", "--offline", "--no-cache", "--allow-existing"]
    return [*words, "--python", f"python{minor}", VENV]


def sync_words(planned: Environment) -> list[str]:
    """Installs exactly what the locks name, each file by its hash."""
    words = ["/bench/uv", "pip", "sync", "--python", PYTHON, "--offline", "--no-index"]
    words += ["--find-links", "/bench/wheels", "--require-hashes", "--no-cache"]
    words += ["--compile-bytecode"]
    return [*words, *(f"/bench/locks/{name}" for name in lock_names(planned))]


def lock_names(planned: Environment) -> list[str]:
    """As the locks that name a package are called in the build's folder, in their order."""
    return [f"{number}-{lock.name}" for number, lock in enumerate(_filled(planned), start=1)]


def fill_context(
    planned: Environment, folder: Path, *, wheels: Path | None, log: Path, say: Say
) -> None:
    """uv, the locks, the patches, and every file that the locks name, each with its hash checked.

    `wheels`: where the files lie already; without it they come as pip's settings say.
    """
    shutil.copy2(uv.program(), folder / "uv")
    if planned.patches:
        (folder / PATCHES).mkdir(exist_ok=True)
    for patch in planned.patches:
        module = f"_bench_{patch.stem}"
        shutil.copyfile(patch, folder / PATCHES / f"{module}.py")
        (folder / PATCHES / f"{module}.pth").write_text(f"import {module}\n")
    filled = _filled(planned)
    if not filled:
        return
    (folder / "locks").mkdir(exist_ok=True)
    for lock, name in zip(filled, lock_names(planned), strict=True):
        shutil.copyfile(lock, folder / "locks" / name)
    fill_wheels(planned, filled, folder / "wheels", source=wheels, log=log, say=say)


def _filled(planned: Environment) -> list[Path]:
    """Without those that name no package, and an overlay that was never resolved."""
    return [
        lock
        for lock in planned.locks
        if lock.is_file() and "==" in lock.read_text(encoding="utf-8")
    ]


def _run(argv: list[str]) -> str:
    """In exec form: the base needs no shell for it."""
    return "RUN [" + ", ".join(f'"{part}"' for part in argv) + "]"
