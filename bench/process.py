"""One supervised process and all that it starts: log kept, environment cleaned, nothing left over.

A child runs in a session of its own and carries BENCH_JOB in its environment. Stopping it kills
its process group, and then every process that carries the mark: a grandchild that called setsid
has left the group, but not its environment. On Linux we are the subreaper of such orphans, so that
they can be waited for and leave no zombie.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "BENCH_JOB"
_CORE = uuid.uuid4().hex
GRACE_S = 5.0
REMOVAL_S = 30.0
_PR_SET_CHILD_SUBREAPER = 36

# Settings of our own Python, of an outer launcher or of a cluster must not reach a harness.
_BLOCKED = {
    *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS"),
    *("VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"),
    *("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK"),
    *("MASTER_ADDR", "MASTER_PORT"),
}
_BLOCKED_PREFIXES = ("SLURM_", "UV_", "TORCHELASTIC_", "COVERAGE_", "PYTEST_")


def clean_environment(
    variables: Mapping[str, str], *, secrets: Iterable[str] = (), **extra: str
) -> dict[str, str]:
    """`variables` minus what must not be inherited and minus `secrets` (names), plus `extra`."""
    blocked = {*_BLOCKED, *secrets}
    kept = {
        name: value
        for name, value in variables.items()
        if name not in blocked and not name.startswith(_BLOCKED_PREFIXES)
    }
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"} | extra


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code, or the signal (number) that killed it."""

    code: int | None
    signal: int | None

    def __str__(self) -> str:
        if self.signal is None:
            return f"exit code {self.code}"
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(self.signal).name}"
        return f"killed by signal {self.signal}"


class Child:
    """A started process; `stop` or `end` must be called, also after it ended by itself."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path | None = None,
        removal: Sequence[str] | None = None,
    ) -> None:
        """`removal`: what ends that which the process has others do for it, a container."""
        _become_subreaper()
        self.log = log
        self._removal, self._environment = removal, dict(environment)
        self._final: Ending | None = None
        self._mark = f"{core()}-{uuid.uuid4().hex}"
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment) | {MARK: self._mark},
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def wait(self, seconds: float) -> Ending | None:
        """How it ended, or None if it still runs after `seconds`."""
        try:
            code = self._popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        return Ending(code, None) if code >= 0 else Ending(None, -code)

    def stop(self, grace: float = GRACE_S) -> Ending:
        """Ask the group to end, wait up to `grace` seconds, then kill whatever is left.

        Of a child that has been ended already nothing is done: its id may be another's by now.
        """
        if self._final is not None:
            return self._final
        if self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGTERM)
        ending = self.wait(grace)
        return self.end(ending)

    def end(self, ending: Ending | None = None) -> Ending:
        """Kill at once what is left of the tree, and wait for it."""
        if self._final is not None:
            return self._final
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        # First, and by us alone: whoever else waits for it takes its exit code away.
        final = ending or self.wait(GRACE_S)
        if self._removal:
            _quietly(self._removal, self._environment)
        killed = _kill_marked(self._mark)
        _reap(self.pid, killed)
        self._final = final or Ending(None, signal.SIGKILL)
        return self._final


def core() -> str:
    """Our own name, with which the mark of each process that we start begins."""
    return f"{os.getpid()}-{_CORE}"


def end_left_of(other: str, grace: float = 2 * GRACE_S) -> None:
    """Wait for what the core `other` left running when it was killed, and kill it after `grace` s.

    Such processes end by themselves within seconds, and may write in their folders until then.
    """
    mark = f"{other}-"
    if not other or other == core():
        return
    deadline = time.monotonic() + grace
    while any(_carries(process, mark) for process in psutil.process_iter()):
        if time.monotonic() > deadline:
            _kill_marked(mark)
            return
        time.sleep(0.1)


def _quietly(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """What it says does not matter: there may be nothing left to end."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            timeout=REMOVAL_S,
            check=False,
        )


def _become_subreaper() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_marked(mark: str) -> set[int]:
    """Until none is found: a process may start another while we kill it. Gives their pids."""
    deadline, killed = time.monotonic() + GRACE_S, set[int]()
    while time.monotonic() < deadline:
        found = [process for process in psutil.process_iter() if _carries(process, mark)]
        if not found:
            break
        for process in found:
            killed.add(process.pid)
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=1.0)
    return killed


def _reap(child: int, killed: set[int]) -> None:
    """Wait for the orphans that have come to us: of the child's session, and those we killed.

    No other child is touched: its exit code belongs to whoever started it.
    """
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline:
        ours = {process.pid for process in psutil.Process().children()} - {child}
        orphans = {pid for pid in ours if pid in killed or _session(pid) == child}
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK, "").startswith(mark)
    except (psutil.Error, OSError):
        return False


def tail(log: Path, lines: int = 5) -> str:
    """The log's last lines that say something; progress bars overwrite theirs with a return."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
        text = file.read().decode("utf-8", "replace")
    said = [part.strip() for part in text.replace("\r", "\n").split("\n") if part.strip()]
    return "\n".join(said[-lines:])
