"""The host's side of an engine's container: the relay to its socket, and its first pid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import RunError
from bench.isolation import door
from bench.isolation.doors import Doors
from bench.isolation.launch import Launch
from bench.process import Child, clean_environment, tail

START_S = 30.0


@dataclass(frozen=True)
class Relay:
    """It listens on `port` of 127.0.0.1; who connects before the engine listens is turned away."""

    child: Child
    port: int


def start_relay(doors: Doors, sockets: Path, log: Path) -> Relay:
    """To engine.sock in `sockets`. RunError where it does not start."""
    port_file = sockets.with_suffix(".port")
    argv = [sys.executable, "-I", door.__file__, "--listen", "tcp:0"]
    argv += ["--connect", f"unix:{sockets / 'engine.sock'}"]
    argv += ["--port-file", str(port_file), "--alive", str(doors.alive)]
    child = Child(argv, log=log, environment=clean_environment(os.environ))
    deadline = time.monotonic() + START_S
    while not port_file.is_file():
        if child.wait(0.02) is not None or time.monotonic() > deadline:
            child.stop()
            raise RunError(f"the relay to an engine did not start: {tail(log, 1)}")
    return Relay(child, json.loads(port_file.read_bytes())["port"])


def first_process(launch: Launch, child: Child, alive: Callable[[], None]) -> int | None:
    """The pid, on this machine, of what does the work; None where that cannot be known."""
    if launch.first_process is None:
        return child.pid
    deadline = time.monotonic() + START_S
    while child.wait(0.1) is None and time.monotonic() < deadline:
        alive()
        said = subprocess.run(
            launch.first_process,
            capture_output=True,
            text=True,
            check=False,
            env=dict(launch.variables),
        ).stdout.strip()
        if said.isdigit() and int(said) > 0:
            return int(said)
    return None
