"""Whether a bundle is what was packed: every byte read, every file accounted for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.bundle.manifest import FILE, SCRIPT, Manifest, Stored, read_manifest
from bench.bundle.shelf import WORKERS
from bench.errors import SourceError
from bench.hashing import file_sha256
from bench.pins import hashes_of


@dataclass(frozen=True)
class Finding:
    """`place` is below the bundle's folder."""

    place: str
    said: str

    def __str__(self) -> str:
        return f"{self.place}: {self.said}"


def verify(folder: Path) -> tuple[Finding, ...]:
    """Each file that is missing, changed, cut short or extra, and each package file that no lock
    of the bundle allows; empty where the bundle is whole. Of volumes, the volumes.
    """
    try:
        manifest = read_manifest(folder)
    except SourceError as error:
        return (Finding(FILE, error.message.partition(": ")[2]),)
    wanted: Mapping[str, Stored] = manifest.files
    if manifest.volumes:
        wanted = {**manifest.volumes, SCRIPT: manifest.files[SCRIPT]}
    found = [*_compared(folder, wanted), *_extra(folder, {*wanted, FILE})]
    if not found and not manifest.volumes:
        found += _unlocked(folder, manifest)
    return tuple(sorted(found, key=lambda one: one.place))


def _compared(folder: Path, wanted: Mapping[str, Stored]) -> Iterator[Finding]:
    # The largest first: the last thread to end has little left then.
    ordered = sorted(wanted.items(), key=lambda item: -item[1].bytes)
    with ThreadPoolExecutor(WORKERS) as pool:
        for one in pool.map(lambda item: _fault(folder, *item), ordered):
            if one is not None:
                yield one


def _fault(folder: Path, place: str, wanted: Stored) -> Finding | None:
    path = folder / place
    if not path.is_file() or path.is_symlink():
        return Finding(place, "is a link" if path.is_symlink() else "is missing")
    size = path.stat().st_size
    if size != wanted.bytes:
        how = "is cut short" if size < wanted.bytes else "is too long"
        return Finding(place, f"{how}: {size} bytes, not {wanted.bytes}")
    try:
        digest = file_sha256(path)
    except OSError as error:
        return Finding(place, f"cannot be read: {error.strerror}")
    if digest != wanted.sha256:
        return Finding(place, f"was changed: sha256 {digest[:16]}…, not {wanted.sha256[:16]}…")
    return None


def _extra(folder: Path, known: set[str]) -> Iterator[Finding]:
    """Whatever else lies there."""
    for base, folders, files in os.walk(folder):
        here = Path(base)
        for name in files + [one for one in folders if (here / one).is_symlink()]:
            place = (here / name).relative_to(folder).as_posix()
            if place not in known:
                yield Finding(place, "is extra: no file of the bundle")


def _unlocked(folder: Path, manifest: Manifest) -> Iterable[Finding]:
    locks = [folder / place for place, one in manifest.files.items() if one.kind == "lock"]
    try:
        allowed = hashes_of(locks)
    except SourceError as error:
        yield Finding(str(error.path).removeprefix(f"{folder}/"), error.message)
        return
    for place, one in manifest.files.items():
        if one.kind == "package" and one.sha256 not in allowed:
            yield Finding(place, f"has the sha256 {one.sha256[:16]}…, which no lock names")
