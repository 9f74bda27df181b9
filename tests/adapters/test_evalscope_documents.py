"""Document tasks, kills and refusals, in real processes of EvalScope."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.adapters.evalscope_process import ADAPTER, job, run, start, url
from tests.adapters.vlmevalkit_stub.process import Endpoint, document, picture, serving
from tests.gateway import loopback

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
FAILED = "Gateway returned a response with no choices (no error detail in body)"
ODD: list[str | int] = ["NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  two before", "a\rb"]
ODD += ["a\r\nb", "a\x00b", "a\u2028b", "\U0001f9fe\nline\n\n", "x" * 40_000, FAILED, "\ud800"]
ODD += ["<think>why</think> 12.50", "<think>\n</think>", "ANSWER: 7", "None", "a\tb", 500, 404, 400]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    (path,) = (folder / "raw" / kind).glob("*/documents_default.jsonl")
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_a_document_task_keeps_every_answer_to_the_byte(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    ids = [f"007 ä/{number}\t=" for number in range(len(ODD))]
    endpoint.answers = dict(zip(ids, ODD, strict=True))
    images = [picture("PNG"), picture("JPEG"), picture("BMP"), picture("WEBP")]
    document(tmp_path, ids, images)
    parameters = {"temperature": 0, "max_tokens": 64, "top_p": 0.95, "stop": ["\n\n"], "seed": 7}
    model = {"system_prompt": " Be brief.\n", "parameters": parameters | {"extra": {"a": None}}}
    # EvalScope's loader takes a folder of the dataset's name, and deletes this file in it.
    decoy = tmp_path / "documents" / "dataset_infos.json"
    decoy.parent.mkdir()
    decoy.write_text("{}")
    done = run(evalscope_python, tmp_path, job(url(endpoint), model=model))

    assert done.result["status"] == "ok", done.result["error"]
    assert done.result["versions"]["harness"] == "1.14.1"
    for sample, answer in endpoint.answers.items():
        row = done.predictions.pop(sample)
        if isinstance(answer, str):
            assert (row["status"], row["prediction"]) == ("answered", answer)
        else:
            assert (row["status"], row["prediction"]) == ("failed", None)
            assert f"HTTP {answer}" in row["error"]
    assert not done.predictions
    assert decoy.exists()
    for number, sample in enumerate(ids):
        # The endpoint takes no second request of a sample: nothing was retried.
        assert endpoint.images(sample) == [images[number % 4]] * (1 + number % 2)
        assert list(endpoint.parts(sample)[0]["image_url"]) == ["url"]
        assert endpoint.parts(sample)[-1] == {
            "type": "text",
            "text": f" Read this.\tKeep {number}.\n",
        }
        seen = endpoint.seen[sample]
        assert seen["messages"][0] == {"role": "system", "content": " Be brief.\n"}
        sent = {key: one for key, one in seen.items() if key not in ("headers", "messages")}
        assert json.dumps(sent) == json.dumps(model["parameters"] | {"model": "org/tiny,v=1"})  # type: ignore[operator]
        assert "Authorization" not in seen["headers"]
    assert "sk-not-ours" not in done.log
    stages = [one["stage"] for one in done.events if one["event"] == "stage"]
    assert stages == ["loading EvalScope", "preparing receipts", "asking the model"]
    assert {"event": "progress", "done": len(ids), "total": len(ids)} in done.events
    assert done.warnings() == (
        "1 answers are no valid Unicode: EvalScope's own files have a question mark "
        "in place of each lone surrogate"
    )
    # EvalScope's own files have the answers whole as well, and no row for what failed.
    answered = {
        one: text.replace("\ud800", "?")
        for one, text in endpoint.answers.items()
        if isinstance(text, str)
    }
    scored = {
        one["sample_score"]["sample_metadata"]["sample"]: one["sample_score"]["score"]["prediction"]
        for one in rows(tmp_path, "reviews")
    }
    assert scored == answered
    assert len(rows(tmp_path, "predictions")) == len(answered)
    # Nothing outside the job's folder: HOME is `home`, and nobody made it.
    assert not (tmp_path / "home").exists()
    assert [one for one in (tmp_path / "cache").rglob("*") if one.is_file()] == []

    again = run(evalscope_python, tmp_path, job(url(endpoint), model=model), "collect")
    assert again.result["status"] == "ok"
    assert len(again.predictions) == len(ids)


def test_a_folder_used_before_leaves_no_second_answers(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    ids = [f"s{number}" for number in range(5)]
    document(tmp_path, ids, [picture("PNG")])
    endpoint.answers = dict.fromkeys(ids, "old")
    free = {"seed": 7, "enable_progress_tracker": True, "debug": True}
    first = run(evalscope_python, tmp_path, job(url(endpoint), limit=3, harness_args=free))
    assert first.result["status"] == "ok", first.result["error"]
    assert set(first.predictions) == {"s0", "s1", "s2"}
    written = (tmp_path / "raw" / "configs" / "task_config.yaml").read_text()
    assert "seed: 7\n" in written
    assert "debug: true\n" in written
    assert "enable_progress_tracker: true\n" in written
    endpoint.seen.clear()
    endpoint.answers = dict.fromkeys(ids, "new")
    second = run(evalscope_python, tmp_path, job(url(endpoint)))
    assert second.result["status"] == "ok", second.result["error"]
    assert [one["prediction"] for one in second.predictions.values()] == ["new"] * 5
    assert len(second.rows("predictions.jsonl")) == len(rows(tmp_path, "predictions")) == 5


def test_after_a_kill_a_fresh_folder_starts_from_nothing(
    evalscope_python: Path, tmp_path: Path
) -> None:
    ids = [f"s{number}" for number in range(8)]
    seen: list[str] = []

    async def slow(request: web.Request) -> web.Response:
        seen.append(urllib.parse.unquote(request.headers["X-Bench-Sample"]))
        await asyncio.sleep(0 if len(seen) <= 3 else 60)
        return web.json_response({"choices": [{"message": {"content": "old"}}]})

    async def quick(request: web.Request) -> web.Response:
        seen.append(urllib.parse.unquote(request.headers["X-Bench-Sample"]))
        return web.json_response({"choices": [{"message": {"content": "new"}}]})

    killed, fresh = tmp_path / "killed", tmp_path / "fresh"
    for folder in (killed, fresh):
        folder.mkdir()
        document(folder, ids, [picture("PNG")])
    with loopback.endpoint(slow) as server:
        process = start(evalscope_python, killed, job(server.url))
        loopback.await_true(lambda: len(seen) >= 5, 60)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert not (killed / "result.json").exists()
        assert 0 < len((killed / "predictions.jsonl").read_text().splitlines()) <= 3
        seen.clear()
        server.script = quick
        done = run(evalscope_python, fresh, job(server.url))
    assert done.result["status"] == "ok", done.result["error"]
    assert sorted(seen) == ids
    assert {one: row["prediction"] for one, row in done.predictions.items()} == dict.fromkeys(
        ids, "new"
    )


def test_the_time_out_is_the_jobs_and_the_job_goes_on(
    evalscope_python: Path, tmp_path: Path
) -> None:
    ids = [f"s{number}" for number in range(6)]
    document(tmp_path, ids, [picture("PNG")])
    seen: list[str] = []

    async def hangs(request: web.Request) -> web.Response:
        seen.append(urllib.parse.unquote(request.headers["X-Bench-Sample"]))
        await asyncio.sleep(60 if seen[-1] == "s1" else 0)
        return web.json_response({"choices": [{"message": {"content": seen[-1]}}]})

    with loopback.endpoint(hangs) as server:
        done = run(
            evalscope_python, tmp_path, job(server.url, concurrency=1, model={"timeout_s": 0.5})
        )
    assert done.result["status"] == "ok", done.result["error"]
    assert seen == ids
    failed = done.predictions.pop("s1")
    assert (failed["status"], failed["prediction"]) == ("failed", None)
    assert "timed out" in failed["error"]
    assert all(row["prediction"] == one for one, row in done.predictions.items())


def test_arguments_are_those_of_the_pinned_evalscope(evalscope_python: Path) -> None:
    argv = [str(evalscope_python), "-P", str(ADAPTER / "signature.py")]
    live = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert live == (ADAPTER / "arguments.tsv").read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sede": 7}, "EvalScope has no argument 'sede'"),
        ({"seed": "seven"}, "'seed': Input should be a valid integer"),
    ],
)
def test_an_argument_is_checked_against_the_live_signature(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint, given: dict[str, Any], said: str
) -> None:
    document(tmp_path, ["a"], [picture("PNG")])
    done = run(evalscope_python, tmp_path, job(url(endpoint), harness_args=given))
    assert done.result["status"] == "unsupported"
    assert said in done.result["error"]["message"]
    assert not endpoint.seen


def test_what_cannot_be_done_is_refused_before_anything_is_imported(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    spec = job(url(endpoint))
    benchmark = {"name": "docvqa", "kind": "benchmark", "benchmark": "docvqa", "file": None}
    for refused, said in (
        (spec | {"task": benchmark}, "needs a local copy of its data"),
        (spec | {"model": None}, "model"),
    ):
        done = run(evalscope_python, tmp_path, refused)
        assert done.result["status"] == "unsupported"
        assert said in done.result["error"]["message"]
        assert not done.events


def test_describe_imports_no_harness(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    done = run(evalscope_python, tmp_path, job(url(endpoint)), "describe")
    assert done.result["versions"]["distribution"] == "evalscope"
    assert done.log == ""
