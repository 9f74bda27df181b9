"""Servers that answer oddly and servers that fail: the same whole runs for every harness.

`run_all` makes four jobs in two runs of `bench eval`; `check_...` say what must be true of each.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.gateway.loopback import endpoint

ODD = (
    *("NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  leading", "a\rb", "nul\x00l"),
    *("line\u2028separator", "😀\nemoji\n", "x" * 40_000),
)
COUNT = len(ODD) + 1  # the last answer is the harness's own failure text
# The job's model, the samples that fail, and the kind of their failure.
FAILING = (
    ("third", [number for number in range(COUNT) if number % 3 == 2], "http"),
    ("hang", [1], "timeout"),
    ("refused", list(range(COUNT)), "connection"),
)
KEY = "sk-a-very-secret-key-4711"
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6368000000820081c40c4c980000000049454e44ae426082"
)


@dataclass(frozen=True)
class Outcome:
    """A job of report.json, its records in their order, and the exit code of its run."""

    job: dict[str, Any]
    records: list[dict[str, Any]]
    code: int
    folder: Path


def run_all(backend: str, folder: Path, failure_text: str) -> dict[str, Outcome]:
    """The jobs of the models odd, third, hang and refused, by model."""
    answers = [*ODD, failure_text]
    _task(folder / "task", answers)

    async def odd(request: web.Request) -> web.Response:
        return _completion(answers[await _number(request)])

    with ExitStack() as stack, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
        urls = {
            "odd": stack.enter_context(endpoint(odd)).url,
            "third": stack.enter_context(endpoint(_third_fails)).url,
            "hang": stack.enter_context(endpoint(_hangs)).url,
            "refused": f"http://127.0.0.1:{closed.getsockname()[1]}/v1",
        }
        for name, url in urls.items():
            model = {"name": name, "base_url": url, "api_key_env": "TEST_KEY"}
            requests = {"timeout_s": 2, "attempts": 1, "concurrency": 4}
            (folder / f"{name}.json").write_text(json.dumps(model | {"requests": requests}))
        one = _run(backend, folder, ["odd"])
        return one | _run(backend, folder, ["third", "hang", "refused"])


def _run(backend: str, folder: Path, models: list[str]) -> dict[str, Outcome]:
    place = folder / models[0]
    argv = [sys.executable, "-m", "bench", "eval", "--backend", backend]
    argv += ["--task", str(folder / "task"), "--out", str(place)]
    for name in models:
        argv += ["--model", str(folder / f"{name}.json")]
    environment = os.environ | {"TEST_KEY": KEY}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert (place / "report.json").exists(), done.stderr
    report = json.loads((place / "report.json").read_text())
    lines = (place / "records.jsonl").read_bytes().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines]
    return {
        job["model"]["name"]: Outcome(
            job, [one for one in records if one["job"] == job["id"]], done.returncode, place
        )
        for job in report["jobs"]
    }


def check_odd_answers(run: Outcome, failure_text: str) -> None:
    assert run.code == 0
    assert run.job["status"] == "ok"
    assert run.job["errors"] == []
    assert [record["prediction"] for record in run.records] == [*ODD, failure_text]
    counts = run.job["counts"]
    assert counts == {"expected": COUNT, "answered": COUNT, "failed": 0, "unscored": 0}
    (result,) = run.job["results"]
    assert result["value"] == 1.0  # each is exactly its reference, the failure text too


def check_failures(run: Outcome, failed: list[int], kind: str) -> None:
    assert run.code == 1
    counts = run.job["counts"]
    assert counts["expected"] == COUNT == counts["answered"] + counts["failed"]
    assert counts["failed"] == len(failed)
    by_status = [n for n, record in enumerate(run.records) if record["status"] == "failed"]
    assert by_status == failed
    assert {record["error_kind"] for record in run.records} - {None} == {kind}
    assert all(
        (record["prediction"] is None) == (record["status"] == "failed") for record in run.records
    )
    # The harness's own failure text is the reference of the last sample: a harness that takes it
    # for an answer would score it as right.
    assert run.job["results"][0]["value"] == 0.0


def check_no_key(run: Outcome) -> None:
    for path in run.folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def _completion(text: str) -> web.Response:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return web.json_response({"object": "chat.completion", "choices": [choice]})


async def _number(request: web.Request) -> int:
    found = re.search(r"Number (\d+)\.", (await request.read()).decode())
    assert found
    return int(found.group(1))


async def _third_fails(request: web.Request) -> web.Response:
    if await _number(request) % 3 == 2:
        return web.json_response({"error": {"message": "out of paper"}}, status=500)
    return _completion("hello")


async def _hangs(request: web.Request) -> web.Response:
    await asyncio.sleep(30 if await _number(request) == 1 else 0)
    return _completion("hello")


def _task(folder: Path, answers: list[str]) -> None:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(_PIXEL)
    member = {"prompt": "Number {question}.", "metrics": [{"metric": "exact_match"}]}
    described = {"name": "odd", "version": "1", "summary": "odd answers", "licence": "Apache-2.0"}
    (folder / "task.yaml").write_text(json.dumps(described | {"members": {"m": member}}))
    rows = [
        {"id": f"n{n}", "images": ["images/a.png"], "references": [text], "question": str(n)}
        for n, text in enumerate(answers)
    ]
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
