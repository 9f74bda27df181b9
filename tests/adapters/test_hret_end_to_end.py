"""`bench eval --backend hret`: KMMLU and its export, odd answers, failing servers, receipts.

Each job loads HRET anew, 15 seconds of processor time: most of these are `slow`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bench.adapter import find_adapter
from bench.conformance.check import verdicts
from bench.conformance.checks import CHECKS
from tests.adapters.scenarios import (
    FAILING,
    Outcome,
    check_failures,
    check_no_key,
    check_odd_answers,
    run_all,
)
from tests.gateway.loopback import endpoint
from tests.local_data.made import kmmlu_copy

pytestmark = [pytest.mark.harness, pytest.mark.timeout(600)]
NOTHING = "Error during model inference or scaling: "


async def always_a(_request: web.Request) -> web.Response:
    message = {"role": "assistant", "content": "따라서, 정답은: (A)"}
    return web.json_response({"choices": [{"index": 0, "message": message}]})


def bench(*argv: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"BENCH_DATA": str(home)}
    command = [sys.executable, "-m", "bench", *argv]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_kmmlu_of_a_run_becomes_the_block(tmp_path: Path) -> None:
    kmmlu_copy(tmp_path / "data" / "kmmlu", ("Accounting", "Real-Estate"), rows=5)
    run, into = tmp_path / "run", tmp_path / "summary.json"
    with endpoint(always_a) as server:
        model = tmp_path / "m.json"
        model.write_text(json.dumps({"name": "m", "base_url": server.url}))
        argv = ["--backend", "hret", "--task", "kmmlu", "--model", str(model), "--out", str(run)]
        done = bench("eval", *argv, home=tmp_path / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = json.loads((run / "report.json").read_text())["jobs"]
    native = {one["group"]: one for one in job["native"]}
    assert {group: (one["value"], one["n"]) for group, one in native.items()} == {
        None: (0.4, 10),
        "accounting": (0.4, 5),
        "real_estate": (0.4, 5),
    }
    interval = native[None]["interval"]
    assert interval["low"] < 0.4 < interval["high"]
    assert job["counts"]["expected"] == job["counts"]["answered"] == 10
    into.write_text('{"model": "m", "breakdown": {"speed": 1.50}}')
    done = bench("export", str(run), "--to", "breakdown", "--into", str(into), home=tmp_path)
    assert done.returncode == 0, done.stderr
    subjects = '"kmmlu_subject_accuracy": {"accounting": 0.4, "real_estate": 0.4}'
    assert into.read_text() == (
        '{"model": "m", "breakdown": {"speed": 1.50, "benchmark": {"kmmlu_accuracy": 0.4, '
        + subjects
        + "}}}"
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run_all("hret", tmp_path_factory.mktemp("hret"), NOTHING)


@pytest.mark.slow
def test_odd_answers_are_kept_byte_for_byte(runs: dict[str, Outcome]) -> None:
    check_odd_answers(runs["odd"], NOTHING)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "failed", "kind"), FAILING, ids=[one[0] for one in FAILING])
def test_failed_requests_are_counted_and_never_scored(
    runs: dict[str, Outcome], model: str, failed: list[int], kind: str
) -> None:
    check_failures(runs[model], failed, kind)


@pytest.mark.slow
def test_the_key_is_in_no_file(runs: dict[str, Outcome]) -> None:
    for name in ("odd", "third"):
        check_no_key(runs[name])


@pytest.mark.slow
def test_receipts_are_read_as_echo_reads_them(tmp_path: Path) -> None:
    argv = ["eval", "--backend", "hret", "--backend", "echo", "--model", "rapidocr-rules"]
    argv += ["--task", "receipts:fields", "--limit", "4", "--out", str(tmp_path / "run")]
    done = bench(*argv, home=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    names = {job["id"]: job["harness"]["name"] for job in report["jobs"]}
    said: dict[str, dict[str, str]] = {"hret": {}, "echo": {}}
    for line in (tmp_path / "run" / "records.jsonl").read_bytes().split(b"\n")[:-1]:
        record = json.loads(line)
        said[names[record["job"]]][record["id"]] = record["prediction"]
    assert len(said["hret"]) >= 4
    assert said["hret"] == said["echo"]
    assert any(said["echo"].values())


@pytest.mark.slow
def test_it_keeps_the_protocol() -> None:
    found = list(verdicts(find_adapter("harness", "hret"), {}, print))
    assert {one.name: one.broken for one in found} == dict.fromkeys(CHECKS)
