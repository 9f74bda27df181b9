"""`bench` reaches nothing outside the machine unless a config names it.

The test process is watched in every test (tests/outside.py, by conftest); here whole commands are,
with all that they start, by the kernel's packets (tools/noloop.py). `make test-no-network` has the
whole suite watched so.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cli import COMMANDS
from tests.conftest import REPOSITORY
from tests.outside import Outside, OutsideError, stays
from tests.runs import write_model
from tools.noloop import NO_NAMESPACE

MakeTask = Callable[..., Path]
FAR = "203.0.113.7"  # of the documentation's network
LISTINGS = (
    *("task list", "task list --backend all", "task show receipts", "model list", "data list"),
    *(
        "backend list",
        "prompt list receipts",
        "env list",
        "report --schema",
        "runs list",
        "leaderboard",
    ),
    *("model show rapidocr", "backend show echo", "task show docvqa-val", "report --schema"),
)
WITH_TORCH = "--backend vlmevalkit --model rapidocr --task receipts:ocr"
PLANS = (  # of an environment that is not built, and of which an index could say what it becomes
    *(f"eval --dry-run {WITH_TORCH}", f"bundle plan {WITH_TORCH}", "env check"),
    *("env containerfile vlmevalkit", "model show smolvlm-256m-instruct"),
)


def watched(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The shell script, where an attempt to leave loopback is seen and fails it."""
    bench = f"{sys.executable} -m bench"
    noloop = [sys.executable, str(REPOSITORY / "tools" / "noloop.py"), "--watch"]
    done = subprocess.run(
        [*noloop, "bash", "-euc", f"bench() {{ PYTHONPATH={REPOSITORY} {bench} $@; }}\n{script}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    if done.returncode == NO_NAMESPACE:
        pytest.skip(done.stderr.strip())
    return done


@pytest.mark.thorough
def test_help_listings_and_plans_reach_nothing(tmp_path: Path) -> None:
    helped = [f"bench {name} --help >/dev/null" for name in COMMANDS]
    listed = [f"bench {line} >/dev/null" for line in (*LISTINGS, *PLANS)]
    done = watched("\n".join([*helped, *listed, "bench doctor >/dev/null || true"]), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing tried to leave this machine" in done.stderr


@pytest.mark.thorough
def test_a_run_and_what_is_made_of_it_reach_nothing(make_task: MakeTask, tmp_path: Path) -> None:
    lines = (
        f"bench eval --backend echo --task {make_task([{}, {}])} --out run --stages infer",
        "bench eval --resume run --stages score,report",
        "bench eval --resume run",
        "bench score run",
        "bench report run --format html",
        "bench show run",
        "bench diff run run",
    )
    done = watched(" >/dev/null\n".join([*lines, "true"]), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing tried to leave this machine" in done.stderr


@pytest.mark.thorough
def test_a_config_that_names_a_host_is_seen(make_task: MakeTask, tmp_path: Path) -> None:
    """So the two above can fail: what the gateway's process sends is seen as well."""
    requests = {"attempts": 1, "timeout_s": 0.5}
    model = write_model(tmp_path, base_url=f"http://{FAR}:8000/v1", requests=requests)
    line = f"bench eval --backend echo --model {model} --task {make_task([{}])} --out run"
    done = watched(f"{line} || true", tmp_path)
    assert done.returncode == 1
    assert f"it reached out: tcp to {FAR} port 8000" in done.stderr


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", True),
        ("", True),
        (FAR, False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("hub.example", False),
        ("localhost.example", False),
    ],
)
def test_what_stays_on_this_machine(host: str, *, here: bool) -> None:
    assert stays(host) is here


def test_an_attempt_of_this_process_is_refused_and_remembered(outside: Outside) -> None:
    with socket.socket() as stream, pytest.raises(OutsideError, match=f"may not reach {FAR}"):
        stream.connect((FAR, 443))
    with pytest.raises(OSError, match=r"may not reach hub\.example"):
        socket.create_connection(("hub.example", 443))
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams, pytest.raises(OutsideError):
        datagrams.sendto(b"x", (FAR, 9))
    assert outside.taken() == [
        f"socket.connect {FAR}",
        "socket.getaddrinfo hub.example",
        f"socket.sendto {FAR}",
    ]


def test_what_stays_here_is_left_alone(outside: Outside, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as one, pytest.raises(FileNotFoundError):
        one.connect(str(tmp_path / "none"))
    assert outside.taken() == []
