"""`bench eval --backend lmms-eval`: odd answers, failing servers, and real receipts beside echo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.scenarios import (
    FAILING,
    Outcome,
    check_failures,
    check_no_key,
    check_odd_answers,
    run_all,
)

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
FAILED = "[LMMS_EVAL_REQUEST_FAILED after 1 retries] HTTP 500"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, lmms_eval_python: Path) -> dict[str, Outcome]:
    return run_all("lmms-eval", tmp_path_factory.mktemp("lmms-eval"), FAILED)


def test_odd_answers_are_kept_byte_for_byte(runs: dict[str, Outcome]) -> None:
    check_odd_answers(runs["odd"], FAILED)


@pytest.mark.parametrize(("model", "failed", "kind"), FAILING)
def test_failed_requests_are_counted_and_never_scored(
    runs: dict[str, Outcome], model: str, failed: list[int], kind: str
) -> None:
    check_failures(runs[model], failed, kind)


def test_the_key_is_in_no_file(runs: dict[str, Outcome]) -> None:
    for name in ("odd", "third"):
        check_no_key(runs[name])


def test_20_receipts_are_read_as_echo_reads_them(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "bench", "eval", "--backend", "lmms-eval", "--backend", "echo"]
    argv += ["--model", "rapidocr-rules", "--task", "receipts:fields", "--limit", "20"]
    done = subprocess.run(
        [*argv, "--out", str(tmp_path / "run")],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    names = {job["id"]: job["harness"]["name"] for job in report["jobs"]}
    said: dict[str, dict[str, str]] = {"lmms-eval": {}, "echo": {}}
    for line in (tmp_path / "run" / "records.jsonl").read_bytes().split(b"\n")[:-1]:
        record = json.loads(line)
        said[names[record["job"]]][record["id"]] = record["prediction"]
    assert len(said["lmms-eval"]) >= 20
    assert said["lmms-eval"] == said["echo"]
    assert any(said["echo"].values())
