"""`bench eval` as a real process that is interrupted or killed, with all that it has started."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import jsonschema
import pytest

from bench import api
from bench.report.json_schema import report_schema
from tests.runs import await_true, bench, left_of, use_fakes, write_model


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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
