"""What passes a container's wall: sockets in one short-lived folder, and the sign that we live."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench import scratch

INSIDE = "/run/bench"
GATEWAY = "gateway.sock"
ALIVE = scratch.ALIVE


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

    While `alive` is locked containers go on; the kernel frees the lock when we die, and the next
    run removes the folder.
    """

    lock: int

    @classmethod
    def opened(cls) -> Self:
        made = scratch.begin()
        return cls(made.folder, made.lock)

    def next_engine(self) -> Path:
        """A folder of its own for each start of an engine: it cannot reach the others' sockets."""
        return Path(tempfile.mkdtemp(prefix="engine-", dir=self.folder))

    def close(self) -> None:
        scratch.Scratch(self.folder, self.lock).close()
