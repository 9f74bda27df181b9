"""door.py as a real process, on this machine: relay, first process, and the sign of life."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.isolation import door
from bench.isolation.doors import Doors
from tests.runs import await_true

BIG = b"x" * 3_000_000


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def doors() -> Iterator[Doors]:
    opened = Doors.opened()
    yield opened
    opened.close()


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", door.__file__, *words])


def end(process: subprocess.Popen[bytes]) -> int:
    process.terminate()
    return process.wait(20)


def posted(port: int, body: bytes) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/", body)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def turned_away(port: int) -> bool:
    """Closed at once, where it might hang: nobody listens behind the relay yet."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as probe:
        try:
            probe.sendall(b"x")
            return probe.recv(1) == b""
        except ConnectionError:
            return True


def test_two_doors_pass_what_is_said_both_ways(port: int, doors: Doors, tmp_path: Path) -> None:
    """As for an engine: a socket, its port known from a file that is written later."""
    ready, ports = tmp_path / "ready.json", tmp_path / "port.json"
    sock = f"unix:{doors.folder}/e.sock"
    inner = start("--listen", sock, "--connect", f"ready:{ready}", "--alive", str(doors.alive))
    outer = start("--listen", "tcp:0", "--connect", sock, "--port-file", str(ports))
    try:
        await_true(lambda: ports.is_file() and (doors.folder / "e.sock").exists())
        reached = json.loads(ports.read_bytes())["port"]
        assert turned_away(reached)
        ready.write_text(json.dumps({"port": port}))
        assert posted(reached, BIG) == BIG
        answers: list[bytes] = []
        asking = [
            threading.Thread(target=lambda n=n: answers.append(posted(reached, b"%d" % n)))
            for n in range(16)
        ]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert sorted(answers) == sorted(b"%d" % n for n in range(16))
    finally:
        end(inner)
        end(outer)


@pytest.mark.parametrize(
    ("code", "ended"),
    [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137), ("pass", 0)],
    ids=["exits", "is killed", "ends"],
)
def test_it_ends_as_its_command_did(code: str, ended: int, tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    process = start("--said", str(said), "--", sys.executable, "-c", code)
    assert process.wait(20) == ended
    assert json.loads(said.read_bytes())["code"] == ended


def test_a_signal_is_handed_on(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    code = (
        "import pathlib, signal, sys, time; signal.signal(15, lambda *_: sys.exit(4)); "
        f"pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    )
    process = start("--", sys.executable, "-c", code)
    await_true(begun.is_file)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 4


def test_it_ends_with_bench() -> None:
    """The lock is what the kernel takes from a process that was killed."""
    doors, other = Doors.opened(), Doors.opened()  # another run's keep nobody of this one alive
    relay = start("--listen", "tcp:0", "--connect", "tcp:1", "--alive", str(doors.alive))
    busy = start(
        "--alive", str(doors.alive), "--", sys.executable, "-c", "import time; time.sleep(60)"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        busy.wait(1.5)
    assert relay.poll() is None
    doors.close()
    assert busy.wait(20) == 137
    assert relay.wait(20) == 0
    other.close()
