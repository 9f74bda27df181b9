"""What closes an adapter's process; each adapter's own settings are in its own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import bench_closed
import pytest

NETWORK = """
import json, socket, sys
from bench_closed import close_network
refused = close_network()
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
for call in (lambda: socket.create_connection(("192.0.2.1", 9)),
             lambda: socket.getaddrinfo("www.example.com", 80),
             lambda: socket.getaddrinfo(b"bytes.example.com", 80),
             lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.2", 9))):
    try:
        call()
    except PermissionError:
        continue
    raise SystemExit("reached the network")
print(json.dumps(sorted(refused)))
"""


def test_only_loopback_is_reached() -> None:
    environment = {"PYTHONPATH": str(Path(bench_closed.__file__).parent)}
    argv = [sys.executable, "-c", NETWORK]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    hosts = ["192.0.2.1", "192.0.2.2", "bytes.example.com", "www.example.com"]
    assert json.loads(done.stdout) == hosts


def test_no_key_and_nothing_named_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ("X_API_KEY", "X_API_BASE", "X_BASE_URL", "X_TOKEN", "ALONE", "OWN_", "OWN_SETTING")
    kept = {"ALONE_NOT": "1", "TOKENS": "2", "MY_OWN_SETTING": "3"}
    monkeypatch.setattr(os, "environ", dict.fromkeys(gone, "0") | kept | {"HF_HUB_OFFLINE": "0"})
    bench_closed.close_environment(("ALONE",), ("OWN_",))
    assert os.environ == kept | bench_closed.OFFLINE
    bench_closed.close_environment()
    assert os.environ == kept | bench_closed.OFFLINE


def test_what_was_refused_is_said_once_and_only_then() -> None:
    said: list[str] = []
    job = SimpleNamespace(warn=said.append)
    bench_closed.warn_of(job, set())
    assert not said
    bench_closed.warn_of(job, {"b.example.com", "a.example.com"})
    assert said == ["network outside this machine was refused: a.example.com, b.example.com"]
