"""bench diff: exit codes, words and JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.said import Cli
from tests.endpoint import Reply, endpoint
from tests.protocols import INJECTED, Protocol, ended
from tests.runs import run, write_model


@pytest.fixture(scope="module")
def runs(bench_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A and its repetition C; B has another prompt and a tampered terminal."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCH_HOME", str(bench_home))
        ended(Protocol(), folder / "a")
        ended(Protocol(), folder / "c")
        other = Protocol()
        for name in ("suffix", "temperature"):
            INJECTED[name][0](other)
        other.prompt += " \x1b[31m[red]"
        ended(other, folder / "b", lambda *_: Reply("page 9"))
    return folder


def test_what_differs_is_said_with_an_example(cli: Cli, runs: Path) -> None:
    said = cli("diff", str(runs / "a/run"), str(runs / "b/run"), "--fingerprint")
    assert (said.code, said.err) == (1, "")
    assert "prompt  text added at the end: “ No comments. ␛[31m[red]”" in said.out
    assert "in 4 of 4 requests" in said.out
    assert "{+ No comments. ␛[31m[red]+}" in said.out
    assert "parameter temperature  0 → 0.7" in said.out
    assert "cer ↓  0.1250 → 0.1667" in said.out
    assert "explained: the hash of the task's files differs with it" in said.out


@pytest.mark.parametrize("flags", [(), ("--fingerprint",)])
def test_nothing_differs(cli: Cli, runs: Path, flags: tuple[str, ...]) -> None:
    said = cli("diff", str(runs / "a/run"), str(runs / "c/run"), *flags)
    assert (said.code, said.err) == (0, "")
    assert (
        "nothing differs: 4 requests, same prompts, images, parameters, model, engine, scorer, "
        "task, locks"
    ) in said.out
    assert "on both sides" in said.out


def test_json_holds_all_of_it(cli: Cli, runs: Path) -> None:
    said = cli("diff", str(runs / "a/run"), str(runs / "b/run"), "--json")
    assert said.code == 1
    value: dict[str, Any] = json.loads(said.out)
    (job,) = value["jobs"]
    assert value["same"] is False
    assert [(one["kind"], one["name"]) for one in job["differences"]] == [
        ("prompt", "text added at the end"),
        ("parameter", "temperature"),
    ]
    assert job["headline"]["metric"] == "cer"
    same = cli("diff", str(runs / "a/run"), str(runs / "c/run"), "--json")
    assert (same.code, json.loads(same.out)["same"]) == (0, True)


def test_two_reports_will_do(cli: Cli, runs: Path, tmp_path: Path) -> None:
    for name in "ab":
        shutil.copy(runs / name / "run" / "report.json", tmp_path / f"{name}.json")
    said = cli("diff", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    assert said.code == 1
    assert "prompt  the prompts differ; the runs' folders would say how" in said.out
    assert "e.g." not in said.out
    mixed = cli("diff", str(runs / "a/run"), str(tmp_path / "a.json"))
    assert mixed.code == 0


@pytest.mark.thorough
def test_many_jobs(cli: Cli, runs: Path, tmp_path: Path) -> None:
    """What all jobs share is said once; a job without a counterpart is listed."""
    task = str(runs / "a" / "task")
    with endpoint(lambda *_: Reply("page")) as served:
        models = [write_model(tmp_path, name, base_url=served.url) for name in ("one", "two")]
        both = run(backend="echo", model=models, task=task, out=tmp_path / "both")
        more = run(
            backend="echo", model=models, task=task, out=tmp_path / "more", parameters={"n": 2}
        )
        single = run(backend="echo", model=models[:1], task=task, out=tmp_path / "single")
    said = cli("diff", str(both.folder), str(more.folder))
    assert said.code == 1
    assert "in each of the 2 jobs" in said.out
    assert said.out.count("parameter n  not sent → 2") == 1
    fewer = cli("diff", str(both.folder), str(single.folder))
    assert fewer.code == 1
    assert "only in A: echo--two--pages-m" in fewer.out
    assert fewer.out.count("nothing differs") == 1


def test_what_is_no_run(cli: Cli, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd.json").write_text("{}")
    for path, code, message in (
        ("empty", 2, "is no run"),
        ("missing", 2, "is no run and no report.json"),
        ("odd.json", 1, "run: Field required"),
    ):
        said = cli("diff", str(runs / "a/run"), str(tmp_path / path))
        assert (said.code, said.out) == (code, "")
        assert message in said.err


def test_a_report_of_an_older_bench(cli: Cli, runs: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(runs / "c" / "run", old)
    report = json.loads((old / "report.json").read_bytes())
    del report["jobs"][0]["fingerprint"]
    (old / "report.json").write_text(json.dumps(report))
    said = cli("diff", str(runs / "a/run"), str(old))
    assert said.code == 2
    assert "has no fingerprint" in said.err
    assert f"bench score {old} makes it" in said.err
    assert cli("score", str(old)).code == 0
    assert cli("diff", str(runs / "a/run"), str(old)).code == 0


def test_a_task_that_changed_where_nobody_was_asked(
    cli: Cli, make_task: Callable[..., Path], tmp_path: Path
) -> None:
    folders = [
        str(run(backend="echo", task=str(make_task([{}], prompt=said)), out=tmp_path / said).folder)
        for said in ("Read", "Write")
    ]
    said = cli("diff", *folders)
    assert said.code == 1
    assert "task files  a prompt or an image; what was asked is not on record" in said.out
    assert "not seen: prompts, images and parameters are not compared" in said.out
