"""What may be done to a run that is kept: tagged, removed, put away as one file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Final

from bench import store
from bench.errors import RunError, UsageError
from bench.run_store.index import is_run
from bench.run_store.reading import TAGS, read_tags
from bench.session import RunLock

SUFFIX: Final = ".tar.gz"
_TAG = re.compile(r"[\w.:+-]{1,64}")


def retag(folder: Path, add: Collection[str], remove: Collection[str]) -> tuple[str, ...]:
    """The run's tags afterwards. A tag: up to 64 letters, digits and `._:+-`."""
    for tag in add:
        if not _TAG.fullmatch(tag):
            raise UsageError(f"{tag!r} is no tag", hint="letters, digits and ._:+- only, up to 64")
    tags = tuple(sorted((set(read_tags(folder)) | set(add)) - set(remove)))
    try:
        store.write_text(folder / TAGS, json.dumps({"tags": tags}) + "\n")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}") from None
    return tags


def remove(folder: Path) -> None:
    """The whole folder. UsageError where it is no run, or bench works on it."""
    lock = _idle(folder)
    try:
        _remove(folder)
    finally:
        lock.release()


def archive(folder: Path, to: Path, *, keep: bool) -> Path:
    """TO/NAME.tar.gz, read back and compared file by file; only then is the folder removed.

    UsageError where the archive is there already, or bench works on the run.
    """
    path = to / f"{folder.name}{SUFFIX}"
    if path.exists():
        raise UsageError(f"{path} is there already", hint="move it, or name another --to")
    if to.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{to} lies in the run itself", hint="name another --to")
    lock = _idle(folder)
    staging = path.with_name(f"{path.name}.part")
    try:
        to.mkdir(parents=True, exist_ok=True)
        with tarfile.open(staging, "w:gz", compresslevel=6) as packed:
            packed.add(folder, arcname=folder.name)
        _check(folder, staging)
        staging.replace(path)
        if not keep:
            _remove(folder)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        staging.unlink(missing_ok=True)
        lock.release()
    return path


def _idle(folder: Path) -> RunLock:
    if not is_run(folder):
        raise UsageError(f"{folder} is no run: it has no run.json")
    return RunLock(folder)


def _remove(folder: Path) -> None:
    """What makes it a run goes first: half of one that is left is none."""
    try:
        for name in ("run.json", store.REPORT):
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder)
    except OSError as error:
        raise RunError(f"{folder}: cannot be removed: {error.strerror}") from None


def _check(folder: Path, path: Path) -> None:
    """RunError where the archive does not hold every file of the run as it is."""
    there = dict(_digests(folder))
    with tarfile.open(path) as packed:
        for member in packed:
            file = packed.extractfile(member) if member.isreg() or member.islnk() else None
            if file is not None:
                name = member.name.partition("/")[2]
                if there.pop(name, None) != _digest(file):
                    raise RunError(f"{folder} changed while it was packed ({name}): nothing done")
    if there:
        raise RunError(f"{path} does not hold {min(there)}: nothing was removed")


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    yield str(path.relative_to(folder)), _digest(file)


def _digest(file: IO[bytes]) -> str:
    total = hashlib.sha256()
    while block := file.read(1 << 20):
        total.update(block)
    return total.hexdigest()
