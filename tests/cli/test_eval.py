from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import resources
from bench.cli import eval as evaluation
from bench.schema import Report
from tests.cli.said import Cli
from tests.endpoint import closed_port
from tests.runs import bench, write_model

MakeTask = Callable[..., Path]


@pytest.fixture
def task(make_task: MakeTask) -> str:
    return str(make_task([{}, {}, {}]))


@pytest.fixture
def out(tmp_path: Path) -> str:
    return str(tmp_path / "run")


def test_the_table_and_where_the_report_is(cli: Cli, task: str, out: str) -> None:
    said = cli("eval", "--backend", "echo", "--task", task, "--out", out)
    assert said.code == 0
    assert "tiny:m · none · echo  ok" in said.out
    assert "3 expected = 3 answered + 0 failed" in said.out
    assert said.out.endswith(f"report: {out}/report.html\n")
    assert "echo--no-model--tiny-m: 3 of 3" in said.err


def test_json_lines_and_the_report_last(cli: Cli, task: str, out: str) -> None:
    said = cli("eval", "--backend", "echo", "--task", task, "--out", out, "--json")
    *events, last = [json.loads(line) for line in said.out.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["run_started", "run_finished"]
    assert last == json.loads(Path(out, "report.json").read_bytes())
    assert Report(**last).jobs[0].status == "ok"
    assert said.err == ""


def test_a_limit_is_marked(cli: Cli, task: str, out: str) -> None:
    said = cli("eval", "--backend", "echo", "--task", task, "--out", out, "--limit", "1")
    assert "limited to the first 1 samples of each task: not a full result" in said.out
    assert "1 expected = 1 answered" in said.out
    assert "Limited to the first 1 samples" in Path(out, "report.md").read_text()


def test_a_config_file(cli: Cli, task: str, out: str, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(
        f"backend: unruly\ntask: {task}\nout: {out}\noptions: {{unruly: {{how: talks}}}}\n"
    )
    said = cli("eval", str(config))
    assert (said.code, "tiny:m · none · unruly  ok" in said.out) == (0, True)
    assert "note: odd: \\ud800" in said.err + said.out


@pytest.mark.parametrize(
    ("how", "code"), [("answers", 0), ("raises", 1), ("refuses", 1), ("skips_the_last", 1)]
)
def test_exit_codes_of_jobs(cli: Cli, task: str, tmp_path: Path, how: str, code: int) -> None:
    out = str(tmp_path / "run")
    config = {"backend": "unruly", "task": task, "out": out, "options": {"unruly": {"how": how}}}
    (tmp_path / "c.json").write_text(json.dumps(config))
    assert cli("eval", str(tmp_path / "c.json")).code == code


def test_a_failed_request_is_exit_1(cli: Cli, task: str, out: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}/v1"
    model = write_model(tmp_path, base_url=url, requests={"attempts": 1})
    said = cli("eval", "--backend", "echo", "--model", model, "--task", task, "--out", out)
    assert said.code == 1
    assert "3 × connection:" in said.out


def test_an_environment_that_cannot_be_built_is_exit_3(
    cli: Cli, task: str, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    model = write_model(tmp_path, engine="unbuildable")
    said = cli("eval", "--backend", "echo", "--model", model, "--task", task, "--out", out)
    assert said.code == 3
    assert "1 × environment: " in said.out
    assert Path(out, "report.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--backend", "echo"], "no task is named"),
        (["--backend", "ecco", "--task", "receipts"], "did you mean 'echo'?"),
        (["--backend", "echo", "--task", "receipts", "--limit", "0"], "0 is not in the range"),
        (["--nonsense"], "No such option"),
        (["no/such/config.yaml"], "there is no such config file"),
        (["--backend", "echo", "--task", "receipts", "--model", "x.yaml"], "no such model file"),
    ],
)
def test_wrong_usage_is_exit_2_in_two_lines(cli: Cli, arguments: list[str], said: str) -> None:
    found = cli("eval", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.startswith("error: ")
    assert len(found.err.splitlines()) <= 2


def test_a_wrong_config_has_line_and_column(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("backend: echo\nrequests:\n  atempts: 3\n")
    found = cli("eval", str(tmp_path / "c.yaml"))
    assert found.code == 2
    assert f"{tmp_path}/c.yaml:3:3: unknown key 'requests.atempts'" in found.err
    assert "did you mean 'attempts'?" in found.err


def test_a_folder_that_is_not_empty_is_refused(cli: Cli, task: str, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "old").touch()
    found = cli("eval", "--backend", "echo", "--task", task, "--out", str(tmp_path / "full"))
    assert found.code == 2
    assert "is there already and is not empty" in found.err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["old"]


@pytest.fixture
def untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_dry_run_builds_nothing(
    cli: Cli, task: str, out: str, tmp_path: Path, untouched: Path
) -> None:
    model = write_model(tmp_path, engine="toy", arguments={"answer": "x"})
    arguments = ["--backend", "echo", "--model", model, "--task", task, "--out", out, "--dry-run"]
    said = cli("eval", *arguments)
    assert said.code == 0
    assert said.out.endswith("1 job; nothing was built or run\n")
    assert not untouched.exists()
    assert not Path(out).exists()
    (job,) = json.loads(cli("eval", *arguments, "--json").out)["jobs"]
    adapters = resources.folder("adapters")
    assert job["environment"].endswith("(is not built)")
    python = untouched / "environments" / job["environment"].split()[0] / "venv/bin/python"
    assert job["invocation"] == (
        f"PYTHONPATH={adapters}/_sdk PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1 "
        f"{python} {adapters}/harnesses/echo/run.py evaluate RUN/jobs/echo--m--tiny-m"
    )
    assert job["engine"].startswith("toy-cpu-")
    assert job["samples"] == 3
    for value in (job["invocation"], job["engine"], "m (m by engine toy)"):
        assert value in said.out


def test_a_dry_run_says_what_is_refused(cli: Cli, task: str, out: str, untouched: Path) -> None:
    arguments = ["--backend", "echo", "--task", task, "--flavour", "cuda", "--dry-run"]
    assert "echo has no flavour cuda: it has cpu" in cli("eval", *arguments).out


def test_an_engine_may_be_named_like_its_harness(
    cli: Cli, task: str, tmp_path: Path, untouched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = tmp_path / "more" / "twin"
    twin.mkdir(parents=True)
    manifest = 'protocol = 1\nname = "echo"\nkind = "engine"\nsummary = "x"\npython = "3.11"\n'
    (twin / "adapter.toml").write_text(manifest + 'flavours = ["cpu"]\n')
    (twin / "serve.py").touch()
    monkeypatch.setenv("BENCH_ADAPTERS", str(twin.parent))
    model = write_model(tmp_path, engine="echo")
    said = cli("eval", "--backend", "echo", "--model", model, "--task", task, "--dry-run", "--json")
    assert "requirements.lock is missing" in json.loads(said.out)["jobs"][0]["engine"]


def test_the_invocation_of_a_dry_run_works(cli: Cli, task: str, out: str, tmp_path: Path) -> None:
    """On the folder of a real run, whose answers are then written a second time."""
    cli("eval", "--backend", "echo", "--task", task, "--out", out)
    said = cli("eval", "--backend", "echo", "--task", task, "--dry-run", "--json")
    (job,) = json.loads(said.out)["jobs"]
    assert job["environment"].endswith("(ready)")
    predictions = Path(out, "jobs", job["id"], "predictions.jsonl")
    predictions.unlink()
    done = subprocess.run(["sh", "-c", job["invocation"].replace("RUN", out)], check=False)
    assert done.returncode == 0
    assert len(predictions.read_text().splitlines()) == 3


def test_a_reader_that_leaves_ends_the_run_quietly(task: str, out: str, tmp_path: Path) -> None:
    process = bench(
        *("eval", "--backend", "echo", "--task", task, "--out", out, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said == ""
    assert process.returncode == 1
    assert json.loads(Path(out, "report.json").read_bytes())["jobs"][0]["status"] == "cancelled"


def test_signals_are_given_back(cli: Cli, task: str, out: str) -> None:
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with evaluation._stopping(lambda: None, "bench eval --resume x"):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
