"""bench show: what a run has, and every request that was sent."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.said import Cli
from tests.endpoint import Reply, endpoint
from tests.recorded import failed, recorded_run, request, said_by, store_image, text_part
from tests.runs import run as run_to_its_end
from tests.runs import write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    image = store_image(tmp_path)
    asked = [said_by("user", image, text_part("Read."))]
    listed = [request(n, messages=asked) for n in range(1, 61)]
    listed += [failed(61, response="<b>\udcff</b>"), request(62, text="\ud800\x1b[2J")]
    return recorded_run(tmp_path, listed)


def test_an_overview_says_what_to_type_next(cli: Cli, folder: Path) -> None:
    said = cli("show", str(folder))
    assert (said.code, said.err) == (0, "")
    assert "62 requests: 61 answered, 1 failed (1 http); 1 retries, 0 replayed" in said.out
    assert "not begun" in said.out
    assert f"bench eval --resume {folder}" in said.out
    assert "bench show" in said.out
    assert "--request 003d" in said.out  # the one that failed
    assert len(said.out.splitlines()) <= 12


def test_an_overview_of_a_run_that_ended(
    cli: Cli, make_task: Callable[..., Path], tmp_path: Path
) -> None:
    task = str(make_task([{}, {}]))
    with endpoint(lambda *_: Reply("hello")) as served:
        model = write_model(tmp_path, base_url=served.url)
        ended = run_to_its_end(backend="echo", model=model, task=task, out=tmp_path / "run")
    said = cli("show", str(ended.folder))
    assert "ok          echo--m--tiny-m  2 expected = 2 answered + 0 failed" in said.out
    assert "report.html  report.json" in said.out
    assert "the slowest, in full" in said.out
    assert "--resume" not in said.out
    seen = json.loads(cli("show", str(ended.folder), "--json").out)
    assert seen["requests"]["answered"] == 2
    assert seen["jobs"][0]["status"] == "ok"
    row = json.loads(cli("show", str(ended.folder), "--request", "s0", "--json").out)
    assert (row["text"], row["images"][0]["format"]) == ("hello", "PNG")
    assert Path(row["images"][0]["path"]).read_bytes().startswith(b"\x89PNG")


def test_a_run_that_asked_no_model(
    cli: Cli, make_task: Callable[..., Path], tmp_path: Path
) -> None:
    ended = run_to_its_end(backend="echo", task=str(make_task([{}])), out=tmp_path / "run")
    said = cli("show", str(ended.folder))
    assert (said.code, "record    no request was sent" in said.out) == (0, True)
    for wanted in (["--requests"], ["--request", "s0"], ["--requests", "--json"]):
        refused = cli("show", str(ended.folder), *wanted)
        assert (refused.code, refused.out) == (2, "")
        assert "has no gateway/requests.jsonl: no model was asked" in refused.err


def test_a_pipe_gets_every_request_and_the_totals(cli: Cli, folder: Path) -> None:
    said = cli("show", str(folder), "--requests")
    assert (said.code, said.err) == (0, "")
    head, *lines, totals = said.out.splitlines()
    assert head.split()[0] == "#"
    assert [line.split()[0] for line in lines] == [str(n) for n in range(1, 63)]
    assert totals.startswith("62 requests: ")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--failed"], [61]),
        (["--status", "500"], [61]),
        (["--status", "ok", "--limit", "2"], [1, 2]),
        (["--sample", "s7"], [7]),
        (["--job", "echo--m--t", "--limit", "1"], [1]),
        (["--slowest", "2"], [62, 61]),
        (["--slowest", "3", "--limit", "1"], [62]),
        (["--sample", "nobody"], []),
    ],
)
def test_filters_make_the_table(
    cli: Cli, folder: Path, options: list[str], found: list[int]
) -> None:
    said = cli("show", str(folder), *options)
    _head, *lines = said.out.splitlines()
    shown = [line for line in lines if not line.startswith("… ") and " requests: " not in line]
    assert [int(line.split()[0]) for line in shown] == found
    rows = cli("show", str(folder), *options, "--json").out.splitlines()
    assert [json.loads(row)["number"] for row in rows] == found
    assert said.code == 0


def test_json_keeps_every_character(cli: Cli, folder: Path) -> None:
    said = cli("show", str(folder), "--request", "s62", "--json")
    assert json.loads(said.out)["text"] == "\ud800\x1b[2J"


def test_the_raw_response_byte_for_byte(folder: Path) -> None:
    argv = [sys.executable, "-m", "bench", "show", str(folder), "--raw", "--request"]
    done = subprocess.run([*argv, "s61"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"<b>\xff</b>")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--request", "00"], "'00' fits 62 requests: 0001"),
        (["--request", "nobody"], "no request has the sample 'nobody'"),
        (["--request", "s1", "--requests"], "only --job narrows it down"),
        (["--request", "s1", "--failed"], "only --job narrows it down"),
        (["--raw"], "belong to --request ID"),
        (["--job", "echo--m--u"], "did you mean 'echo--m--t'?"),
        (["--status", "tiemout"], "did you mean 'timeout'?"),
        (["--status", "5000"], "--status '5000'"),
        (["--limit", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_shown(cli: Cli, folder: Path, options: list[str], said: str) -> None:
    refused = cli("show", str(folder), *options)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


def test_no_response_has_no_raw(cli: Cli, tmp_path: Path) -> None:
    folder = recorded_run(tmp_path, [failed(1, "connection", "refused")])
    refused = cli("show", str(folder), "--request", "s1", "--raw")
    assert (refused.code, refused.out) == (1, "")
    assert "got no response: connection: refused" in refused.err


def test_a_folder_that_is_no_run(cli: Cli, tmp_path: Path) -> None:
    refused = cli("show", str(tmp_path), "--requests")
    assert refused.code == 2
    assert refused.err.startswith(f"error: {tmp_path} is no run")


def on_a_terminal(*arguments: str, columns: int = 80) -> str:
    """What `bench` writes to a terminal of this width, in colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    colours = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=plain | colours,
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the terminal is closed
            break
        if not chunk:
            break
        said += chunk
    os.close(ours)
    assert process.wait() == 0
    return said.decode()


@pytest.mark.thorough
def test_a_terminal_gets_a_page_of_them(folder: Path) -> None:
    said = on_a_terminal("show", str(folder), "--requests")
    lines = said.splitlines()
    assert "… 12 more: --all" in lines
    assert len(lines) == 1 + 50 + 2 + ("too narrow" in said)
    every = on_a_terminal("show", str(folder), "--requests", "--all")
    assert "more: --all" not in every
    assert "\x1b[31m" in every  # what failed is red
    assert "\x1b[2J" not in every  # what the model said is no command


@pytest.mark.thorough
def test_a_terminal_gets_a_preview(folder: Path) -> None:
    said = on_a_terminal("show", str(folder), "--request", "s1")
    assert said.count("▀") > 100
    assert "▀" not in on_a_terminal("show", str(folder), "--request", "s1", "--no-preview")


def test_a_terminal_shows_raw_bytes_as_text(folder: Path) -> None:
    assert "<b>\\udcff</b>" in on_a_terminal("show", str(folder), "--request", "s61", "--raw")
