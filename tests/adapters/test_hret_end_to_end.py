"""`bench eval --backend hret`: odd answers, failing servers, receipts.

KMMLU is in test_kmmlu_end_to_end.py. Each job loads HRET anew, 15 seconds of processor time: these
are `slow`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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

pytestmark = [pytest.mark.harness, pytest.mark.timeout(600)]
NOTHING = "Error during model inference or scaling: "


def bench(*argv: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"BENCH_DATA": str(home)}
    command = [sys.executable, "-m", "bench", *argv]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


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
