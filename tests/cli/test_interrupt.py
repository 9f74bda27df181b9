"""`bench eval` as a real process that is interrupted or killed, with all that it has started."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import jsonschema
import pytest

from bench import api
from bench.report.json_schema import report_schema
from tests.endpoint import Reply, endpoint
from tests.kill_matrix import assert_same
from tests.runs import await_true, bench, left_of, rows, run, use_fakes, write_model


@dataclass(frozen=True)
class Hanging:
    """A run whose first job is ok, whose second hangs and whose third never begins."""

    process: subprocess.Popen[bytes]
    out: Path
    stdout: IO[bytes]


@pytest.fixture
def hanging(
    tmp_path: Path, make_task: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hanging]:
    use_fakes(monkeypatch)
    out, task = tmp_path / "run", make_task([{}, {}])
    config = {
        "backend": ["echo", "unruly"],
        "model": write_model(tmp_path, engine="toy"),
        "task": [f"{task}:m"],
        "options": {"unruly": {"how": "hangs"}},
        "out": str(out),
    }
    more = json.loads((task / "task.yaml").read_text())
    more["members"]["n"] = more["members"]["m"]
    (task / "task.yaml").write_text(json.dumps(more))
    config["task"] = [f"{task}:m", f"{task}:n"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    process = bench(
        "eval", str(tmp_path / "config.json"), "--json", stdout=subprocess.PIPE, cwd=tmp_path
    )
    assert process.stdout is not None
    with process, process.stdout:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "job_progress" and event["job"].startswith("unruly"):
                break
        # The core itself carries no mark: gateway, engine, harness and its two children.
        assert len(left_of(process.pid)) == 5
        yield Hanging(process, out, process.stdout)
        process.kill()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)]
)
def test_an_interrupted_run_has_a_report(hanging: Hanging, number: signal.Signals) -> None:
    hanging.process.send_signal(number)
    last = hanging.stdout.read().splitlines()[-1]
    assert hanging.process.wait(20) == 130
    assert left_of(hanging.process.pid) == []
    report = json.loads((hanging.out / "report.json").read_bytes())
    assert json.loads(last) == report
    jsonschema.validate(report, report_schema())
    found = {job["id"].split("--", 1)[0] + job["id"][-2:]: job["status"] for job in report["jobs"]}
    assert found == {
        "echo-m": "ok",
        "echo-n": "ok",
        "unruly-m": "cancelled",
        "unruly-n": "cancelled",
    }


def test_all_ends_when_the_core_is_killed_and_what_was_done_can_be_scored(
    hanging: Hanging,
) -> None:
    hanging.process.kill()
    hanging.process.wait()
    await_true(lambda: not left_of(hanging.process.pid), 10)
    assert not (hanging.out / "report.json").exists()
    report = api.rescore(hanging.out)
    assert [job.status for job in report.jobs] == ["ok", "ok", "crashed", "cancelled"]
    assert [one.value for one in report.jobs[0].results] == [0.0]
    assert [job.counts.answered for job in report.jobs] == [2, 2, 1, 0]
    assert report.jobs[2].errors[0].message == "the run was killed before this job ended"
    assert report.jobs[3].errors[0].message == "the run was killed before this job began"


JOBS = 32


@pytest.mark.thorough
def test_32_jobs_at_once_are_interrupted_and_gone_on_with(
    tmp_path: Path, make_task: Callable[..., Path]
) -> None:
    """Each job has one answer on record then, and two requests in flight."""
    goes_on = threading.Event()

    def script(prompt: str, _: int) -> Reply:
        if prompt != "Say 0":
            goes_on.wait(60)
        return Reply(prompt)

    rows_ = [{"question": str(n), "references": [f"Say {n % 2}"]} for n in range(3)]
    task = str(make_task(rows_, prompt="Say {question}"))
    with endpoint(script) as served:
        models = [write_model(tmp_path, f"m{n}", base_url=served.url) for n in range(JOBS)]
        config = {"backend": "echo", "model": models, "task": task, "parallel": JOBS}
        (tmp_path / "c.json").write_text(json.dumps(config))
        record = tmp_path / "run" / "gateway" / "requests.jsonl"
        with (tmp_path / "said.txt").open("wb") as said:
            process = bench("eval", "c.json", "--out", "run", cwd=tmp_path, stderr=said)
        try:
            await_true(lambda: len(served.asked) == 3 * JOBS, 120)
            await_true(lambda: len(rows(record)) == JOBS)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
            process.wait()
            goes_on.set()
        assert left_of(process.pid) == []
        statuses = [one["status"] for one in rows(record)]
        assert (statuses.count("ok"), statuses.count("failed")) == (JOBS, 2 * JOBS)
        report = json.loads((tmp_path / "run" / "report.json").read_bytes())
        assert [job["status"] for job in report["jobs"]] == ["cancelled"] * JOBS
        assert bench("eval", "--resume", str(tmp_path / "run")).wait(120) == 0
        assert len(served.asked) == 5 * JOBS
        config["parallel"] = 4
        assert run(**config, out=tmp_path / "expected").code == 0
    assert_same(tmp_path / "run", tmp_path / "expected")
