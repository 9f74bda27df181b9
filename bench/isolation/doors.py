"""What passes a container's wall: sockets in one short-lived folder, and the sign that we live."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

INSIDE = "/run/bench"
GATEWAY = "gateway.sock"
ALIVE = "alive"


@dataclass(frozen=True)
class Places:
    """Where the sockets lie, whether or not they are there."""

    folder: Path

    @property
    def gateway(self) -> Path:
        return self.folder / GATEWAY

    @property
    def alive(self) -> Path:
        return self.folder / ALIVE


@dataclass(frozen=True)
class Doors(Places):
    """Only for its owner. The path is short: a Unix socket's may have 107 bytes, a run's folder
    lies anywhere.

    While `alive` is locked containers go on; the kernel frees the lock when we die.
    """

    lock: int

    @classmethod
    def opened(cls) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        lock = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return cls(folder, lock)

    def next_engine(self) -> Path:
        """A folder of its own for each start of an engine: it cannot reach the others' sockets."""
        return Path(tempfile.mkdtemp(prefix="engine-", dir=self.folder))

    def close(self) -> None:
        os.close(self.lock)
        shutil.rmtree(self.folder, ignore_errors=True)
