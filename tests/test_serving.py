"""Engines and the gateway: real processes that start, or do not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import serving
from bench.adapter import find_adapter
from bench.environment import build
from bench.errors import RunError
from bench.gateway.settings import GatewaySettings
from bench.model import Model
from bench.serving import Engine, start_engine, start_gateway
from tests.runs import left_of, run, use_fakes, write_model

MakeTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


def alive() -> None:
    """Nobody asks to stop."""


def start(folder: Path, alive: Callable[[], None] = alive, **arguments: str) -> Engine:
    adapter = find_adapter("engine", "toy")
    model = Model(name="m", engine="toy", arguments=arguments)
    return start_engine(adapter, build(adapter, "cpu"), model, folder, alive, secrets=["A_KEY"])


def test_an_engine_is_healthy_when_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "secret")
    engine = start(tmp_path / "e")
    try:
        assert engine.versions == {"toy": "3.0"}
        assert engine.base_url.startswith("http://127.0.0.1:")
        assert engine.base_url.endswith("/v1")
        assert "A_KEY" not in json.loads((tmp_path / "e" / "environment.json").read_bytes())
    finally:
        engine.child.stop()
    assert left_of(os.getpid()) == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("exits", "engine toy did not start: exit code 0; the weights are missing"),
        ("raises", "engine toy did not start: MemoryError: no room for the weights"),
        ("garbles", "ready.json: protocol: Field required"),
    ],
)
def test_an_engine_that_fails_says_why(tmp_path: Path, how: str, said: str) -> None:
    with pytest.raises(RunError) as caught:
        start(tmp_path / "e", how=how)
    assert said in caught.value.message
    if how != "garbles":
        assert caught.value.hint == f"log: {tmp_path / 'e' / 'log.txt'}"
    assert left_of(os.getpid()) == []


def test_an_engine_that_never_gets_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ENGINE_START_S", 1.0)
    begun = time.monotonic()
    with pytest.raises(RunError, match="engine toy did not start within 1 s"):
        start(tmp_path / "e", how="sleeps")
    assert time.monotonic() - begun < 10
    assert left_of(os.getpid()) == []


def test_waiting_for_an_engine_can_be_stopped(tmp_path: Path) -> None:
    def stopped() -> None:
        if (tmp_path / "e" / "log.txt").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start(tmp_path / "e", stopped, how="sleeps")
    assert left_of(os.getpid()) == []


def test_a_gateway_that_cannot_start_says_why(tmp_path: Path) -> None:
    class Broken(GatewaySettings):
        def write(self, folder: Path) -> None:
            (folder / "gateway.json").write_text("{")

    with pytest.raises(RunError, match=r"the gateway did not start: exit code 2;"):
        start_gateway(Broken(models={}, jobs={}), tmp_path / "g", alive)
    assert left_of(os.getpid()) == []


def test_two_jobs_share_one_engine(make_task: MakeTask, tmp_path: Path) -> None:
    model = write_model(tmp_path, engine="toy", arguments={"answer": "hello"})
    tasks = [str(make_task([{}]))]
    member = {"prompt": "Again.", "metrics": [{"metric": "cer"}]}
    described = json.loads(Path(tasks[0], "task.yaml").read_text())
    described["members"]["n"] = member
    Path(tasks[0], "task.yaml").write_text(json.dumps(described))
    ended = run(backend="echo", model=model, task=tasks, out=tmp_path / "run")
    assert [one.text for one in ended.said("engine")] == ["starting", "ready"]
    assert [(job.status, job.counts.answered) for job in ended.report.jobs] == [("ok", 1)] * 2
    for job in ended.report.jobs:
        assert (job.model.engine, job.model.engine_versions) == ("toy", {"toy": "3.0"})
        assert job.model.pipeline
        assert job.engine_environment
        assert job.engine_environment.isolation == "venv"
        assert job.engine_environment.lock_sha256


def test_an_engine_that_fails_is_told_for_each_job_and_started_once(
    make_task: MakeTask, tmp_path: Path
) -> None:
    broken = write_model(tmp_path, "broken", engine="toy", arguments={"how": "exits"})
    good = write_model(tmp_path, "good", engine="toy")
    task = str(make_task([{}]))
    harnesses = ["echo", "unruly"]
    options = {"unruly": {"how": "hangs"}}
    ended = run(
        backend=harnesses,
        model=[broken, good],
        task=task,
        options=options,
        job_timeout_s=1,
        out=tmp_path / "run",
    )
    starting = [one.name for one in ended.said("engine") if one.text == "starting"]
    assert starting == ["broken", "good"]
    found = {(job.harness.name, job.model.name): job for job in ended.report.jobs}
    for name in harnesses:
        job = found[name, "broken"]
        assert (job.status, job.errors[0].kind) == ("failed", "engine")
        assert "the weights are missing" in job.errors[0].message
    assert found["echo", "good"].status == "ok"
    assert found["unruly", "good"].status == "timed_out"
    assert ended.code == 1
