"""How a job ends, with a real harness process each time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench import api
from bench.execution import job_spec
from bench.schema import JobStatus
from bench.serving import ENGINE_START_S
from tests.runs import Ended, unruly, use_fakes, write_model

MakeTask = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def end(make_task: MakeTask, tmp_path: Path) -> Callable[..., Ended]:
    """A job of three samples that goes as `how` says."""

    def end(how: str, **config: Any) -> Ended:
        return unruly(how, task=str(make_task([{}, {}, {}])), out=tmp_path / "run", **config)

    return end


def counts(ended: Ended) -> tuple[int, int, int]:
    found = ended.job.counts
    assert found.expected == found.answered + found.failed
    return found.expected, found.answered, found.failed


def test_ok(end: Callable[..., Ended]) -> None:
    ended = end("answers")
    assert (ended.job.status, ended.code, counts(ended)) == ("ok", 0, (3, 3, 0))
    assert ended.job.errors == ()


def test_answers_are_paired_by_id(end: Callable[..., Ended], make_task: MakeTask) -> None:
    task = make_task([{"references": [text]} for text in ("one", "two", "three")])
    ended = unruly("answers_backwards", task=str(task))
    assert [row["prediction"] for row in ended.records()] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("how", "status", "answered", "said"),
    [
        ("raises", "failed", 2, r"RuntimeError: no luck: \ud800"),
        ("exits_with_0", "failed", 3, "SystemExit: 0"),
        ("vanishes_with_0", "crashed", 3, "ended without a result (exit code 0)"),
        ("segfaults", "crashed", 2, "(killed by SIGSEGV); its last words: about to die"),
        ("cuts_the_last_line", "crashed", 3, "ended without a result (killed by SIGKILL)"),
        ("refuses", "unsupported", 0, "Unsupported: not this task"),
        ("speaks_protocol_2", "failed", 3, "speaks protocol 2; this bench knows 1"),
        ("speaks_protocol_0", "failed", 3, "speaks the older protocol 0; this bench needs 1"),
        ("garbles_predictions", "failed", 0, "predictions.jsonl: not what the protocol says"),
        ("writes_no_utf8", "failed", 0, "predictions.jsonl: not what the protocol says"),
    ],
)
def test_not_ok(
    end: Callable[..., Ended], how: str, status: JobStatus, answered: int, said: str
) -> None:
    ended = end(how)
    assert (ended.job.status, ended.code) == (status, 1)
    assert counts(ended) == (3, answered, 3 - answered)
    assert said in " ".join(one.message for one in ended.job.errors)
    assert ended.said("run_finished")


def test_ok_without_all_answers_is_not_ok(end: Callable[..., Ended]) -> None:
    ended = end("skips_the_last")
    assert (ended.job.status, ended.code, counts(ended)) == ("failed", 1, (3, 2, 1))
    assert {one.kind for one in ended.job.errors} == {"counts_open", "no_prediction"}


def test_events_that_are_none_do_no_harm(end: Callable[..., Ended]) -> None:
    assert end("garbles_events").job.status == "ok"


def test_what_a_job_says_is_passed_on(end: Callable[..., Ended]) -> None:
    ended = end("talks")
    assert [one.text for one in ended.said("job_stage")] == ["reading"]
    assert [one.text for one in ended.said("job_warning")] == ["odd: \\ud800"]
    assert ended.job.harness.version == "7.1"
    (native,) = ended.job.native
    assert (native.metric, native.value, native.scale, native.label) == (
        *("Overall", 61.5),
        *(100, "native"),
    )


def test_a_hang_ends_with_its_whole_family(end: Callable[..., Ended]) -> None:
    begun = time.monotonic()
    ended = end("hangs", job_timeout_s=2)  # Ended: nothing of it is left
    assert time.monotonic() - begun < 30
    assert (ended.job.status, ended.code, counts(ended)) == ("timed_out", 1, (3, 1, 2))
    assert ended.job.errors[0].message == "did not end within 2 s (job_timeout_s)"
    assert ended.said("job_progress")[-1].done == 1


def test_children_of_a_job_that_ended_well_are_ended(end: Callable[..., Ended]) -> None:
    assert end("leaves_children").job.status == "ok"


def test_the_harness_gets_a_clean_environment(
    end: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "SLURM_JOB_ID", "UV_INDEX_URL", "RANK", "KEPT"):
        monkeypatch.setenv(name, "of the parent")
    ended = end("shows_its_environment")
    file = ended.folder / "jobs" / ended.job.id / "environment.json"
    found = json.loads(file.read_bytes())["variables"]
    assert {"SLURM_JOB_ID", "UV_INDEX_URL", "RANK"}.isdisjoint(found)
    assert Path(found["PYTHONPATH"]).name == "_sdk"
    assert (found["PYTHONSAFEPATH"], found["PYTHONNOUSERSITE"]) == ("1", "1")
    assert found["KEPT"] == "of the parent"


_FLOOD = """
import sys, bench
def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
def go(how):
    config = {"backend": "unruly", "task": sys.argv[1], "options": {"unruly": {"how": how}}}
    (job,) = bench.evaluate(config).jobs
    assert job.status == "ok", job.errors
go("answers")
before = peak()
go("floods")
print((peak() - before) / 1024)
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_100_mb_on_stdout_stay_out_of_memory(make_task: MakeTask, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FLOOD, str(make_task([{}]))],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (log,) = (path for path in tmp_path.rglob("log.txt") if path.stat().st_size >= 100_000_000)
    log.unlink()
    assert float(done.stdout) < 50


def test_a_harness_is_more_patient_than_the_gateway(make_task: MakeTask, tmp_path: Path) -> None:
    """Each job that runs beside it may be before it in the queue."""
    model = write_model(tmp_path, engine="toy")
    given = {"backend": "unruly", "model": model, "task": str(make_task([{}]))}

    def patience(parallel: int, **requests: float) -> float:
        requests |= {"timeout_s": 10, "stream_timeout_s": 20, "attempts": 2, "concurrency": 3}
        (job,) = api.planned(given, requests=requests).jobs
        spec = job_spec(job, "http://127.0.0.1:1/v1", parallel)
        assert spec.model is not None
        return spec.model.timeout_s

    alone = patience(1)
    assert alone == (20 + 60) * 2 + 60 + ENGINE_START_S
    assert patience(4) - alone == 3 * (20 + 60) * 2
    assert patience(1, requests_per_minute=6) - alone == 2 * 3 * 10
