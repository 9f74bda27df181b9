"""What happens when a server of a run ends, or does not start again: real processes, killed."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench import api
from bench.process import Ending
from bench.runner import Run
from tests.runs import left_of, use_fakes, write_model

MakeTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


def servers(word: str) -> psutil.Process:
    (found,) = [one for one in left_of(os.getpid()) if word in one.cmdline()]
    return found


def test_without_its_gateway_a_run_stops_at_once(
    make_task: MakeTask, tmp_path: Path, out: Path
) -> None:
    model = write_model(tmp_path, engine="toy")
    config = {
        "backend": ["unruly", "echo"],
        "model": model,
        "task": str(make_task([{}])),
        "options": {"unruly": {"how": "hangs"}},
    }
    run_ = api.start(config, out=out)
    killed = 0.0
    for event in run_.events():
        if event.event == "job_progress":
            servers("bench.gateway").kill()
            killed = time.monotonic()
    assert time.monotonic() - killed < 10
    report = api.finish(run_)
    said = f"the gateway ended (killed by SIGKILL); bench eval --resume {out} goes on"
    for job in report.jobs:
        assert (job.status, job.errors[0].kind, job.errors[0].message) == (
            "crashed",
            "gateway",
            said,
        )
    assert not (out / "jobs" / "echo--m--tiny-m" / "log.txt").exists()
    assert run_.exit_code() == 1
    assert left_of(os.getpid()) == []


def test_a_job_without_a_model_needs_no_gateway(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path, engine="toy")
    run_ = api.start({"backend": "echo", "model": model, "task": str(make_task([{}]))}, out=out)
    gone = types.SimpleNamespace(gateway_ended=lambda: Ending(None, signal.SIGKILL))
    monkeypatch.setattr(run_, "_watch", gone)
    (job,) = run_.plan.jobs
    stopped = run_._ending(job)
    assert stopped is not None
    assert stopped.status == "crashed"
    assert run_._ending(dataclasses.replace(job, model=None, engine=None)) is None


def kill_engine(config: dict[str, Any], out: Path, until: str) -> tuple[Run, list[str]]:
    """The engine is killed while the first job hangs; the run is cancelled once it says `until`."""
    run_, said = api.start(config, out=out), []
    for event in run_.events():
        said.append(event.text)
        if event.event == "job_progress":
            servers("serve").kill()
        if event.event == "engine" and until in event.text:
            run_.cancel()
    api.finish(run_)
    assert left_of(os.getpid()) == []
    return run_, said


@pytest.fixture
def hangs_with_engine(make_task: MakeTask, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    def config(again: str) -> dict[str, Any]:
        return {
            "backend": ["unruly", "echo"],
            "model": write_model(tmp_path, engine="toy", arguments={"again": again}),
            "task": str(make_task([{}])),
            "options": {"unruly": {"how": "hangs"}},
        }

    return config


def test_a_run_can_be_stopped_while_its_engine_is_started_again(
    hangs_with_engine: Callable[[str], dict[str, Any]], out: Path
) -> None:
    begun = time.monotonic()
    run_, said = kill_engine(hangs_with_engine("sleeps"), out, "starting it again")
    assert time.monotonic() - begun < 30
    assert "ended (killed by SIGKILL): starting it again" in said
    assert run_.exit_code() == 130
    assert run_.report is not None
    assert [job.status for job in run_.report.jobs] == ["cancelled", "cancelled"]
    assert sorted(path.name for path in (out / "engines").iterdir()) == ["m", "m--2"]


def test_an_engine_that_does_not_start_again_is_given_up(
    hangs_with_engine: Callable[[str], dict[str, Any]], out: Path
) -> None:
    config = hangs_with_engine("exits") | {"job_timeout_s": 4}
    run_, _ = kill_engine(config, out, "never")
    assert run_.report is not None
    hanging, next_ = run_.report.jobs
    assert hanging.status == "timed_out"
    why = (
        r"the engine m ended \(killed by SIGKILL\) at \d\d:\d\d:\d\d UTC and did not start again: "
    )
    assert re.match(why + "engine toy did not start: exit code 0", hanging.notes[0])
    assert (next_.status, next_.errors[0].kind) == ("failed", "engine")
    assert re.match(why, next_.errors[0].message)
