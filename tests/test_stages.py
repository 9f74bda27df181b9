"""`--stages`: asked on one machine, scored and reported on another, from the run's folder alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import api, store
from bench.config import make_config
from bench.errors import RunError, UsageError
from bench.session import RunLock
from tests.cli.said import Cli
from tests.conftest import REPOSITORY
from tests.endpoint import Endpoint, Reply, endpoint
from tests.recorded import recorded_run
from tests.runs import run, use_fakes, write_model

MakeTask = Callable[..., Path]
MADE = ("report.json", "records.jsonl", "answers.csv", "report.md", "report.html")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    use_fakes(monkeypatch)
    return Cli(monkeypatch, capsys)


@pytest.fixture
def served() -> Iterator[Endpoint]:
    """Every third request fails."""
    with endpoint(lambda _, n: Reply("hello") if n % 3 else Reply(status=500)) as made:
        yield made


@pytest.fixture
def config(make_task: MakeTask, tmp_path: Path, served: Endpoint) -> dict[str, Any]:
    task = make_task([{"question": str(n)} for n in range(3)], prompt="Say {question}")
    requests = {"attempts": 1, "concurrency": 1}
    model = write_model(tmp_path, base_url=served.url, requests=requests)
    return {"backend": "echo", "model": model, "task": str(task), "out": tmp_path / "run"}


def made(folder: Path) -> list[str]:
    return [name for name in MADE if (folder / name).exists()]


def bytes_of(folder: Path, names: tuple[str, ...] = MADE) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


@pytest.mark.usefixtures("cli")
def test_what_is_inferred_here_is_scored_elsewhere(
    config: dict[str, Any], tmp_path: Path, served: Endpoint
) -> None:
    """The other machine: another place and home, no task, model, adapter or environment."""
    here = api.start(config | {"stages": "infer"})
    list(here.events())
    asked = len(served.asked)
    assert (here.exit_code(), here.report, made(here.folder)) == (1, None, [])
    assert here.inferred is not None
    assert [(job.status, job.counts.failed) for job in here.inferred.jobs] == [("ok", 1)]
    there = tmp_path / "elsewhere" / "moved"
    shutil.copytree(here.folder, there)
    whole = api.rescore(here.folder)  # with all that the run was begun with
    Path(config["model"]).unlink()
    shutil.rmtree(config["task"])
    home = tmp_path / "no-home"
    environ = {
        "PATH": "",
        "HOME": str(home),
        "BENCH_HOME": str(home),
        "PYTHONPATH": str(REPOSITORY),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench", "eval", "--resume", ".", "--stages", "score,report"],
        cwd=there,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "3 expected = 2 answered + 1 failed" in done.stdout
    assert not home.exists()
    assert len(served.asked) == asked
    assert store.read_report(there) == whole
    assert bytes_of(there) == bytes_of(here.folder)


@pytest.mark.thorough
@pytest.mark.usefixtures("cli")
def test_the_report_is_that_of_a_run_in_one_piece(
    config: dict[str, Any], make_task: MakeTask, tmp_path: Path
) -> None:
    config = {"backend": "echo", "task": config["task"]}
    apart = api.start(config | {"out": tmp_path / "apart", "stages": "infer"})
    list(apart.events())
    assert apart.exit_code() == 0
    scored = api.later_stages(apart.folder, ("score", "report"))
    whole = run(**config, out=tmp_path / "whole").report
    ours = {"run": None, "jobs": ()}
    assert scored.model_copy(update=ours) == whole.model_copy(update=ours)
    for one, other in zip(scored.jobs, whole.jobs, strict=True):
        logged = {"artifacts": (), "fingerprint": None}
        assert one.model_copy(update=logged) == other.model_copy(update=logged)
        assert one.fingerprint == other.fingerprint


@pytest.mark.thorough
def test_each_stage_makes_its_own_files(cli: Cli, config: dict[str, Any], tmp_path: Path) -> None:
    path, out = tmp_path / "c.json", tmp_path / "run"
    path.write_text(json.dumps(config, default=str))
    said = cli("eval", str(path), "--stages", "infer")
    assert (said.code, made(out)) == (1, [])
    assert f"inferred, not scored: bench eval --resume {out} --stages score,report" in said.out
    assert said.err.splitlines()[-1].endswith(f"inferred, not scored: {out}")
    assert f"eval --resume {out} --stages score,report" in cli("show", str(out)).out
    assert cli("eval", "--resume", str(out), "--stages", "report").err.startswith(
        f"error: {out} has no report.json"
    )
    said = cli("eval", "--resume", str(out), "--stages", "score")
    assert (said.code, made(out)) == (1, ["report.json", "records.jsonl"])
    assert said.out.endswith(f"report: {out}/report.json\n")
    said = cli("eval", "--resume", str(out), "--stages", "report")
    assert (said.code, made(out)) == (1, list(MADE))
    before = bytes_of(out)
    assert cli("score", str(out)).code == 1
    assert bytes_of(out) == before


@pytest.mark.thorough
def test_a_failed_request_is_asked_again_and_an_inferred_run_is_not(
    cli: Cli, config: dict[str, Any], tmp_path: Path, served: Endpoint
) -> None:
    (tmp_path / "c.json").write_text(json.dumps(config, default=str))
    said = cli("eval", str(tmp_path / "c.json"), "--stages", "infer", "--json")
    (job,) = json.loads(said.out.splitlines()[-1])["inferred"]["jobs"]
    assert (job["status"], said.code) == ("ok", 1)
    assert job["counts"] == {"expected": 3, "answered": 2, "failed": 1}
    out = str(tmp_path / "run")
    said = cli("eval", "--resume", out)
    assert (said.code, len(served.asked), made(Path(out))) == (0, 4, [])
    again = cli("eval", "--resume", out, "--stages", "infer")
    assert (again.code, len(served.asked)) == (2, 4)
    assert f"{out} is inferred already: nothing is left to ask" in again.err
    assert cli("eval", "--resume", out, "--stages", "infer,score,report").code == 0
    assert (len(served.asked), made(Path(out))) == (4, list(MADE))


@pytest.mark.thorough
def test_a_run_without_answers_has_no_score(
    cli: Cli, config: dict[str, Any], tmp_path: Path
) -> None:
    begun = api.start(config | {"stages": "infer"})
    list(begun.events())
    (job,) = begun.plan.jobs
    place = store.job_folder(begun.folder, job.id)
    (place / "predictions.jsonl").unlink()
    described = store.read_described(begun.folder, job.id)
    store.write_described(begun.folder, described.model_copy(update={"status": None}))
    said = cli("eval", "--resume", str(begun.folder), "--stages", "score")
    assert (said.code, made(begun.folder)) == (2, [])
    assert "has no predictions to score" in said.err
    (place / "described.json").unlink()
    said = cli("eval", "--resume", str(begun.folder), "--stages", "score")
    assert "was stopped before its job" in said.err
    assert cli("eval", "--resume", str(tmp_path), "--stages", "score").code == 2


def test_a_run_that_bench_works_on_is_not_scored(tmp_path: Path) -> None:
    recorded_run(tmp_path, (), jobs=("echo--m--t",))
    lock = RunLock(tmp_path)
    with pytest.raises(UsageError, match="bench still works on this run"):
        api.later_stages(tmp_path, ("score",))
    lock.release()
    with pytest.raises(RunError, match="was stopped before its job"):
        api.later_stages(tmp_path, ("score",))


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ("infer,report", "leaves out score, which comes between"),
        ("infr", "input should be 'infer', 'score' or 'report'"),
        ("score,report", "a run begins with infer"),
    ],
)
def test_wrong_stages(cli: Cli, config: dict[str, Any], stages: str, said: str) -> None:
    task, out = config["task"], config["out"]
    found = cli("eval", "--backend", "echo", "--task", task, "--stages", stages, "--out", str(out))
    assert (found.code, found.out, said in found.err) == (2, "", True), found.err
    assert not out.exists()


def test_stages_are_put_in_order_and_do_not_change_what_is_asked() -> None:
    config = make_config({"stages": ["report,score", "score"]})
    assert config.stages == ("score", "report")
    assert not config.does("infer")
    assert make_config({}).does("infer")
    assert config.digest() == make_config({}).digest()


def test_python_is_told_that_there_is_no_report(config: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="makes no report"):
        api.evaluate(config, stages="infer")
    assert not Path(config["out"]).exists()
