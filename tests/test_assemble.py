"""Truth, the whole way: echo, a real gateway, and an endpoint that behaves badly."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from bench import api, store
from bench.errors import RunError
from bench.report.json_schema import report_schema
from tests.endpoint import Reply, Script, closed_port, endpoint
from tests.runs import Ended, run, unruly, use_fakes, write_model

MakeTask = Callable[..., Path]

ODD = [
    *("NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  leading", "trailing \n"),
    *("a\rb", "\r\n", "\0", "line\u2028line\u2029", "\U0001f600\n\n\U0001f469\u200d\U0001f52c"),
    *("x" * 40_000, "\ud800", "Failed to obtain answer via API.", "nan", "-0", "\ufeffbom"),
    *("| a | b |", "<script>", "[red]no markup[/]", "e\u0301"),
]


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


@pytest.fixture
def asked(make_task: MakeTask, tmp_path: Path) -> Callable[..., Ended]:
    """Echo asks the endpoint `script` (None: a closed port) so many samples, one at a time."""

    def asked(script: Script | None, number: int, **requests: float) -> Ended:
        task = make_task([{"question": str(one)} for one in range(number)], prompt="{question}")
        with endpoint(script or (lambda *_: Reply())) as served:
            url = served.url if script else f"http://127.0.0.1:{closed_port()}/v1"
            model = write_model(tmp_path, base_url=url, requests={"concurrency": 1} | requests)
            ended = run(backend="echo", model=model, task=str(task), out=tmp_path / "run")
        found = ended.job.counts
        assert found.expected == number == found.answered + found.failed
        jsonschema.validate(
            json.loads((tmp_path / "run/report.json").read_bytes()), report_schema()
        )
        return ended

    return asked


def test_odd_answers_are_kept_byte_for_byte(asked: Callable[..., Ended]) -> None:
    ended = asked(lambda prompt, _: Reply(ODD[int(prompt)]), len(ODD), concurrency=4)
    assert (ended.job.status, ended.code, ended.job.counts.failed) == ("ok", 0, 0)
    assert ended.job.errors == ()
    assert [row["prediction"] for row in ended.records()] == ODD
    assert [one.prediction for one in store.read_records(ended.folder)] == ODD
    text = (ended.folder / "answers.csv").read_bytes().decode("utf-8")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    # UTF-8 has no lone surrogate: the file for people shows its code.
    shown = [answer.replace("\ud800", "\\ud800") for answer in ODD]
    csv.field_size_limit(200_000)
    assert [row["prediction"] for row in read] == shown
    assert {row["status"] for row in read} == {"answered"}


def test_a_refused_connection_is_a_failure(asked: Callable[..., Ended]) -> None:
    ended = asked(None, 2, attempts=1)
    assert (ended.job.status, ended.code, ended.job.counts.failed) == ("ok", 1, 2)
    assert [(one.kind, one.n) for one in ended.job.errors] == [("connection", 2)]
    (result,) = ended.job.results
    assert (result.value, result.value_answered, result.n, result.failed) == (1.0, None, 2, 2)
    assert [row["prediction"] for row in ended.records()] == [None, None]


def every_third_fails(_: str, number: int) -> Reply:
    return Reply("hello") if number % 3 else Reply(status=500)


def test_every_third_request_fails(asked: Callable[..., Ended]) -> None:
    ended = asked(every_third_fails, 6, attempts=1)
    assert (ended.job.status, ended.code, ended.job.counts.failed) == ("ok", 1, 2)
    assert [row["id"] for row in ended.records() if row["status"] == "failed"] == ["s2", "s5"]
    assert [(one.kind, one.n, one.samples) for one in ended.job.errors] == [
        ("http", 2, ("s2", "s5"))
    ]
    (result,) = ended.job.results
    assert result.value == pytest.approx(1 / 3)
    assert result.value_answered == 0.0


def test_another_attempt_mends_every_third(asked: Callable[..., Ended]) -> None:
    ended = asked(every_third_fails, 6, attempts=3)
    assert (ended.job.status, ended.code, ended.job.counts.failed) == ("ok", 0, 0)
    measured = ended.job.performance
    assert measured is not None
    assert (measured.requests, measured.failed_requests, measured.retries) == (6, 0, 2)
    assert measured.latency_s is not None


def test_a_hang_is_a_failure_in_time(asked: Callable[..., Ended]) -> None:
    def script(prompt: str, _: int) -> Reply:
        return Reply("hello", delay_s=30 if prompt == "1" else 0)

    ended = asked(script, 3, attempts=1, timeout_s=0.5)
    assert (ended.job.status, ended.code, ended.job.counts.failed) == ("ok", 1, 1)
    assert [(one.kind, one.samples) for one in ended.job.errors] == [("timeout", ("s1",))]


def test_an_answer_that_nobody_gave_does_not_count(
    asked: Callable[..., Ended], make_task: MakeTask, tmp_path: Path
) -> None:
    with endpoint(lambda *_: Reply("hello")) as served:
        model = write_model(tmp_path, base_url=served.url)
        ended = unruly("answers", model=model, task=str(make_task([{}])), out=tmp_path / "run")
        assert served.asked == []
    assert (ended.job.counts.answered, ended.code) == (0, 1)
    assert [one.kind for one in ended.job.errors] == ["no_request"]


def test_an_answer_that_the_harness_changed_is_told(make_task: MakeTask, tmp_path: Path) -> None:
    with endpoint(lambda *_: Reply("hello")) as served:
        model = write_model(tmp_path, base_url=served.url)
        ended = unruly("alters", model=model, task=str(make_task([{}])), out=tmp_path / "run")
    assert ended.records()[0]["prediction"] == "hello!"
    assert [(one.kind, one.n) for one in ended.job.errors] == [("altered", 1)]


@pytest.mark.parametrize("how", ["answers", "raises", "talks"])
def test_every_report_is_as_its_schema_says(make_task: MakeTask, tmp_path: Path, how: str) -> None:
    ended = unruly(how, task=str(make_task([{}, {}])), out=tmp_path / "run")
    jsonschema.validate(json.loads((ended.folder / "report.json").read_bytes()), report_schema())


def test_a_native_nan_is_left_out_and_told(make_task: MakeTask, tmp_path: Path) -> None:
    ended = unruly("measures_nothing", task=str(make_task([{}])), out=tmp_path / "run")
    assert [(one.metric, one.value) for one in ended.job.native] == [("sound", 0.5)]
    assert [one.message for one in ended.job.errors] == [
        "the harness gave what is no number: hollow = nan"
    ]
    assert store.read_report(ended.folder) == ended.report


def test_artifacts_are_what_they_were(make_task: MakeTask, tmp_path: Path) -> None:
    ended = unruly("talks", task=str(make_task([{}])), out=tmp_path / "run")
    names = {Path(one.path).name for one in ended.job.artifacts}
    assert names == {"predictions.jsonl", "result.json", "log.txt"}
    for one in ended.job.artifacts:
        content = (ended.folder / one.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one.sha256


def test_what_is_absent_says_why(make_task: MakeTask, tmp_path: Path) -> None:
    job = run(backend="echo", task=str(make_task([{}])), out=tmp_path / "run").job
    assert job.performance is None
    assert job.absent["performance"] == "no request went through the gateway"
    assert "native" in job.absent
    assert job.axes is not None
    assert job.axes.stability.reason is not None


def test_scoring_again_gives_the_same_report(make_task: MakeTask, tmp_path: Path) -> None:
    ended = run(backend="echo", task=str(make_task([{}, {}])), out=tmp_path / "run")
    names = ("report.json", "records.jsonl", "answers.csv", "report.md")
    before = {name: (ended.folder / name).read_bytes() for name in names}
    for name in names:
        (ended.folder / name).unlink()
    api.rescore(ended.folder)
    assert {name: (ended.folder / name).read_bytes() for name in names} == before


def test_scoring_again_reads_what_is_there(make_task: MakeTask, tmp_path: Path) -> None:
    ended = run(backend="echo", task=str(make_task([{}, {}])), out=tmp_path / "run")
    file = ended.folder / "jobs" / ended.job.id / "predictions.jsonl"
    file.write_text(file.read_text().replace('"hello"', '"hellx"', 1))
    again = api.rescore(ended.folder)
    assert again.jobs[0].results[0].value == 0.1
    assert again.jobs[0].artifacts != ended.job.artifacts


def test_a_run_that_was_stopped_before_its_jobs_has_no_score(
    make_task: MakeTask, tmp_path: Path
) -> None:
    ended = run(backend="echo", task=str(make_task([{}])), out=tmp_path / "run")
    (ended.folder / "jobs" / ended.job.id / "described.json").unlink()
    with pytest.raises(RunError, match="was stopped before its job"):
        api.rescore(ended.folder)
