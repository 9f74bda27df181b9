from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import bench
from bench import api
from bench.config import make_config
from bench.errors import RunError, SourceError, UsageError

MakeTask = Callable[..., Path]


def test_evaluate_returns_the_report_and_leaves_the_files(
    make_task: MakeTask, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    report = bench.evaluate({"backend": "echo", "task": str(make_task([{}, {}]))}, out=out)
    assert report.jobs[0].counts.answered == 2
    reports = {"report.json", "report.html", "report.md", "answers.csv", "records.jsonl"}
    names = reports | {"run.json", "run.lock", "jobs"}
    assert {path.name for path in out.iterdir()} == names


def test_without_out_a_new_folder_is_made_under_runs(
    make_task: MakeTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = str(make_task([{}]))
    bench.evaluate({"backend": "echo", "task": task})
    (folder,) = (tmp_path / "runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-tiny-m", folder.name)


def test_a_config_file_and_what_stands_over_it(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task([{}] * 3)
    config = tmp_path / "config.yaml"
    config.write_text(f"backend: echo\ntask: ./{task.name}\nlimit: 2\nout: here\n")
    planned = api.planned(config, limit=1)
    assert planned.jobs[0].limit == 1
    assert len(planned.jobs[0].task.samples) == 1
    assert planned.config.out == tmp_path / "here"
    assert api.planned(str(config), limit=None).jobs[0].limit == 2


def test_a_ready_config_is_taken_as_it_is(make_task: MakeTask) -> None:
    config = make_config({"backend": "echo", "task": str(make_task([{}]))})
    assert api.planned(config).config == config


@pytest.mark.parametrize(
    ("config", "said"),
    [({"bakend": "echo"}, "unknown key 'bakend'"), ({"limit": 0}, "'limit'")],
)
def test_a_wrong_mapping(config: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        api.start(config)


def test_a_wrong_file_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("backend: echo\nlimmit: 5\n")
    with pytest.raises(SourceError, match=rf"{re.escape(str(path))}:2:1: unknown key 'limmit'"):
        api.start(path)


def test_a_run_that_has_not_ended_has_no_report(make_task: MakeTask, tmp_path: Path) -> None:
    run = api.start({"backend": "echo", "task": str(make_task([{}]))}, out=tmp_path / "run")
    with pytest.raises(RunError, match="has not ended"):
        api.finish(run)
    assert run.exit_code() == 1


def test_scoring_again_takes_a_path_as_text(make_task: MakeTask, tmp_path: Path) -> None:
    out = tmp_path / "run"
    report = bench.evaluate({"backend": "echo", "task": str(make_task([{}]))}, out=out)
    assert bench.rescore(str(out)) == report


def test_events_tell_the_whole_way(make_task: MakeTask, tmp_path: Path) -> None:
    run = bench.start({"backend": "echo", "task": str(make_task([{}]))}, out=tmp_path / "run")
    kinds = [event.event for event in run.events()]
    wanted = ["run_started", "environment", "job_started", "job_progress", "job_ended"]
    assert list(dict.fromkeys(kinds)) == [*wanted, "run_finished"]
    described = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert described["run"]["bench_version"] == bench.__version__
