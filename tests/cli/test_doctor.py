"""`bench doctor` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.said import Cli
from tests.runs import bench


def test_a_sound_machine_is_exit_code_0(cli: Cli) -> None:
    said = cli("doctor")
    assert said.code == 0, said.out
    assert "make eval can run" in said.out
    assert "bench doctor --network" in said.out


def test_what_stops_the_main_job_is_exit_code_1_with_what_to_type(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "file"))
    said = cli("doctor")
    assert said.code == 1
    assert "✗" in said.out
    assert "export BENCH_HOME=FOLDER_THAT_YOU_OWN" in said.out
    assert said.err == ""


def test_json_holds_the_same(cli: Cli) -> None:
    said = cli("doctor", "--json")
    value = json.loads(said.out)
    assert value["can_run"] is True
    assert {"mark", "subject", "text", "command"} == set(value["findings"][0])


def test_text_of_others_is_no_markup(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "/[red]wheels[/red]")
    assert "/[red]wheels[/red]" in cli("doctor").out.replace("\n", "")


def test_help_loads_no_doctor_and_no_picture() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from bench.cli import bench;"
        "done = CliRunner().invoke(bench, ['--help']);"
        "assert 'doctor' in done.output, done.output;"
        "print([n for n in ('bench.doctor', 'PIL', 'pypdfium2', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.thorough
def test_as_a_process_of_its_own() -> None:
    process = bench("doctor", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert b"Traceback" not in err
