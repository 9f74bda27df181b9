"""Where a repository lies once it is whole, and where it is made before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.errors import SourceError, UsageError


def record_of(folder: Path) -> Path:
    """Beside the folder: inside it would be one file more than the repository has."""
    return folder.with_name(f"{folder.name}.fetched.json")


def finish(staging: Path, folder: Path) -> None:
    """What is whole gets its name; a call that was killed between the steps is ended by the next.

    staging/fetched.json is there only once every file is right.
    """
    record = staging / "fetched.json"
    if not record.is_file():
        return
    if (staging / "files").is_dir():
        try:
            json.loads(record.read_bytes())
        except ValueError:  # it was being written
            record.unlink()
            return
        if folder.exists():
            raise UsageError(f"{folder} is there already", hint="remove it, or name another --into")
        (staging / "files").rename(folder)
    record.replace(record_of(folder))
    shutil.rmtree(staging)


def recorded(folder: Path) -> dict[str, Any] | None:
    """What was fetched before; UsageError where the folder is somebody else's."""
    record = record_of(folder)
    if not folder.exists():
        record.unlink(missing_ok=True)
        return None
    try:
        said = json.loads(record.read_bytes())
        sound = isinstance(said["revision"], str) and isinstance(said["files"], dict)
    except FileNotFoundError:
        raise UsageError(
            f"{folder} is there already, and bench did not fetch it",
            hint="remove it, or name another --into",
        ) from None
    except (ValueError, LookupError, TypeError):
        sound = False
    if not sound:
        raise SourceError(record, "is broken", hint="remove it and the folder")
    return dict(said)


def same_files(folder: Path, record: dict[str, Any]) -> bool:
    """By size: `bench bundle verify` reads every byte."""
    for path, one in record["files"].items():
        place = folder / path
        if not place.is_file() or place.stat().st_size != one["bytes"]:
            return False
    return True


def bytes_in(folder: Path) -> int:
    held = 0
    for path in folder.rglob("*"):
        try:
            held += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # it was moved to its place just now
            continue
    return held


@contextmanager
def locked(staging: Path) -> Iterator[None]:
    import filelock

    staging.mkdir(parents=True, exist_ok=True)
    place = staging.with_suffix(".lock")
    lock = filelock.FileLock(place)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UsageError(f"{staging.parent} is being fetched into by another process") from None
    try:
        yield
    finally:
        if staging.is_dir() and not any(path.is_file() for path in staging.rglob("*")):
            shutil.rmtree(staging)
        place.unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):  # where nothing was fetched nothing is left
            staging.parent.rmdir()


def size_text(count: int) -> str:
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 1e3:.1f} kB"
