"""The namespace without a network, and that an attempt to leave it is seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.noloop import NO_NAMESPACE, attempt

NOLOOP = [sys.executable, str(REPOSITORY / "tools" / "noloop.py")]
TRIES = {
    "tcp": ("s.connect(('203.0.113.7', 443))", ("tcp", "203.0.113.7", 443)),
    "udp": (
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.8', 9))",
        ("udp", "203.0.113.8", 9),
    ),
    "ipv6": (
        "socket.socket(socket.AF_INET6).connect(('2001:db8:9::1', 443))",
        ("ipv6", "an address that has no route", None),
    ),
    "loopback-dns": (
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.53', 53))",
        ("udp", "127.0.0.53", 53),
    ),
}
QUESTION = bytes(12) + b"\x03hub\x07example\x00\x00\x01\x00\x01"


def noloop(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*NOLOOP, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == NO_NAMESPACE:
        pytest.skip(done.stderr.strip())
    return done


def python(code: str) -> tuple[str, ...]:
    prelude = "import socket, sys; s = socket.socket(); s.settimeout(0.3)\n"
    return (sys.executable, "-c", f"{prelude}try: {code}\nexcept OSError as e: print(e.errno)")


@pytest.mark.parametrize("kind", TRIES)
def test_an_attempt_is_seen_and_fails_a_command_that_hides_it(tmp_path: Path, kind: str) -> None:
    code, said = TRIES[kind]
    done = noloop("--record", str(tmp_path / "seen"), "--", *python(code))
    (row,) = map(json.loads, (tmp_path / "seen").read_text().splitlines())
    assert (row["protocol"], row["host"], row["port"]) == said
    assert done.returncode == 1
    assert f"it reached out: {said[0]} to {said[1]}" in done.stderr


def test_loopback_works_and_is_no_attempt() -> None:
    code = "l = socket.create_server(('127.0.0.1', 0)); s.connect(l.getsockname()); print('met')"
    done = noloop("--watch", *python(code))
    assert (done.returncode, done.stdout) == (0, "met\n")
    assert "nothing tried to leave" in done.stderr


def test_without_a_watch_everything_else_is_unreachable() -> None:
    done = noloop(*python("s.connect(('203.0.113.7', 443))"))
    assert (done.returncode, done.stdout) == (0, "101\n")  # ENETUNREACH


@pytest.mark.parametrize("watch", [(), ("--watch",)], ids=["plain", "watched"])
def test_the_command_s_own_exit_code_is_kept(watch: tuple[str, ...]) -> None:
    assert noloop(*watch, sys.executable, "-c", "raise SystemExit(5)").returncode == 5


def test_a_proxy_of_the_machine_does_not_hide_an_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    done = noloop("--watch", sys.executable, "-c", "import os; print(os.getenv('HTTPS_PROXY'))")
    assert done.stdout == "None\n"


def test_a_question_to_a_name_server_says_for_which_name() -> None:
    udp = bytes(2) + (53).to_bytes(2, "big") + bytes(4) + QUESTION
    head = bytes([0x45]) + bytes(8) + bytes([17]) + bytes(2) + bytes(4) + bytes([10, 0, 0, 1])
    found = attempt(head + udp)
    assert found is not None
    assert (found.host, found.name) == ("10.0.0.1", "hub.example")


def test_a_program_that_is_not_there() -> None:
    done = noloop("--watch", "no-such-program-here")
    assert done.returncode == 127
    assert "no-such-program-here: No such file" in done.stderr
