"""The files of a bundle that is all but done: what is left over goes, the rest into a manifest."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__, interpreter
from bench.bundle.contents import Contents, Copied
from bench.bundle.core import PYTHON
from bench.bundle.images import image_licences
from bench.bundle.licence import UNKNOWN, Policy, licence_of
from bench.bundle.manifest import (
    BUILD_LOCKS,
    CONFIG,
    CORE_LOCK,
    OVERLAYS,
    SCRIPT,
    WEIGHTS_LOCK,
    WHEELS,
    Kind,
    Manifest,
    PackedEnvironment,
    PackedFile,
    PackedImage,
    PackedModel,
    PackedTask,
    sealed,
)
from bench.bundle.shelf import WORKERS, Shelf
from bench.errors import UsageError
from bench.hashing import file_sha256

WORK = ".packing"  # of a build that goes on; not part of the bundle
_KINDS: dict[str, Kind] = {"locks": "lock", "config": "config", SCRIPT: "script"}


class LicenceError(UsageError):
    """`lines` names each file, or each model, task and benchmark, and its licence."""

    def __init__(self, lines: Sequence[str]) -> None:
        count = f"{len(lines)} licence{'s' * (len(lines) != 1)}"
        super().__init__(
            f"the policy does not let in {count}: {'; '.join(lines[:3])}",
            hint="change --allow or --deny, or the config; what was fetched is kept",
        )
        self.lines = tuple(lines)


def inventory(
    contents: Contents,
    packed: Sequence[PackedEnvironment],
    images: Sequence[PackedImage],
    shelf: Shelf,
    root: Path,
) -> Manifest:
    """Every hash is taken anew. UsageError where a file is not what it must be."""
    said = {one.place: one for one in (*contents.files, *_described(images, root))}
    _drop_left_over(root, {*said, CONFIG, SCRIPT, *_lock_places(packed, contents, shelf, root)})
    here = interpreter.ask(Path(sys.executable))
    if here is None:
        raise AssertionError(sys.executable)
    with ThreadPoolExecutor(WORKERS) as pool:
        places = list(_places(root))
        entries = pool.map(lambda place: _entry(root, place, said.get(place), shelf), places)
        files = dict(zip(places, entries, strict=True))
    for place, one in said.items():
        if one.sha256 not in (None, files[place].sha256):
            raise UsageError(
                f"{one.path} is not the file that was added", hint="bench data verify says more"
            )
    return sealed(
        Manifest(
            bench_version=__version__,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            python=PYTHON,
            python_version=here.version,
            implementation=here.implementation,
            soabi=here.soabi,
            platform=here.platform,
            libc=here.libc,
            environments=tuple(packed),
            images=tuple(images),
            models=contents.models,
            tasks=contents.tasks,
            files=files,
        )
    )


def _described(images: Sequence[PackedImage], root: Path) -> Iterator[Copied]:
    for one in images:
        source = f"{one.reference}@{one.digest} on {one.base}"
        yield Copied(one.place, root / one.place, "image", one.licence, source)


def _lock_places(
    packed: Sequence[PackedEnvironment], contents: Contents, shelf: Shelf, root: Path
) -> Iterator[str]:
    yield CORE_LOCK
    for one in packed:
        yield from one.locks
    for needed in contents.environments:
        if needed.requires:
            yield f"{OVERLAYS}/{needed.planned.locks[0].name}"
    if contents.packaged:
        yield WEIGHTS_LOCK
    for lock in sorted((root / BUILD_LOCKS).glob("*.lock")):
        source, _, _ = lock.stem.rpartition(".3.")  # NAME.tar.gz.3.11
        if source in shelf.used:
            yield f"{BUILD_LOCKS}/{lock.name}"


def _places(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root).as_posix()
        if not path.is_dir() and not place.startswith(f"{WORK}/"):
            yield place


def _drop_left_over(root: Path, wanted: set[str]) -> None:
    """What an earlier build of another config left, and what a stopped one had begun."""
    for place in list(_places(root)):
        if place not in wanted and not place.startswith(f"{WHEELS}/"):
            (root / place).unlink()
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if root / WORK not in (folder, *folder.parents) and not any(folder.iterdir()):
            folder.rmdir()


def _entry(root: Path, place: str, said: Copied | None, shelf: Shelf) -> PackedFile:
    path = root / place
    first, _, name = place.partition("/")
    kind, licence, source = _KINDS.get(first, "package"), UNKNOWN, ""
    if said is not None:
        kind, licence, source = said.kind, said.licence, said.source
    elif first == WHEELS:
        licence, source = licence_of(path), shelf.used[name]
    return PackedFile(
        sha256=file_sha256(path),
        bytes=path.stat().st_size,
        kind=kind,
        licence=licence,
        source=source,
    )


def check_licences(manifest: Manifest, policy: Policy) -> None:
    """Of packages by file; of models, tasks and benchmarks by name: their files say nothing. Of an
    image that of its base.
    """
    packages = [one for one in manifest.files.items() if one[1].kind == "package"]
    told = [(place, one.licence) for place, one in packages]
    told += image_licences(manifest.images)
    told += named_licences(manifest.models, manifest.tasks)
    lines = [f"{what}: {licence}" for what, licence in told if not policy.lets_in(licence)]
    if lines:
        raise LicenceError(lines)


def named_licences(
    models: Sequence[PackedModel], tasks: Sequence[PackedTask]
) -> list[tuple[str, str]]:
    """What is packed by name, and its licence; an engine's model is one of the packages."""
    weighed = [one for one in models if one.weights or one.package]
    told = [(f"model {one.name}", one.licence) for one in weighed]
    return told + [(f"task {one.name}", one.licence) for one in tasks]
