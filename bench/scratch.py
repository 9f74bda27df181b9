"""Folders in the temporary directory that last as long as their owner.

One is its owner's while the file `alive` in it is locked. The kernel frees the lock when the owner
dies, whatever has killed it, and the next that begins one removes what was left.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ALIVE = "alive"
YOUNG_S = 60.0  # between its making and its locking another process may look


@dataclass(frozen=True)
class Scratch:
    """Only for its owner; `lock` is the open file."""

    folder: Path
    lock: int

    def close(self) -> None:
        os.close(self.lock)
        shutil.rmtree(self.folder, ignore_errors=True)


def begin(kind: str = "") -> Scratch:
    """A fresh one, bench-KIND…; `close` is to be called."""
    drop_left()
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{kind}"))
    lock = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return Scratch(folder, lock)


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    made = begin(f"{kind}-")
    try:
        yield made.folder
    finally:
        made.close()


def drop_left() -> None:
    """Remove what killed owners have left; what is somebody else's, or no such folder, stays."""
    for folder in Path(tempfile.gettempdir()).glob("bench-*"):
        if _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    with suppress(OSError):
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return False
        file = os.open(folder / ALIVE, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its owner lives
            return time.time() - os.fstat(file).st_mtime > YOUNG_S
        finally:
            os.close(file)
    return False
