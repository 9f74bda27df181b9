"""A model's own versions (`requires`) over an unchanged image: a whole venv, mounted over its own.

It is installed by the image's Python and of one lock: no package is there twice.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from bench import resources
from bench.adapter import Adapter, Flavour
from bench.config import Container
from bench.environment import Environment, prepared
from bench.isolation.confined import Mount
from bench.isolation.containerfile import (
    PATCHES,
    VENV,
    create_words,
    fill_context,
    lock_names,
    sync_words,
)
from bench.isolation.engine import Isolation, asked
from bench.isolation.image import Image, build_image
from bench.resolving import Say


def build_overlay(
    adapter: Adapter,
    flavour: Flavour,
    say: Say = lambda _: None,
    *,
    isolation: Isolation,
    container: Container,
    weights: bool = False,
    requires: tuple[str, ...] = (),
    like: Collection[str] = (),
) -> Image:
    """The adapter's image, with `requires` over it if any; EnvironmentBuildError names the log."""
    import filelock

    image = build_image(
        adapter,
        flavour,
        say,
        isolation=isolation,
        container=container,
        weights=weights,
        like=() if requires else like,
    )
    if not requires:
        return image
    planned = prepared(
        adapter,
        flavour,
        say,
        weights=weights,
        requires=requires,
        like=like,
        wheels=container.wheels,
    )
    identity = json.dumps([image.key, image.digest, planned.lock_sha256])
    key = hashlib.sha256(identity.encode()).hexdigest()
    folder = resources.home() / "images" / f"{planned.name}-{flavour}-{key[:12]}-overlay"
    overlaid = replace(
        image,
        key=key,
        lock_sha256=planned.lock_sha256,
        note=f"{', '.join(requires)} mounted over the image",
        overlay=folder / "venv",
    )
    with filelock.FileLock(folder.with_name(f"{folder.name}.lock")):
        if not (folder / "ready.json").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _build(image, planned, folder, adapter.python, wheels=container.wheels, say=say)
            (folder / "ready.json").write_text(json.dumps({"key": key}), encoding="utf-8")
    return overlaid


def _build(
    image: Image, planned: Environment, folder: Path, minor: str, *, wheels: Path | None, say: Say
) -> None:
    context, venv = folder / "context", folder / "venv"
    context.mkdir(parents=True)
    venv.mkdir()
    log = resources.logs() / f"image-{folder.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    fill_context(planned, context, wheels=wheels, log=log, say=say)
    say(f"installing over the image of {planned.name}")
    mounts = (
        Mount(venv, writable=True, at=VENV),
        *(Mount(place, at=f"/bench/{place.name}") for place in sorted(context.iterdir())),
    )
    asked(image.engine.tool(image.started_as, mounts, create_words(minor)), log)
    if lock_names(planned):
        asked(image.engine.tool(image.started_as, mounts, sync_words(planned)), log)
    if planned.patches:
        shutil.copytree(
            context / PATCHES, venv / f"lib/python{minor}/site-packages", dirs_exist_ok=True
        )
    shutil.rmtree(context)
