"""Package files for locks: fetched in small groups, so that a build that was stopped goes on."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from bench import interpreter, resolving, uv
from bench.bundle.pip import Pip
from bench.bundle.shelf import Shelf
from bench.errors import EnvironmentBuildError
from bench.hashing import file_sha256
from bench.pins import Pinned, read_pins

_TOGETHER = 8  # packages that one pip fetches: it keeps nothing before it has all of them
_PIPS = 4
_LEGACY = ("setuptools>=40.8",)  # what stands for a missing [build-system], by PEP 517
Say = Callable[[str], None]


@dataclass(frozen=True)
class Store:
    """Where package files go and by what they are fetched. `builds`: locks of what sources need."""

    shelf: Shelf
    pip: Pip
    builds: Path
    scratch: Path
    log: Path


def fetch_locks(
    store: Store, locks: Sequence[Path], python: str, say: Say, *, building: tuple[str, ...] = ()
) -> int:
    """Every file that the locks pin for this Python (`3.11`) lies on the shelf then, and what its
    sources need to be built; the number of packages.

    `building`: sources that wait for these packages, the outermost first. EnvironmentBuildError
    where one cannot be had, has another hash, cannot be built of what is on the shelf, or needs
    itself to be built.
    """
    program = Path(interpreter.find(python).python)
    pins = [pin for lock in locks for pin in read_pins(lock)]
    fit = store.pip.ask(program, [pin.marker for pin in pins if pin.marker])
    wanted = {pin.line: pin for pin in pins if not pin.marker or fit.markers[pin.marker]}.values()
    absent = [pin for pin in wanted if store.shelf.take(pin.url, pin.hashes, fit) is None]
    _fetch(store, absent, program, say)
    files = [store.shelf.take(pin.url, pin.hashes, fit) for pin in wanted]
    for pin, file in zip(wanted, files, strict=True):
        if file is None:
            raise EnvironmentBuildError(
                f"no file of {pin.name}=={pin.version} suits Python {python} here"
            )
        if file.suffix != ".whl":
            _fetch_build_needs(store, file, python, say, building=building)
    return len(wanted)


def fetch_wheel(store: Store, requirement: str, python: str, say: Say) -> tuple[Path, str]:
    """The wheel of NAME==VERSION, of which no hash is known yet, and its sha256."""
    say(f"fetching {requirement}")
    program = Path(interpreter.find(python).python)
    with tempfile.TemporaryDirectory(dir=store.scratch) as staging:
        folder = Path(staging) / "files"
        folder.mkdir()
        store.pip.download(program, [requirement], folder, store.log, hashed=False)
        (file,) = folder.iterdir()
        digest = store.shelf.put(file)
    return store.shelf.folder / file.name, digest


def _fetch(store: Store, pins: list[Pinned], python: Path, say: Say) -> None:
    groups = [pins[start : start + _TOGETHER] for start in range(0, len(pins), _TOGETHER)]
    done = 0
    with ThreadPoolExecutor(_PIPS) as pool:
        asked = {pool.submit(_fetch_group, store, group, python): group for group in groups}
        try:
            for future in as_completed(asked):
                folder = future.result()
                _shelve(store.shelf, folder, asked[future])
                done += len(asked[future])
                say(f"{done} of {len(pins)} packages fetched")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_group(store: Store, group: list[Pinned], python: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=store.scratch)) / "files"
    folder.mkdir()
    store.pip.download(python, [pin.line for pin in group], folder, store.log)
    return folder


def _shelve(shelf: Shelf, folder: Path, group: list[Pinned]) -> None:
    allowed = {digest for pin in group for digest in pin.hashes}
    for path in sorted(folder.iterdir()):
        if file_sha256(path) not in allowed:
            raise EnvironmentBuildError(f"{path.name} does not have the hash that its lock names")
        shelf.put(path)
    shutil.rmtree(folder.parent)


def _fetch_build_needs(
    store: Store, source: Path, python: str, say: Say, *, building: tuple[str, ...]
) -> None:
    """What the source's build asks for, resolved once and kept as a lock; then it is built of
    that, as the proof that nothing else is needed.
    """
    chain = (*building, source.name)
    if source.name in building:
        circle = ", which needs ".join(chain[chain.index(source.name) + 1 :])
        raise EnvironmentBuildError(
            f"{source.name} needs itself to be built: it needs {circle}",
            hint="pin a version that comes as a wheel of one of them",
        )
    lock = store.builds / f"{source.name}.{python}.lock"
    if not lock.is_file():
        needs = build_needs(source)
        say(f"{source.name}: needs {', '.join(needs) or 'nothing'} to be built")
        text = resolving.compiled("\n".join([*needs, ""]), python=python, say=say) if needs else ""
        staging = lock.with_suffix(".part")
        staging.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(text, encoding="utf-8")
        fetch_needs = staging
    else:
        fetch_needs = lock
    if fetch_needs.read_text(encoding="utf-8").strip():
        fetch_locks(store, [fetch_needs], python, say, building=chain)
    if fetch_needs is lock:
        return
    say(f"{source.name}: building it of what is packed")
    with tempfile.TemporaryDirectory(dir=store.scratch) as made:
        program = Path(interpreter.find(python).python)
        uv.build_wheel(
            source, Path(made), program, only=store.shelf.folder, log=store.log, say=lambda _: None
        )
    staging.replace(lock)


def build_needs(source: Path) -> tuple[str, ...]:
    """[build-system] requires, and `wheel` beside setuptools: older ones ask for it as they run."""
    text = _member(source, "pyproject.toml")
    try:
        system = tomllib.loads(text).get("build-system", {}) if text is not None else {}
    except tomllib.TOMLDecodeError as error:
        raise EnvironmentBuildError(f"{source.name}: pyproject.toml: {error}") from None
    needs = tuple(map(str, system.get("requires", _LEGACY)))
    old = any(one.lower().startswith("setuptools") for one in needs)
    return (*needs, "wheel") if old and not any(one.startswith("wheel") for one in needs) else needs


def _member(source: Path, name: str) -> str | None:
    """A file at the top of a source distribution."""
    try:
        if source.suffix == ".zip":
            with zipfile.ZipFile(source) as archive:
                for one in archive.namelist():
                    if one.count("/") == 1 and one.endswith(f"/{name}"):
                        return archive.read(one).decode("utf-8")
            return None
        with tarfile.open(source) as archive:
            for member in archive:
                path = member.name.removeprefix("./")
                file = archive.extractfile(member) if path.count("/") == 1 else None
                if file is not None and path.endswith(f"/{name}"):
                    return file.read().decode("utf-8")
    except (OSError, zipfile.BadZipFile, tarfile.TarError, UnicodeDecodeError) as error:
        raise EnvironmentBuildError(f"{source.name} cannot be read: {error}") from None
    return None
