"""`bench eval --resume`: which runs go on and which are refused, and what is done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import api, store
from bench.errors import UsageError
from bench.runner import Run
from tests.cli.said import Cli
from tests.endpoint import Endpoint, Reply, closed_port, endpoint
from tests.kill_matrix import assert_same
from tests.runs import FAKES, await_true, bench, left_of, rows, run, use_fakes, write_model

MakeTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with endpoint(lambda prompt, _: Reply(f"{prompt}!")) as made:
        yield made


@pytest.fixture
def config(make_task: MakeTask, tmp_path: Path, served: Endpoint) -> dict[str, Any]:
    """Two jobs of three samples each."""
    task = make_task([{"question": str(n)} for n in range(3)], prompt="Say {question}")
    models = [write_model(tmp_path, name, base_url=served.url) for name in ("a", "b")]
    return {"backend": "echo", "model": models, "task": str(task), "out": tmp_path / "run"}


def killed_at(event: str, config: dict[str, Any], number: int = 1) -> Path:
    """`bench eval` that is killed at the `number`th event of this kind; all of it has ended."""
    out = Path(config["out"])
    path = out.with_suffix(".json")
    path.write_text(json.dumps(config, default=str))
    with bench("eval", str(path), "--json", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            number -= json.loads(line)["event"] == event
            if number == 0:
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL
    return out


def resumed(out: Path) -> tuple[Run, list[str]]:
    going_on = api.resume(out)
    said = [f"{event.event} {event.text}" for event in going_on.events()]
    api.finish(going_on)
    assert left_of(os.getpid()) == []
    return going_on, said


@pytest.mark.parametrize(
    ("event", "number"),
    [
        pytest.param("environment", 1, marks=pytest.mark.thorough),
        pytest.param("job_started", 1, marks=pytest.mark.thorough),
        pytest.param("job_ended", 1, marks=pytest.mark.thorough),
        pytest.param("job_ended", 2, marks=pytest.mark.thorough),
        pytest.param("run_finished", 1, marks=pytest.mark.thorough),
    ],
)
def test_a_run_killed_in_any_phase_goes_on(
    config: dict[str, Any], tmp_path: Path, served: Endpoint, event: str, number: int
) -> None:
    out = killed_at(event, config, number)
    asked = len(served.asked)
    answered = len(rows(out / "gateway" / "requests.jsonl")) if asked else 0
    going_on, _ = resumed(out)
    assert going_on.exit_code() == 0
    assert len(served.asked) - asked <= 6 - answered
    expected = run(**config | {"out": tmp_path / "expected"})
    assert_same(out, expected.folder)
    assert {path.name for path in out.iterdir()} >= {"report.html", "report.md", "answers.csv"}


@pytest.mark.thorough
def test_a_run_killed_while_job_folders_were_written_goes_on(
    config: dict[str, Any], tmp_path: Path
) -> None:
    out = killed_at("job_started", config)
    job = out / "jobs" / "echo--b--tiny-m"
    (job / "described.json").unlink()
    (job / "job.json").write_text('{"proto')
    going_on, _ = resumed(out)
    assert going_on.exit_code() == 0
    assert_same(out, run(**config | {"out": tmp_path / "expected"}).folder)
    assert (out / "earlier" / "echo--b--tiny-m--1" / "job.json").read_text() == '{"proto'


def test_what_is_done_stays_and_nothing_is_lost(config: dict[str, Any], served: Endpoint) -> None:
    out = killed_at("job_started", config, 2)
    first = out / "jobs" / "echo--a--tiny-m"
    before = {path.name: path.stat().st_mtime_ns for path in first.iterdir()}
    going_on, said = resumed(out)
    assert "run_resumed 1 of 2 jobs are left; " in said[1]
    assert {path.name: path.stat().st_mtime_ns for path in first.iterdir()} == before
    assert [path.name for path in (out / "earlier").iterdir()] == ["echo--b--tiny-m--1"]
    assert len([one for one in said if one.startswith("job_started")]) == 1
    used = store.open_run(out).run
    assert len(used.resumed_at) == 1
    assert used.started_at <= used.resumed_at[0] <= used.finished_at
    assert going_on.report is not None
    assert going_on.report.run == used


def test_nothing_to_resume_starts_nothing(
    config: dict[str, Any], served: Endpoint, cli: Cli
) -> None:
    out = run(**config).folder
    report, asked = (out / "report.json").read_bytes(), len(served.asked)
    described = (out / "run.json").read_bytes()
    gateway = {path.name: path.stat().st_mtime_ns for path in (out / "gateway").iterdir()}
    said = cli("eval", "--resume", str(out))
    assert said.code == 0
    assert "resumed: nothing to resume" in said.err
    assert "go on with" not in said.out + said.err
    assert (out / "report.json").read_bytes() == report
    assert (out / "run.json").read_bytes() == described
    assert len(served.asked) == asked
    now = {path.name: path.stat().st_mtime_ns for path in (out / "gateway").iterdir()}
    assert now == gateway
    (out / "report.json").unlink()
    (out / "report.json.part").write_text('{"schema_ver')
    assert cli("eval", "--resume", str(out)).code == 0
    assert json.loads((out / "report.json").read_bytes())["jobs"] == json.loads(report)["jobs"]


def test_failed_requests_are_asked_again_and_no_others(
    make_task: MakeTask, tmp_path: Path, cli: Cli
) -> None:
    broken = threading.Event()
    broken.set()

    def script(prompt: str, _: int) -> Reply:
        return Reply(prompt, 500 if broken.is_set() and "1" in prompt else 200)

    task = make_task([{"question": str(n)} for n in range(3)], prompt="Say {question}")
    with endpoint(script) as made:
        model = write_model(tmp_path, base_url=made.url, requests={"attempts": 1})
        out = str(tmp_path / "run")
        arguments = ("eval", "--backend", "echo", "--model", model, "--task", str(task))
        said = cli(*arguments, "--out", out)
        assert said.code == 1
        assert said.out.endswith(f"\ngo on with: bench eval --resume {out}\n")
        assert len(made.asked) == 3
        broken.clear()
        said = cli("eval", "--resume", out, "--json")
        assert said.code == 0
        assert said.err == ""
        assert len(made.asked) == 4
        (job,) = json.loads(said.out.splitlines()[-1])["jobs"]
        assert job["counts"] == {"expected": 3, "answered": 3, "failed": 0, "unscored": 0}


def test_an_unsupported_job_is_not_begun_again(make_task: MakeTask, tmp_path: Path) -> None:
    options = {"unruly": {"how": "refuses"}}
    ended = run(backend="unruly", options=options, task=str(make_task([{}])), out=tmp_path / "run")
    assert ended.code == 1
    assert not api.can_gain(ended.report)
    going_on, said = resumed(ended.folder)
    assert said[1] == "run_resumed nothing to resume"
    assert going_on.exit_code() == 1


@pytest.mark.parametrize(
    "more",
    [
        ["config.yaml"],
        ["--backend", "echo"],
        ["--model", "rapidocr"],
        ["--task", "receipts"],
        ["--limit", "1"],
        ["--out", "x"],
        ["--data", "x"],
        ["--seed", "1"],
        ["--flavour", "cpu"],
        ["--parallel", "2"],
        ["--dry-run"],
    ],
)
def test_resume_takes_nothing_that_would_change_the_run(cli: Cli, more: list[str]) -> None:
    said = cli("eval", "--resume", "runs/x", *more)
    named = more[0] if more[0].startswith("--") else "CONFIG"
    assert said.code == 2
    assert f"--resume goes on with a run as it was begun: it takes no {named}\n" in said.err


def test_a_folder_that_is_no_run(cli: Cli, tmp_path: Path) -> None:
    said = cli("eval", "--resume", str(tmp_path))
    assert (said.code, "is no run: it has no run.json" in said.err) == (2, True)


def edit(path: Path, **changed: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


@pytest.fixture
def left(config: dict[str, Any], make_task: MakeTask, tmp_path: Path) -> dict[str, Any]:
    """A run of three jobs, none of which is ok; its model, task and folder."""
    model = write_model(tmp_path, "t", engine="toy", arguments={"answer": "x"})
    task = make_task([{"question": str(n)} for n in range(3)], prompt="Say {question}")
    options = {"unruly": {"how": "raises"}}
    ended = run(backend="unruly", model=model, task=str(task), options=options, out=config["out"])
    assert ended.job.status == "failed"
    return {"model": Path(model), "task": task, "out": ended.folder}


def _prompt(left: dict[str, Any]) -> None:
    path = left["task"] / "task.yaml"
    path.write_text(path.read_text().replace("Say {", "Speak {"))


def _metric(left: dict[str, Any]) -> None:
    path = left["task"] / "task.yaml"
    path.write_text(path.read_text().replace('"cer"', '"exact_match"'))


def _reading(left: dict[str, Any]) -> None:
    path = left["task"] / "task.yaml"
    path.write_text(path.read_text().replace('"metrics"', '"extract": "value/1", "metrics"'))


def _image(left: dict[str, Any]) -> None:
    path = left["task"] / "images" / "a.png"
    path.write_bytes(path.read_bytes() + b"\0")


def _sample(left: dict[str, Any]) -> None:
    path = left["task"] / "samples.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def _reference(left: dict[str, Any]) -> None:
    path = left["task"] / "samples.jsonl"
    path.write_text(path.read_text().replace("hello", "hallo"))


def _parameters(left: dict[str, Any]) -> None:
    edit(left["model"], parameters={"temperature": 1})


def _engine(left: dict[str, Any]) -> None:
    edit(left["model"], arguments={"answer": "y"})


def _name(left: dict[str, Any]) -> None:
    edit(left["model"], name="u")


TASK = "the task tiny:m has changed since this run began (samples, prompt or images)"
CHANGES: dict[Callable[[dict[str, Any]], None], str] = {
    _prompt: TASK,
    _image: TASK,
    _sample: TASK,
    _reference: TASK,
    _metric: "the task tiny:m has changed since this run began (metrics, levels or field types)",
    _reading: "the task tiny:m has changed since this run began "
    "(kind, reading (`extract`) or classes)",
    _parameters: "the job unruly--t--tiny-m has changed since this run began (model)",
    _engine: "the model t has changed since this run began (its engine or arguments)",
    _name: "the jobs have changed since this run began: unruly--t--tiny-m, unruly--u--tiny-m",
}


def test_what_has_changed_is_named(left: dict[str, Any], cli: Cli) -> None:
    run_json = (left["out"] / "run.json").read_bytes()
    files = [left["model"], *(path for path in left["task"].rglob("*") if path.is_file())]
    for change, said in CHANGES.items():
        before = {path: path.read_bytes() for path in files}
        change(left)
        found = cli("eval", "--resume", str(left["out"]))
        assert (found.code, found.err) == (2, f"error: {said}\n  start a new run\n")
        for path, content in before.items():
            path.write_bytes(content)
    assert (left["out"] / "run.json").read_bytes() == run_json
    assert not (left["out"] / "earlier").exists()
    # All is as it was: the same run goes on.
    assert cli("eval", "--resume", str(left["out"])).code == 1
    assert (left["out"] / "earlier").exists()


@pytest.mark.thorough
def test_a_change_is_seen_where_only_an_earlier_folder_tells(
    left: dict[str, Any], cli: Cli
) -> None:
    job = left["out"] / "jobs" / "unruly--t--tiny-m"
    (left["out"] / "earlier").mkdir()
    job.rename(left["out"] / "earlier" / "unruly--t--tiny-m--1")
    _prompt(left)
    assert TASK in cli("eval", "--resume", str(left["out"])).err


@pytest.mark.thorough
def test_another_lock_is_another_environment(
    left: dict[str, Any], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    other = tmp_path / "other"
    shutil.copytree(FAKES, other)
    monkeypatch.setenv("BENCH_ADAPTERS", str(other))
    for name in ("toy", "unruly"):
        lock = other / name / "requirements.lock"
        before = lock.read_text()
        lock.write_text("something==1\n")
        found = cli("eval", "--resume", str(left["out"]))
        said = f"the environment of {name} has changed since this run began (its lock)"
        assert (found.code, found.err) == (2, f"error: {said}\n  start a new run\n")
        lock.write_text(before)


def test_a_run_that_somebody_writes_is_refused(
    make_task: MakeTask, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    config = {"backend": "unruly", "options": {"unruly": {"how": "hangs"}}, "out": str(out)}
    (tmp_path / "c.json").write_text(json.dumps(config | {"task": str(make_task([{}]))}))
    process = bench("eval", str(tmp_path / "c.json"), stderr=subprocess.DEVNULL)
    try:
        await_true(lambda: any(out.glob("jobs/*/events.jsonl")))
        said = cli("eval", "--resume", str(out))
        assert said.code == 2
        assert f"bench still works on this run (process {process.pid})" in said.err
    finally:
        process.kill()
        process.wait()
    # Its harness lives on for a second: what it still writes must not meet the new session.
    going_on = api.resume(out)
    assert left_of(process.pid) == []
    with pytest.raises(UsageError, match="still works on this run"):
        api.resume(out)
    del going_on
    api.resume(out)


@pytest.mark.thorough
def test_names_are_taken_from_where_the_run_was_begun(
    make_task: MakeTask, tmp_path: Path, served: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    make_task([{}]).rename(home / "mine")
    write_model(home, base_url=f"http://127.0.0.1:{closed_port()}/v1")
    monkeypatch.chdir(home)
    ended = run(backend="echo", model="m.json", task="mine:m", out="out", requests={"attempts": 1})
    assert ended.code == 1
    write_model(home, base_url=served.url)  # the server has another address: that may change
    served.asked.clear()
    monkeypatch.chdir(elsewhere)
    going_on, _ = resumed(home / "out")
    assert going_on.exit_code() == 0
    assert len(served.asked) == 1
    assert list(elsewhere.iterdir()) == []


@pytest.mark.thorough
def test_an_interrupted_run_says_how_to_go_on(make_task: MakeTask, tmp_path: Path) -> None:
    config = {"backend": "unruly", "options": {"unruly": {"how": "hangs"}}, "out": "out"}
    (tmp_path / "c.json").write_text(json.dumps(config | {"task": str(make_task([{}]))}))
    process = bench(
        *("eval", "c.json"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    await_true(lambda: any(tmp_path.glob("out/jobs/*/events.jsonl")))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    line = "go on with: bench eval --resume out"
    assert f"stopping: the report of what there is will be written; {line}\n" in err.decode()
    assert out.decode().splitlines()[-1] == line
