"""What `bench bundle install` lets do, in processes whose variables close every way but the bundle.

python -m bench.bundle.provision core BUNDLE INTO   the core's venv, by whatever bench installs
python -m bench.bundle.provision rest BUNDLE INTO   all else, by the core that was just installed

Each line on stdout is a step. An error is two lines on stderr and an exit code, as of `bench`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from bench import interpreter, uv
from bench.adapter import Flavour, Kind, find_adapter
from bench.bundle.manifest import CONFIG, CORE_LOCK, Manifest, PackedEnvironment, read_manifest
from bench.config import load_config
from bench.environment import build, digest
from bench.errors import BenchError, EnvironmentBuildError
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

    built = build(adapter, packed.flavour, named, weights=packed.weights, requires=packed.requires)
    if built.lock_sha256 != digest(tuple(bundle / one for one in packed.locks)):
        raise EnvironmentBuildError(
            f"{packed.name} was packed for other locks than the core of this bundle has",
            hint="make the bundle anew",
        )
    say(f"{packed.name}: ready")


def _converter(flavour: Flavour) -> Path:
    return build(find_adapter("engine", "transformers"), flavour, say).python


def packaged(into: Path, manifest: Manifest) -> Iterator[tuple[Packaged, Flavour]]:
    flavours = {one.name: one.flavour for one in manifest.models if one.package}
    for name in load_config(into / CONFIG).model if flavours else ():
        model = find_model(name)
        if isinstance(model.weights, Packaged) and model.name in flavours:
            yield model.weights, flavours[model.name]


def main(argv: Sequence[str]) -> int:
    what, bundle, into = argv[0], Path(argv[1]), Path(argv[2])
    try:
        {"core": core, "rest": rest}[what](bundle, into)
    except BenchError as error:
        print(error.message.replace("\n", " "), error.hint or "", sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
