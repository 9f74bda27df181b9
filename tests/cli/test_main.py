"""The front door: help at once, errors in two lines, bugs into a log."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import bench as package
from bench import resources
from bench.cli import COMMANDS
from bench.cli import bench as group
from tests.cli.said import Cli
from tests.runs import bench


def cpu(argv: list[str]) -> float:
    """CPU seconds of one process, the least of five."""
    found = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def test_help_is_instant() -> None:
    nothing = cpu([sys.executable, "-c", "pass"])
    assert cpu([sys.executable, "-m", "bench", "--help"]) - nothing < 0.15


def test_help_loads_nothing_heavy() -> None:
    source = (
        "import sys\n"
        "from bench.cli import bench\n"
        "bench.main(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.argv[1:] if name in sys.modules])\n"
    )
    heavy = ["pandas", "numpy", "pydantic", "rich", "aiohttp", "ruamel.yaml", "asyncio"]
    done = subprocess.run(
        [sys.executable, "-c", source, *heavy], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def every_command() -> list[list[str]]:
    context = click.Context(group)
    found: list[list[str]] = [[]]
    for name in COMMANDS:
        command = group.get_command(context, name)
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, below] for below in command.commands]
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help(cli: Cli, command: list[str]) -> None:
    said = cli(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {' '.join(['bench', *command])} ")
    assert len(said.out.splitlines()) > 4


def test_the_summaries_are_those_of_the_commands(cli: Cli) -> None:
    out = cli("--help").out
    for name, (_, summary) in COMMANDS.items():
        assert f"{name} " in out
        assert summary.split(".")[0] in " ".join(out.split())


def test_the_version(cli: Cli) -> None:
    assert cli("--version").out == f"bench, version {package.__version__}\n"


def test_an_unknown_command_gets_a_suggestion(cli: Cli) -> None:
    found = cli("evla")
    assert found.code == 2
    assert "unknown command 'evla': did you mean 'eval'?" in found.err


@pytest.mark.parametrize(
    "command", [["task", "list"], ["model", "list"], ["backend", "list"], ["env", "list"]]
)
def test_every_listing_has_json(cli: Cli, command: list[str]) -> None:
    assert cli(*command).code == 0
    assert isinstance(json.loads(cli(*command, "--json").out), list)


def test_the_fakes_are_found_beside_the_shipped_ones(cli: Cli) -> None:
    names = {row["name"] for row in json.loads(cli("backend", "list", "--json").out)}
    assert {"echo", "unruly", "vlmevalkit"} <= names
    assert "unruly 7: Misbehaves as it is told." in cli("backend", "show", "unruly").out


def test_a_bug_is_70_and_has_a_log(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("bench.cli.model_rows.model_rows", broken)
    found = cli("model", "list")
    assert found.code == 70
    log = resources.home() / "logs" / "bug.log"
    assert found.err.startswith("error: bug: ZeroDivisionError: by nothing")
    assert f"please report it with {log}" in found.err
    assert "Traceback" not in found.err
    assert "in broken" in log.read_text()


def test_a_bug_may_quote_what_utf_8_cannot_hold() -> None:
    source = (
        "import bench.cli.model_rows, sys\n"
        "from bench.cli import main\n"
        "def broken():\n"
        "    raise ZeroDivisionError(chr(0xd800))\n"
        "bench.cli.model_rows.model_rows = broken\n"
        "sys.argv = ['bench', 'model', 'list']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    assert done.returncode == 70
    assert done.stderr.startswith(b"error: bug: ZeroDivisionError: \\ud800\n")


def test_an_interrupt_outside_of_a_run_is_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.cli.model_rows.model_rows", stopped)
    found = cli("model", "list")
    assert (found.code, found.err.strip()) == (130, "error: interrupted")


@pytest.mark.parametrize(
    "command",
    [
        ["task", "list", "--benchmarks"],
        ["backend", "show", "vlmevalkit", "--benchmarks"],
        ["report", "--schema"],
        ["--help"],
    ],
)
def test_a_closed_pipe_gives_no_traceback(command: list[str], tmp_path: Path) -> None:
    process = bench(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(30)
    assert said == ""


@pytest.mark.thorough
def test_a_closed_pipe_and_a_small_answers_file(
    tmp_path: Path, cli: Cli, make_task: Callable[..., Path]
) -> None:
    out = str(tmp_path / "run")
    cli("eval", "--backend", "echo", "--task", str(make_task([{}])), "--out", out)
    test_a_closed_pipe_gives_no_traceback(["report", out, "--format", "csv"], tmp_path)
    test_a_closed_pipe_gives_no_traceback(["report", out], tmp_path)
