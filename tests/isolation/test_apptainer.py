"""apptainer itself cannot be had here: its words are recorded by a stand-in, and it was not run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import UsageError
from tests.isolation import standin
from tests.runs import rows, run, use_fakes, write_model


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in was told, a row a call."""
    program = tmp_path / "bin" / "apptainer"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -I {standin.__file__} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "calls.jsonl"))
    monkeypatch.setenv("A_SECRET", "do not show")
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    use_fakes(monkeypatch)
    return tmp_path / "calls.jsonl"


@pytest.mark.thorough
def test_a_run_through_its_words(log: Path, make_task: Callable[..., Path], tmp_path: Path) -> None:
    """Image, engine, gateway and job, by the words that a real apptainer would get."""
    base = tmp_path / "base.sif"
    base.write_bytes(b"not a real one")
    model = write_model(tmp_path, engine="toy", arguments={"answer": "hello"})
    task = f"{make_task([{}, {}])}:m"
    found = run(
        backend="echo",
        model=model,
        task=task,
        out=str(tmp_path / "out"),
        isolation="apptainer",
        container={"base": str(base), "memory_gb": 2, "pids": 99},
    )
    assert found.code == 0
    assert [row["prediction"] for row in found.records()] == ["hello", "hello"]
    assert found.job.environment.isolation == "apptainer"
    assert str(found.job.environment.image).startswith("sha256:")
    calls = rows(log)
    built = [call["argv"] for call in calls if call["argv"][0] == "build"]
    assert [argv[1:2] + argv[-1:] for argv in built] == [["--force", "image.def"]] * 2
    assert f"Bootstrap: localimage\nFrom: {base}\n" in Path(built[0][2]).read_text()
    engine, job = (call for call in calls if "--network" in call["argv"])
    for call in (engine, job):
        words = " ".join(call["argv"])
        assert words.startswith("exec --containall --cleanenv --no-home --no-privs --pid --ipc")
        assert "--net --network none --memory 2000000000 --pids-limit 99" in words
        assert "do not show" not in json.dumps(call)
    assert "/run/bench/gateway.sock" in " ".join(job["argv"])
    assert "/run/bench/gateway.sock" not in " ".join(engine["argv"])
    assert job["inside"]["APPTAINERENV_HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("isolation", ["docker", "podman", "apptainer"])
def test_what_is_not_installed_is_said_before_a_run(
    isolation: str, make_task: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=f"no program '{isolation}' is on PATH"):
        run(backend="echo", task=f"{make_task([{}])}:m", isolation=isolation)
