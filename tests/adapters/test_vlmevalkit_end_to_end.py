"""`bench eval --backend vlmevalkit` against servers that fail and servers that answer oddly."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.gateway.loopback import endpoint

ODD = [
    *("NA", "null", "=1+1", "007", "1.10", "a,b", '"', "", "  leading", "a\rb", "nul\x00l"),
    *("line\u2028separator", "😀\nemoji\n", "x" * 40_000, "Failed to obtain answer via API."),
]
KEY = "sk-a-very-secret-key-4711"


def completion(text: str) -> web.Response:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    return web.json_response({"object": "chat.completion", "choices": [choice]})


async def number_asked(request: web.Request) -> int:
    found = re.search(r"Number (\d+)\.", (await request.read()).decode())
    assert found
    return int(found.group(1))


async def odd(request: web.Request) -> web.Response:
    return completion(ODD[await number_asked(request)])


async def third_fails(request: web.Request) -> web.Response:
    if await number_asked(request) % 3 == 2:
        return web.json_response({"error": {"message": "out of paper"}}, status=500)
    return completion("hello")


async def hangs(request: web.Request) -> web.Response:
    await asyncio.sleep(30 if await number_asked(request) == 1 else 0)
    return completion("hello")


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, vlmevalkit_python: Path
) -> Callable[[str], dict[str, Any]]:
    """One run with four models; what is asked for is the job of one of them."""
    folder = tmp_path_factory.mktemp("vlmevalkit")
    _task(folder / "task")
    with ExitStack() as stack, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused
        urls = {
            "odd": stack.enter_context(endpoint(odd)).url,
            "third": stack.enter_context(endpoint(third_fails)).url,
            "hang": stack.enter_context(endpoint(hangs)).url,
            "refused": f"http://127.0.0.1:{closed.getsockname()[1]}/v1",
        }
        codes: dict[str, int] = {}
        for names in (["odd"], ["third", "hang", "refused"]):
            for name in names:
                model = {"name": name, "base_url": urls[name], "api_key_env": "TEST_KEY"}
                requests = {"timeout_s": 2, "attempts": 1, "concurrency": 4}
                path = folder / f"{name}.json"
                path.write_text(json.dumps(model | {"requests": requests}))
            argv = [sys.executable, "-m", "bench", "eval", "--backend", "vlmevalkit"]
            argv += ["--task", str(folder / "task"), "--out", str(folder / names[0])]
            for name in names:
                argv += ["--model", str(folder / f"{name}.json")]
            done = subprocess.run(
                argv,
                env=os.environ | {"TEST_KEY": KEY},
                capture_output=True,
                text=True,
                check=False,
            )
            codes |= dict.fromkeys(names, done.returncode)
            assert "Traceback" not in done.stderr, done.stderr
    places = {"odd": "odd", "third": "third", "hang": "third", "refused": "third"}

    def run(name: str) -> dict[str, Any]:
        place = folder / places[name]
        report = json.loads((place / "report.json").read_text())
        (job,) = [job for job in report["jobs"] if job["model"]["name"] == name]
        lines = (place / "records.jsonl").read_bytes().split(b"\n")[:-1]
        records = [json.loads(line) for line in lines]
        mine = [record for record in records if record["job"] == job["id"]]
        return {"job": job, "records": mine, "code": codes[name], "folder": place}

    return run


def _task(folder: Path) -> None:
    (folder / "images").mkdir(parents=True)
    pixel = (
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
        "0000000a4944415478da6368000000820081c40c4c980000000049454e44ae426082"
    )
    (folder / "images" / "a.png").write_bytes(bytes.fromhex(pixel))
    member = {"prompt": "Number {question}.", "metrics": [{"metric": "exact_match"}]}
    described = {"name": "odd", "version": "1", "summary": "odd answers", "licence": "Apache-2.0"}
    (folder / "task.yaml").write_text(json.dumps(described | {"members": {"m": member}}))
    rows = [
        {"id": f"n{n}", "images": ["images/a.png"], "references": [text], "question": str(n)}
        for n, text in enumerate(ODD)
    ]
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.harness
def test_odd_answers_are_kept_byte_for_byte(runs: Callable[[str], dict[str, Any]]) -> None:
    run = runs("odd")
    assert run["code"] == 0
    assert run["job"]["status"] == "ok"
    assert run["job"]["errors"] == []
    assert [record["prediction"] for record in run["records"]] == ODD
    counts = run["job"]["counts"]
    assert counts == {"expected": len(ODD), "answered": len(ODD), "failed": 0, "unscored": 0}
    (result,) = run["job"]["results"]
    assert result["value"] == 1.0  # each is exactly its reference, the failure text too


@pytest.mark.harness
@pytest.mark.parametrize(
    ("model", "failed", "kind"),
    [
        ("third", [n for n in range(len(ODD)) if n % 3 == 2], "http"),
        ("hang", [1], "timeout"),
        ("refused", list(range(len(ODD))), "connection"),
    ],
)
def test_failed_requests_are_counted_and_never_scored(
    runs: Callable[[str], dict[str, Any]], model: str, failed: list[int], kind: str
) -> None:
    run = runs(model)
    assert run["code"] == 1
    counts = run["job"]["counts"]
    assert counts["expected"] == len(ODD) == counts["answered"] + counts["failed"]
    assert counts["failed"] == len(failed)
    by_status = [n for n, record in enumerate(run["records"]) if record["status"] == "failed"]
    assert by_status == failed
    assert {record["error_kind"] for record in run["records"]} - {None} == {kind}
    assert all(
        (record["prediction"] is None) == (record["status"] == "failed")
        for record in run["records"]
    )
    # "Failed to obtain answer via API." is the reference of the last sample: a harness that takes
    # its own failure text for an answer would score it as right.
    assert run["job"]["results"][0]["value"] == 0.0


@pytest.mark.harness
def test_the_key_is_in_no_file(runs: Callable[[str], dict[str, Any]]) -> None:
    for name in ("odd", "third"):
        for path in runs(name)["folder"].rglob("*"):
            assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
