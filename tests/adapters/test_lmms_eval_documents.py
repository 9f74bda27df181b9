"""Document tasks, kills and refusals, in real processes of lmms-eval."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pickle
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.adapters.lmms_eval_process import ADAPTER, job, part, run, start, url
from tests.adapters.vlmevalkit_stub.process import Endpoint, document, picture, serving
from tests.gateway import loopback

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
FAILED = "[LMMS_EVAL_REQUEST_FAILED after 1 retries] HTTP 500: {}"
ODD: list[str | int] = ["NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  two before", "a\rb"]
ODD += ["a\r\nb", "a\x00b", "a\u2028b", "\U0001f9fe\nline\n\n", "x" * 40_000, FAILED, "\ud800"]
ODD += ["<think>why</think> 12.50", "[LMMS_EVAL_BUDGET_EXCEEDED]", "None", "a\tb", 500, 404]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def log_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """lmms-eval's own log, by our ids."""
    path = folder / "raw" / "output" / "bench_samples_bench_documents.jsonl"
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    assert len({row["sample"] for row in rows}) == len(rows)
    return {row["sample"]: row for row in rows}


class Poison:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_document_task_keeps_every_answer_to_the_byte(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    ids = [f"007 ä/{number}\t=" for number in range(len(ODD) - 1)] + ["2024-01-01"]
    endpoint.answers = dict(zip(ids, ODD, strict=True))
    images = [picture("PNG"), picture("JPEG"), picture("BMP"), picture("WEBP")]
    document(tmp_path, ids, images)
    # What lmms-eval keeps of requests is looked for in each run, and unpickled where it is found.
    key = hashlib.sha256(b"EleutherAI-lm-evaluation-harness").hexdigest()
    poisoned = tmp_path / f"requests-bench_documents-0shot-rank0-world_size1-tokenizer.{key}.pickle"
    poisoned.write_bytes(pickle.dumps(Poison(tmp_path / "unpickled")))
    parameters = {"temperature": 0, "max_tokens": 64, "top_p": 0.95, "stop": ["\n\n"], "seed": 7}
    model = {"system_prompt": " Be brief.\n", "parameters": parameters | {"extra": {"a": None}}}
    spec = job(url(endpoint), model=model)
    done = run(lmms_eval_python, tmp_path, spec, LM_HARNESS_CACHE_PATH=str(tmp_path))

    assert done.result["status"] == "ok", done.result["error"]
    assert done.result["versions"]["harness"] == "0.7.3"
    assert done.result["native"] == []
    for sample, answer in endpoint.answers.items():
        row = done.predictions.pop(sample)
        if isinstance(answer, str):
            assert (row["status"], row["prediction"]) == ("answered", answer)
        else:
            assert (row["status"], row["prediction"]) == ("failed", None)
            assert f"HTTP {answer}" in row["error"]
    assert not done.predictions
    for number, sample in enumerate(ids):
        # The endpoint takes no second request of a sample: nothing was retried.
        assert endpoint.images(sample) == [images[number % 4]] * (1 + number % 2)
        assert list(endpoint.parts(sample)[0]["image_url"]) == ["url"]
        assert endpoint.parts(sample)[-1]["text"] == f" Read this.\tKeep {number}.\n"
        seen = endpoint.seen[sample]
        assert seen["messages"][0] == {"role": "system", "content": " Be brief.\n"}
        sent = {key: one for key, one in seen.items() if key not in ("headers", "messages")}
        assert json.dumps(sent) == json.dumps(model["parameters"] | {"model": "org/o1-tiny,v=1"})  # type: ignore[operator]
        assert "Authorization" not in seen["headers"]
    assert "not-ours" not in done.log
    stages = [one["stage"] for one in done.events if one["event"] == "stage"]
    assert stages == ["loading lmms-eval", "preparing receipts", "asking the model"]
    assert {"event": "progress", "done": len(ids), "total": len(ids)} in done.events
    assert done.warnings() == (
        "1 answers are no valid Unicode: lmms-eval's own files have a question mark "
        "in place of each lone surrogate"
    )
    logged = log_rows(tmp_path)
    for sample, answer in endpoint.answers.items():
        said = logged[sample]["filtered_resps"]
        if isinstance(answer, str):
            assert said == answer.replace("\ud800", "?")
        else:
            assert said.startswith(f"[LMMS_EVAL_REQUEST_FAILED after 1 retries] HTTP {answer}")
    whole = json.loads((tmp_path / "raw" / "invocation.json").read_text())
    assert whole == part("invocation").whole(spec)
    # Nothing outside the job's folder, and nothing that lay there was taken for its own.
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "unpickled").exists()
    assert not list(lmms_eval_python.parents[1].glob("lib/*/site-packages/lmms_eval/**/.cache"))

    again = run(lmms_eval_python, tmp_path, spec, "collect")
    assert again.result["status"] == "ok"
    assert len(again.predictions) == len(ids)


def test_limit_and_free_arguments_reach_lmms_eval(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    ids = [f"s{number}" for number in range(5)]
    document(tmp_path, ids, [picture("PNG")])
    endpoint.answers = dict.fromkeys(ids, "new")
    # An earlier job of this folder leaves nothing behind.
    (tmp_path / "raw" / "output").mkdir(parents=True)
    stale = json.dumps({"sample": "s0", "filtered_resps": "old"}) + "\n"
    (tmp_path / "raw" / "output" / "bench_samples_bench_documents.jsonl").write_text(stale)
    (tmp_path / "predictions.jsonl").write_text(json.dumps({"id": "s0", "prediction": "old"}))
    free = {"bootstrap_iters": 10, "random_seed": 7, "numpy_random_seed": 8}
    free |= {"torch_random_seed": 9, "fewshot_random_seed": 10, "process_docs_parallel": 2}
    done = run(lmms_eval_python, tmp_path, job(url(endpoint), limit=3, harness_args=free))

    assert done.result["status"] == "ok", done.result["error"]
    assert len(done.rows("predictions.jsonl")) == 3
    assert [done.predictions[one]["prediction"] for one in ids[:3]] == ["new"] * 3
    assert sorted(endpoint.seen) == sorted(log_rows(tmp_path)) == ids[:3]
    results = json.loads((tmp_path / "raw" / "output" / "bench_results.json").read_text())
    assert results["n-samples"]["bench_documents"] == {"original": 5, "effective": 3}
    config = results["config"]
    assert (config["bootstrap_iters"], config["process_docs_parallel"]) == (10, 2)
    names = ("random_seed", "numpy_seed", "torch_seed", "fewshot_seed")
    assert [config[name] for name in names] == [7, 8, 9, 10]


def test_after_a_kill_a_fresh_folder_starts_from_nothing(
    lmms_eval_python: Path, tmp_path: Path
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
        process = start(lmms_eval_python, killed, job(server.url))
        loopback.await_true(lambda: len(seen) >= 5, 90)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        assert not (killed / "result.json").exists()
        assert 0 < len((killed / "predictions.jsonl").read_text().splitlines()) <= 3
        seen.clear()
        server.script = quick
        done = run(lmms_eval_python, fresh, job(server.url))
    assert done.result["status"] == "ok", done.result["error"]
    assert sorted(seen) == ids
    said = {one: row["prediction"] for one, row in done.predictions.items()}
    assert said == dict.fromkeys(ids, "new")


def test_the_time_out_is_the_jobs_and_an_error_of_lmms_eval_is_the_jobs_too(
    lmms_eval_python: Path, tmp_path: Path
) -> None:
    ids = [f"s{number}" for number in range(6)]
    document(tmp_path, ids, [picture("PNG")])
    seen: list[str] = []

    async def hangs(request: web.Request) -> web.Response:
        seen.append(urllib.parse.unquote(request.headers["X-Bench-Sample"]))
        await asyncio.sleep(60 if seen[-1] == "s1" else 0)
        return web.json_response({"choices": [{"message": {"content": seen[-1]}}]})

    # lmms-eval's command line would end with 0 after this error of its own.
    keys = {"concurrency": 1, "model": {"timeout_s": 0.5}, "harness_args": {"bootstrap_iters": "x"}}
    with loopback.endpoint(hangs) as server:
        process = start(lmms_eval_python, tmp_path, job(server.url, **keys))
        assert process.wait() == 1
    assert seen == ids
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    (failed,) = [row for row in rows if row["status"] == "failed"]
    assert (failed["id"], failed["prediction"]) == ("s1", None)
    assert "timed out" in failed["error"]
    assert all(row["prediction"] == row["id"] for row in rows if row != failed)
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["status"] == "failed"
    assert "expected an integer" in result["error"]["message"]


def test_arguments_are_those_of_the_pinned_lmms_eval(lmms_eval_python: Path) -> None:
    argv = [str(lmms_eval_python), "-P", str(ADAPTER / "signature.py")]
    live = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert live == (ADAPTER / "arguments.tsv").read_text("utf-8")


def test_an_argument_is_checked_against_the_live_signature(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    document(tmp_path, ["a"], [picture("PNG")])
    spec = job(url(endpoint), harness_args={"random_sede": 7})
    done = run(lmms_eval_python, tmp_path, spec)
    assert done.result["status"] == "unsupported"
    assert "lmms-eval has no argument 'random_sede'" in done.result["error"]["message"]
    assert not endpoint.seen


def test_what_cannot_be_done_is_refused_before_anything_is_imported(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    spec = job(url(endpoint))
    benchmark = {"name": "docvqa-val", "kind": "benchmark", "benchmark": "docvqa_val"}
    judged = benchmark | {"benchmark": "llava_in_the_wild", "data": str(tmp_path)}
    completions = {"model": spec["model"] | {"api": "completions"}}
    for refused, said in (
        (spec | {"task": benchmark}, "bench data add docvqa-val --from PATH"),
        (spec | {"task": judged | {"benchmark": "mmau_test_mini"}}, "asks about audio"),
        (spec | {"task": judged}, "the scoring of llava_in_the_wild asks a judge"),
        (spec | completions, "completions"),
        (spec | {"model": None}, "model"),
    ):
        done = run(lmms_eval_python, tmp_path, refused)
        assert done.result["status"] == "unsupported"
        assert said in done.result["error"]["message"]
        assert not done.events


def test_describe_imports_no_harness(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    done = run(lmms_eval_python, tmp_path, job(url(endpoint)), "describe")
    assert done.result["versions"]["distribution"] == "lmms-eval"
    assert done.result["versions"]["torch"].startswith("2.")
    assert done.log == ""
