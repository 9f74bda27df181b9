"""Whole runs: many jobs, what they share, how they are stopped, and what they cost."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import api, resources, store
from bench.execution import Outcome, execute
from bench.plan import Job
from bench.runner import Run
from bench.schema import Event
from tests.endpoint import Reply, closed_port, endpoint
from tests.runs import FAKES, Ended, await_true, left_of, run, unruly, use_fakes, write_model

MakeTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def two_harnesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shipped folder that holds echo and one that refuses every document task."""
    shipped = tmp_path / "shipped"
    (shipped / "harnesses").mkdir(parents=True)
    real = resources.folder("adapters")
    (shipped / "_sdk").symlink_to(real / "_sdk")
    (shipped / "harnesses" / "echo").symlink_to(real / "harnesses" / "echo")
    picky = shipped / "harnesses" / "picky"
    picky.mkdir()
    manifest = (FAKES / "unruly" / "adapter.toml").read_text()
    (picky / "adapter.toml").write_text(manifest.replace("unruly", "picky"))
    (picky / "requirements.lock").touch()
    (picky / "run.py").write_text(
        "from bench_protocol import Unsupported, main\n"
        "def evaluate(job):\n"
        "    raise Unsupported('no tiny tasks')\n"
        "main(evaluate=evaluate)\n"
    )
    monkeypatch.delenv("BENCH_ADAPTERS")
    found = resources.folder
    monkeypatch.setattr(
        resources, "folder", lambda name: shipped if name == "adapters" else found(name)
    )


@pytest.mark.usefixtures("two_harnesses")
def test_an_unsupported_job_is_forgiven_only_where_it_was_not_named(make_task: MakeTask) -> None:
    task = str(make_task([{}]))
    named = run(backend=["echo", "picky"], task=task)
    assert [job.status for job in named.report.jobs] == ["ok", "unsupported"]
    assert named.code == 1
    whatever = run(backend="all", task=task)
    assert [job.status for job in whatever.report.jobs] == ["ok", "unsupported"]
    assert whatever.code == 0


def test_jobs_share_one_gateway_and_keep_their_own_records(
    make_task: MakeTask, tmp_path: Path, out: Path
) -> None:
    task = str(make_task([{"references": ["a"]}, {"references": ["b"]}]))
    with endpoint(lambda *_: Reply("a")) as served:
        models = [write_model(tmp_path, name, base_url=served.url) for name in ("one", "two")]
        ended = run(backend="echo", model=models, task=task, out=out)
        assert len(served.asked) == 4
    assert [job.status for job in ended.report.jobs] == ["ok", "ok"]
    for job in ended.report.jobs:
        assert job.performance is not None
        assert (job.performance.requests, job.performance.failed_requests) == (2, 0)
        assert [one.value for one in job.results] == [0.5]
    assert len(ended.records()) == 4
    assert {row["tokens"] for row in ended.records()} == {3}


def test_one_bad_job_leaves_the_others_their_numbers(
    make_task: MakeTask, tmp_path: Path, out: Path
) -> None:
    task = str(make_task([{}, {}]))
    with endpoint(lambda *_: Reply("hello")) as served:
        good = write_model(tmp_path, "good", base_url=served.url)
        gone = f"http://127.0.0.1:{closed_port()}/v1"
        bad = write_model(tmp_path, "bad", base_url=gone, requests={"attempts": 1})
        ended = run(backend="echo", model=[bad, good], task=task, out=out)
    first, second = ended.report.jobs
    assert (first.status, first.counts.failed, first.errors[0].kind) == ("ok", 2, "connection")
    assert (second.status, second.counts.failed) == ("ok", 0)
    assert [one.value for one in second.results] == [0.0]
    assert ended.code == 1


def test_the_key_reaches_the_endpoint_and_nobody_else(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-3c2b71d7e0f94f6e"
    monkeypatch.setenv("SOME_KEY", key)
    task = str(make_task([{}]))
    with endpoint(lambda *_: Reply("hello")) as served:
        model = write_model(tmp_path, base_url=served.url, api_key_env="SOME_KEY")
        toy = write_model(tmp_path, "t", engine="toy")
        ended = unruly("shows_its_environment", model=[model, toy], task=task, out=out)
        asked = run(backend="echo", model=[model, toy], task=task, out=tmp_path / "asked")
        assert served.keys == [f"Bearer {key}"]
    assert [job.counts.failed for job in asked.report.jobs] == [0, 0]
    shown = [*ended.folder.rglob("environment.json"), *asked.folder.rglob("environment.json")]
    assert len(shown) == 4  # two harness processes, and the engine of each run
    holding = [
        path
        for folder in (ended.folder, asked.folder)
        for path in folder.rglob("*")
        if path.is_file() and key.encode() in path.read_bytes()
    ]
    assert holding == []


def test_a_gateway_that_does_not_start_fails_its_jobs_alone(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAD_KEY", "\u00e9")
    model = write_model(tmp_path, base_url="http://127.0.0.1:9/v1", api_key_env="BAD_KEY")
    ended = run(backend="echo", model=model, task=str(make_task([{}])), out=out)
    assert (ended.job.status, ended.code) == ("failed", 1)
    assert ended.job.errors[0].kind == "gateway"
    assert "the variable BAD_KEY holds no key" in ended.job.errors[0].message


def started(run_: Run, until: str) -> list[Event]:
    """Its events; the run is cancelled at the first of the kind `until`."""
    events = []
    for event in run_.events():
        events.append(event)
        if event.event == until:
            run_.cancel()
    return events


@pytest.mark.parametrize(
    "until", ["run_started", "environment", "engine", "job_started", "job_progress"]
)
def test_a_cancelled_run_has_a_report_and_leaves_nothing(
    make_task: MakeTask, tmp_path: Path, out: Path, until: str
) -> None:
    model = write_model(tmp_path, engine="toy")
    config = {
        "backend": ["unruly", "echo"],
        "model": model,
        "task": str(make_task([{}, {}])),
        "options": {"unruly": {"how": "hangs"}},
    }
    run_ = api.start(config, out=out)
    events = started(run_, until)
    report = api.finish(run_)
    assert [job.status for job in report.jobs] == ["cancelled", "cancelled"]
    assert run_.exit_code() == 130
    assert events[-1].event == "run_finished"
    assert (out / "report.md").exists()
    assert left_of(os.getpid()) == []


def test_leaving_the_loop_early_cancels(make_task: MakeTask, out: Path) -> None:
    def interrupted() -> None:
        for event in run_.events():
            if event.event == "job_progress":
                raise ZeroDivisionError

    config = {"backend": "unruly", "options": {"unruly": {"how": "hangs"}}}
    run_ = api.start(config, task=str(make_task([{}])), out=out)
    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert left_of(os.getpid()) == []
    assert store.read_report(out).jobs[0].status == "cancelled"


def test_an_environment_that_cannot_be_built_is_exit_3(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    models = [write_model(tmp_path, name, engine="unbuildable") for name in ("one", "two")]
    ended = run(backend="echo", model=models, task=str(make_task([{}])), out=out)
    assert ended.code == 3
    for job in ended.report.jobs:
        assert (job.status, job.errors[0].kind) == ("failed", "environment")
        assert "uv pip sync failed" in job.errors[0].message
    log = re.findall(r"log: (.+)\)", ended.report.jobs[0].errors[0].message)
    assert "vlmhyperbench-has-no-such-package" in Path(log[0]).read_text()
    assert store.read_report(out) == ended.report
    said = [one.text for one in ended.said("environment") if one.name == "engine unbuildable"]
    assert len([text for text in said if text.startswith("Python")]) == 1


def test_a_bug_is_raised_after_everything_has_ended(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bench.runner.execute", broken)
    model = write_model(tmp_path, engine="toy")
    run_ = api.start({"backend": "echo", "model": model, "task": str(make_task([{}]))}, out=out)
    with pytest.raises(ZeroDivisionError):
        list(run_.events())
    assert left_of(os.getpid()) == []


@pytest.mark.parametrize("parallel", [1, 2])
def test_jobs_run_side_by_side(
    make_task: MakeTask, tmp_path: Path, out: Path, parallel: int
) -> None:
    """Two meet at the endpoint, or never do."""
    both, met = threading.Barrier(2), []

    def script(prompt: str, _: int) -> Reply:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(10 if parallel == 2 else 0.5)
            met.append(prompt)
        return Reply("hello")

    with endpoint(script) as served:
        models = [write_model(tmp_path, name, base_url=served.url) for name in ("one", "two")]
        task = str(make_task([{}]))
        ended = run(backend="echo", model=models, task=task, parallel=parallel, out=out)
    assert ended.code == 0
    assert len(met) == (2 if parallel == 2 else 0)
    order = [one.event for one in ended.events if one.event in ("job_started", "job_ended")]
    assert order[:2] == ["job_started", "job_started" if parallel == 2 else "job_ended"]


def test_a_bug_in_one_job_stops_the_others(
    make_task: MakeTask, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(job: Job, folder: Path, *rest: object, **more: Any) -> Outcome:
        if job.task.name == "tiny:m":
            await_true((out / "jobs" / "unruly--no-model--tiny-n" / "events.jsonl").exists)
            raise ZeroDivisionError
        return execute(job, folder, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("bench.runner.execute", broken)
    task = make_task([{}])
    described = json.loads((task / "task.yaml").read_text())
    described["members"]["n"] = described["members"]["m"]
    (task / "task.yaml").write_text(json.dumps(described))
    options = {"unruly": {"how": "hangs"}}
    run_ = api.start(
        {"backend": "unruly", "task": str(task), "options": options}, parallel=2, out=out
    )
    begun = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        list(run_.events())
    assert time.monotonic() - begun < 60
    assert left_of(os.getpid()) == []
    assert store.read_described(out, "unruly--no-model--tiny-n").status == "cancelled"


@pytest.mark.slow
def test_the_core_costs_a_millisecond_a_sample_at_most(
    make_task: MakeTask, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = 10_000
    task = make_task([{"references": [f"text number {one}"]} for one in range(number)])
    begun = time.process_time()
    run_ = api.start({"backend": "echo", "task": str(task)}, out=out)
    jobs = 0.0
    for event in run_.events():
        if event.event == "job_ended":
            jobs = time.process_time() - begun
    report = api.finish(run_)
    total = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = f"jobs {jobs:.2f} s, with report {total:.2f} s CPU of the core for {number} samples"
    with capsys.disabled():
        print(f"\n{said}; peak {peak:.0f} MB")
    assert report.jobs[0].counts.answered == number
    assert 0 < jobs < 0.001 * number


def test_the_run_is_described(make_task: MakeTask, out: Path) -> None:
    ended = run(backend="echo", task=str(make_task([{}, {}])), limit=1, seed=5, out=out)
    assert isinstance(ended, Ended)
    used = ended.report.run
    assert (used.limit, used.seed, used.id) == (1, 5, "run")
    assert used.started_at <= used.finished_at
    assert ended.job.counts.expected == 1
    config = json.loads((out / "run.json").read_bytes())["config"]
    assert config["backend"] == ["echo"]
