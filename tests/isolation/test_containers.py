"""Real containers: docker's daemon is started here, podman needs none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import api
from bench.adapter import find_adapter
from bench.config import Container
from bench.isolation.image import Image
from bench.isolation.launch import Work, launched
from bench.isolation.overlay import build_overlay
from bench.schema import Event, JobReport
from tests.isolation.tiny_wheel import write_wheel
from tests.runs import Ended, await_true, bench, rows, run, write_model

pytestmark = pytest.mark.harness
MakeTask = Callable[..., Path]
APART = {"environment", "engine_environment", "performance", "artifacts"}
ROWS = [{}, {"references": ["two"]}, {"references": ["three"]}]


@pytest.fixture
def task(make_task: MakeTask) -> str:
    return f"{make_task(ROWS)}:m"


def left(engine: str) -> list[str]:
    """Containers of ours that are there, running or not."""
    argv = [engine, "ps", "--all", "--quiet", "--filter", "label=vlmhyperbench=1"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def escape(engine: str, task: str, out: Path, how: str, **more: Any) -> Ended:
    options = {"how": how} | more.pop("options", {})
    found = run(
        backend="escapes",
        task=task,
        out=str(out),
        isolation=engine,
        options={"escapes": options},
        **more,
    )
    assert left(engine) == []
    return found


def tried(ended: Ended) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(
        (ended.folder / "jobs" / ended.job.id / "tried.json").read_bytes()
    )
    return said


def compared(job: JobReport) -> dict[str, Any]:
    """Without where it ran, how long it took, and the hashes of files that hold times and paths."""
    return job.model_dump(mode="json", exclude=APART)


def test_a_report_is_the_same_but_for_the_environment(
    engine: str, task: str, tmp_path: Path
) -> None:
    """The model's engine runs in a container as well; requests go through both walls."""
    model = write_model(tmp_path, engine="toy", arguments={"answer": "two"})
    asked: dict[str, Any] = {"backend": "echo", "model": model, "task": task}
    inside = run(**asked, isolation=engine, out=str(tmp_path / "inside"))
    outside = run(**asked, out=str(tmp_path / "outside"))
    assert left(engine) == []
    assert inside.code == outside.code == 0
    assert compared(inside.job) == compared(outside.job)
    assert inside.job.fingerprint == outside.job.fingerprint
    assert [{**row, "latency_s": 0} for row in inside.records()] == [
        {**row, "latency_s": 0} for row in outside.records()
    ]
    assert inside.report.run.config_sha256 == outside.report.run.config_sha256
    used, plain = inside.job.environment, outside.job.environment
    assert (used.isolation, plain.isolation) == (engine, "venv")
    assert used.image
    assert used.image.startswith("sha256:")
    assert plain.image is None
    serving, beside = inside.job.engine_environment, outside.job.engine_environment
    assert serving
    assert beside
    assert (serving.isolation, beside.isolation, beside.image) == (engine, "venv", None)
    assert serving.image
    assert serving.image != used.image
    assert (used.lock_sha256, used.python) == (plain.lock_sha256, plain.python)
    # What is measured is the container's tree (door.py and the engine), not docker's own program.
    (usage,) = (tmp_path / "inside" / "engines").glob("*/usage.jsonl")
    assert max(row["processes"] for row in rows(usage)) == 2


def described(image: Image, folder: Path) -> dict[str, Any]:
    """What the adapter says of its environment when it runs in this image."""
    folder.mkdir()
    work = Work(find_adapter("harness", "escapes"), "describe", folder)
    launch = launched(image, work, os.environ)
    subprocess.run(launch.argv, env=dict(launch.variables), check=True)
    said: dict[str, Any] = json.loads((folder / "result.json").read_bytes())["versions"]
    return said


def test_versions_of_a_model_are_mounted_over_the_image(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = tmp_path / "wheels"
    write_wheel(wheels)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    how: dict[str, Any] = {"isolation": engine, "container": Container(wheels=wheels)}
    adapter = find_adapter("harness", "escapes")
    plain = build_overlay(adapter, "cpu", **how)
    over = build_overlay(adapter, "cpu", **how, requires=("tiny-made-up==1.0",))
    assert (over.reference, over.digest) == (plain.reference, plain.digest)
    assert (over.key, over.lock_sha256) != (plain.key, plain.lock_sha256)
    assert described(plain, tmp_path / "plain") == {"harness": "1", "tiny": None}
    assert described(over, tmp_path / "over") == {"harness": "1", "tiny": "1.0"}
    built = [(path, path.stat().st_mtime_ns) for path in Path(str(over.overlay)).iterdir()]
    assert build_overlay(adapter, "cpu", **how, requires=("tiny-made-up==1.0",)) == over
    assert [(path, path.stat().st_mtime_ns) for path, _ in built] == built


def test_it_cannot_reach_a_network(engine: str, task: str, tmp_path: Path) -> None:
    ended = escape(engine, task, tmp_path / "out", "reaches_out")
    assert tried(ended) == {"said": ["OSError", "OSError"]}
    assert ended.job.notes == (
        "it tried 2 times to reach a network: its container has none but the gateway",
    )


def test_it_cannot_write_outside_its_folder(
    engine: str, task: str, tmp_path: Path, rootfs: Path
) -> None:
    image = Path(task.partition(":")[0]) / "images" / "a.png"
    before = image.read_bytes()
    places = [
        str(image),
        "/outside",
        str(tmp_path / "out" / "run.json"),
        str(Path(__file__).parent / "adapters/escapes/x"),
    ]
    ended = escape(engine, task, tmp_path / "out", "writes_outside", options={"places": places})
    assert set(tried(ended)) == set(places)
    # run.json lies outside of the job's folder: what is written there stays in the container.
    assert set(tried(ended).values()) <= {"OSError", "FileNotFoundError", "PermissionError"}
    assert image.read_bytes() == before
    assert not Path("/tmp/inside").exists()
    assert (ended.folder / "jobs" / ended.job.id / "beside-job.json").read_text() == "x"
    assert ended.code == 0


def test_it_cannot_fork_without_end(engine: str, task: str, tmp_path: Path) -> None:
    ended = escape(engine, task, tmp_path / "out", "forks", container={"pids": 60})
    assert 0 < tried(ended)["started"] < 60
    (note,) = ended.job.notes
    assert note.startswith("its container refused 9")
    assert note.endswith("new processes (limit 60 processes and threads)")


def test_it_cannot_eat_the_memory(engine: str, task: str, tmp_path: Path) -> None:
    ended = escape(engine, task, tmp_path / "out", "eats_memory", container={"memory_gb": 0.15})
    (first, *_) = ended.job.errors
    assert ended.job.status == "crashed"
    assert first.kind == "out_of_memory"
    assert first.message.startswith("its container ran out of memory (limit 0.15 GB): ")


def test_a_child_that_eats_the_memory_is_noted(engine: str, task: str, tmp_path: Path) -> None:
    small = {"memory_gb": 0.15}
    ended = escape(engine, task, tmp_path / "out", "a_child_eats_memory", container=small)
    assert ended.job.status == "ok"
    assert tried(ended) == {"code": -9}
    assert ended.job.notes == (
        "its container ran out of memory (limit 0.15 GB): 1 process was killed",
    )


def test_how_it_died_is_said_as_of_a_venv(engine: str, task: str, tmp_path: Path) -> None:
    ended = escape(engine, task, tmp_path / "out", "dies")
    assert "ended without a result (killed by SIGSEGV)" in ended.job.errors[0].message


def test_a_time_out_ends_its_container(engine: str, task: str, tmp_path: Path) -> None:
    ended = escape(engine, task, tmp_path / "out", "hangs", job_timeout_s=4)
    assert ended.job.status == "timed_out"


def test_stopping_leaves_no_container(
    engine: str, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    started = api.start(
        {
            "backend": "escapes",
            "task": task,
            "out": str(tmp_path / "out"),
            "isolation": engine,
            "options": {"escapes": {"how": "hangs"}},
        }
    )
    events: list[Event] = []
    thread = threading.Thread(target=lambda: events.extend(started.events()))
    thread.start()
    said = Path(tmp_path, "out", "jobs", started.plan.jobs[0].id, "tried.json")
    await_true(said.is_file, 120)
    found = json.loads(said.read_bytes())
    assert "A_SECRET" not in found["variables"]
    assert found["user"] == os.getuid()
    started.cancel()
    thread.join()
    assert left(engine) == []
    assert started.exit_code() == 130


def test_a_killed_core_leaves_no_container(engine: str, task: str, tmp_path: Path) -> None:
    options = tmp_path / "c.json"
    options.write_text(json.dumps({"options": {"escapes": {"how": "hangs"}}}))
    words = ["eval", str(options), "--backend", "escapes", "--task", task]
    core = bench(*words, "--isolation", engine, "--out", str(tmp_path / "out"))
    await_true(lambda: list((tmp_path / "out" / "jobs").glob("*/tried.json")), 120)
    assert len(left(engine)) == 1
    core.send_signal(signal.SIGKILL)
    core.wait()
    await_true(lambda: left(engine) == [], 60)
