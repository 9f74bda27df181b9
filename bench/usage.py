"""What a process tree uses while it runs: memory, CPU time and GPU, a line a sample in a file.

The processes that are known are looked at often, which is cheap. Finding new ones means reading
the whole process table: this and the GPU come once a second, or as seldom as keeps the cost at
one per cent of a core.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import psutil

from bench import jsonl
from bench.nvml import Nvml, Scope

USAGE_NAME = "usage.jsonl"
DENSE_FOR_S = 10.0  # from the start: a model is being loaded
DENSE_S = 0.2
EVERY_S = 1.0
_SHARE = 0.01  # of a core that looking may cost
_JOIN_S = 5.0


@dataclass(frozen=True)
class Moment:
    """One sample: unix time, bytes, and the CPU seconds of all processes since the beginning.

    GPU values are None between two looks at the GPU, and where there is none.
    """

    t: float
    rss: int
    cpu_s: float
    processes: int
    gpu: int | None = None
    gpu_scope: Scope | None = None
    gpu_utilisation: float | None = None
    gpu_name: str | None = None


class Usage:
    """Samples the tree of process `pid` into `path` until `stop`, or until the process has gone.

    Whatever goes wrong ends the sampling and nothing else.
    """

    def __init__(self, path: Path, pid: int) -> None:
        self._path, self._pid = path, pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"bench-usage-{pid}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The file is complete after this."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        nvml = None
        try:
            tree = _Tree(self._pid)
            nvml = Nvml.opened()
            with self._path.open("ab", buffering=0) as file:
                self._sample(tree, nvml, file)
        except Exception:  # noqa: BLE001  (a run does not end because its use was not measured)
            return
        finally:
            if nvml is not None:
                nvml.close()

    def _sample(self, tree: _Tree, nvml: Nvml | None, file: Any) -> None:
        started = time.monotonic()
        next_look, last = started, False
        while not last:
            last = self._stop.is_set()
            cost, now = -time.thread_time(), time.monotonic()
            looks = now >= next_look
            moment = tree.moment(nvml) if looks and tree.look() else tree.moment(None)
            if not tree.lives:
                return
            file.write(jsonl.line({k: v for k, v in asdict(moment).items() if v is not None}))
            pause = DENSE_S if now - started < DENSE_FOR_S else EVERY_S
            cost += time.thread_time()
            if looks:
                next_look = now + max(EVERY_S, cost / _SHARE)
            else:
                pause = max(pause, cost / _SHARE)
            self._stop.wait(pause)


class _Tree:
    """A process and its descendants, also those whose parent has ended since they were seen."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._cpu: dict[psutil.Process, float] = {self._root: 0.0}
        self._alive = {self._root}

    @property
    def lives(self) -> bool:
        return self._root in self._alive

    def look(self) -> bool:
        """Find new processes; False where the first one has ended."""
        try:
            if self._root.status() != psutil.STATUS_ZOMBIE:
                self._alive.update(self._root.children(recursive=True))
                return True
        except psutil.Error:
            pass
        self._alive.discard(self._root)
        return False

    def moment(self, nvml: Nvml | None) -> Moment:
        rss = 0
        for process in list(self._alive):
            try:
                with process.oneshot():
                    rss += process.memory_info().rss
                    times = process.cpu_times()
            except psutil.Error:
                self._alive.discard(process)
                continue
            self._cpu[process] = times.user + times.system
        gpu = nvml.use({process.pid for process in self._alive}) if nvml else None
        return Moment(
            t=round(time.time(), 3),
            rss=rss,
            cpu_s=round(sum(self._cpu.values()), 2),
            processes=len(self._alive),
            gpu=gpu.used if gpu else None,
            gpu_scope=gpu.scope if gpu else None,
            gpu_utilisation=gpu.utilisation if gpu else None,
            gpu_name=gpu.name if gpu else None,
        )


def read_usage(path: Path) -> list[Moment]:
    """In the order of time; a file that is not there or broken gives what could be read."""
    known = {field.name for field in fields(Moment)}
    found: list[Moment] = []
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        found.extend(
            Moment(**{key: row[key] for key in row.keys() & known}) for row in jsonl.read(path)
        )
    return sorted(found, key=lambda moment: moment.t)
