"""The first process of a container, and the relay at either side of its wall. Only stdlib: it runs
in the container's Python (3.9 or later) without bench, and on the host.

    door.py [--listen WHERE --connect WHERE] [--port-file F] [--alive F] [--said F] [-- COMMAND...]

WHERE is `tcp:PORT` of 127.0.0.1, `unix:PATH`, or `ready:FILE`, the `port` that this JSON names.
--alive: the file is locked by bench; once nobody holds the lock, bench is dead and so are we.
--said: where to write what the container's limits have stopped. Without COMMAND: only the relay.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

POLL_S = 0.05
ALIVE_S = 1.0
CHUNK = 65536


async def opened(where: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to WHERE; OSError where nobody listens yet."""
    kind, _, place = where.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(place)
    if kind == "ready":
        place = str(json.loads(Path(place).read_bytes())["port"])  # noqa: ASYNC240  (some bytes)
    return await asyncio.open_connection("127.0.0.1", int(place))


async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either side ends; then the other one hears of it."""
    try:
        while True:
            chunk = await reader.read(CHUNK)
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        with contextlib.suppress(OSError):
            writer.close()


async def listening(listen: str, connect: str) -> asyncio.Server:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await opened(connect)
        except (OSError, ValueError, KeyError):
            writer.close()
            return
        await asyncio.gather(pumped(reader, far_writer), pumped(far_reader, writer))

    kind, _, place = listen.partition(":")
    if kind == "unix":
        return await asyncio.start_unix_server(relay, place, backlog=1024)
    return await asyncio.start_server(relay, "127.0.0.1", int(place), backlog=1024)


def relay_started(listen: str, connect: str, port_file: str | None) -> None:
    """In a thread of its own; back once it listens, OSError where it cannot."""
    ready = threading.Event()
    wrong: list[OSError] = []

    async def serve() -> None:
        try:
            server = await listening(listen, connect)
        except OSError as error:
            wrong.append(error)
            ready.set()
            return
        if port_file:
            write_json(port_file, {"port": server.sockets[0].getsockname()[1]})
        ready.set()
        async with server:
            await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), name="door", daemon=True).start()
    ready.wait()
    if wrong:
        raise wrong[0]


def write_json(path: str, value: dict[str, Any]) -> None:
    staging = Path(f"{path}.{os.getpid()}.part")
    staging.write_text(json.dumps(value), encoding="utf-8")
    staging.replace(path)


def held(path: str) -> bool:
    """Whether bench still holds its lock on the file."""
    try:
        with Path(path).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # bench has cleaned up: the file is gone
    return False


def _words(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _after(words: list[str], name: str) -> int | None:
    """The number after `name` in a file of `name number` pairs."""
    with contextlib.suppress(ValueError, IndexError):
        return int(words[words.index(name) + 1])
    return None


def _first(*found: int | None) -> int | None:
    return next((one for one in found if one is not None), None)


def stopped_by_limits() -> dict[str, int | None]:
    """What the kernel counted for this container, cgroup version 2 or 1; None: not to be read.

    `no_route`: connections and datagrams that found no way out (RFC 1213, ipOutNoRoutes).
    """
    group = "/sys/fs/cgroup/"
    oom = _first(
        _after(_words(group + "memory.events"), "oom_kill"),
        _after(_words(group + "memory/memory.oom_control"), "oom_kill"),
    )
    pids = _first(
        _after(_words(group + "pids.events"), "max"),
        _after(_words(group + "pids/pids.events"), "max"),
    )
    rows = [row for row in _lines("/proc/net/snmp") if row.startswith("Ip:")]
    routes = None
    if len(rows) == 2:
        names, values = rows[0].split(), rows[1].split()
        if "OutNoRoutes" in names:
            routes = int(values[names.index("OutNoRoutes")])
    return {"oom_kills": oom, "forks_refused": pids, "no_route": routes}


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []


def _reaped(child: int) -> int | None:
    """Wait for whoever has ended, as a first process must; the child's status once it has."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid == 0:
            return None
        if pid == child:
            return status


def _kill_all(group: int) -> None:
    """As the first process of a pid namespace: everybody. Else the child's process group."""
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL) if os.getpid() == 1 else os.killpg(group, signal.SIGKILL)


def followed(command: list[str], alive: str | None) -> int:
    """Run the command to its end: its exit code, or 128 + the signal that ended it."""
    child = subprocess.Popen(command, start_new_session=True)

    def forward(number: int, _frame: object) -> None:
        with contextlib.suppress(OSError):
            os.killpg(child.pid, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)
    next_look = time.monotonic() + ALIVE_S
    while True:
        status = _reaped(child.pid)
        if status is not None:
            break
        if alive and time.monotonic() > next_look:
            if not held(alive):
                _kill_all(child.pid)
            next_look = time.monotonic() + ALIVE_S
        time.sleep(POLL_S)
    child.returncode = 0  # it has been waited for: Popen shall not try
    _kill_all(child.pid)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for name in ("--listen", "--connect", "--port-file", "--alive", "--said"):
        parser.add_argument(name)
    cut = argv.index("--") if "--" in argv else len(argv)
    asked, command = parser.parse_args(argv[:cut]), argv[cut + 1 :]
    before = stopped_by_limits() if asked.said else {}
    if asked.listen:
        relay_started(asked.listen, asked.connect, asked.port_file)
    if command:
        code = followed(command, asked.alive)
        if asked.said:
            now = stopped_by_limits()
            write_json(asked.said, {"code": code, **_grown(before, now)})
        return code
    while not asked.alive or held(asked.alive):
        time.sleep(ALIVE_S)
    return 0


def _grown(before: dict[str, int | None], now: dict[str, int | None]) -> dict[str, int | None]:
    """Since the start: a counter may have been another's before."""
    return {name: None if n is None else n - (before.get(name) or 0) for name, n in now.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
