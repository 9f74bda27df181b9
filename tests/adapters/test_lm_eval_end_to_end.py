"""`bench eval --backend lm-eval`: failing servers, odd answers, and equality with echo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.scenarios import (
    COUNT,
    FAILING,
    Outcome,
    check_failures,
    check_no_key,
    check_odd_answers,
    run_all,
)
from tests.runs import rows

pytestmark = pytest.mark.harness
NO_ANSWER = "[no answer]"  # what lm-eval is told of a failed request


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, lm_eval_python: Path) -> dict[str, Outcome]:
    return run_all("lm-eval", tmp_path_factory.mktemp("lm_eval"), NO_ANSWER)


def test_odd_answers_are_kept_byte_for_byte(runs: dict[str, Outcome]) -> None:
    check_odd_answers(runs["odd"], NO_ANSWER)


@pytest.mark.parametrize(("model", "failed", "kind"), FAILING)
def test_failed_requests_are_counted_and_never_scored(
    runs: dict[str, Outcome], model: str, failed: list[int], kind: str
) -> None:
    check_failures(runs[model], failed, kind)


def test_nothing_is_repeated_by_the_harness(runs: dict[str, Outcome]) -> None:
    for name in ("third", "hang", "refused"):
        run = runs[name]
        recorded = rows(run.folder / "gateway" / "requests.jsonl")
        mine = [one for one in recorded if one.get("job") == run.job["id"]]
        assert sorted(one["sample"] for one in mine) == sorted(f"n{one}" for one in range(COUNT))


def test_the_key_is_in_no_file(runs: dict[str, Outcome]) -> None:
    for name in ("odd", "third"):
        check_no_key(runs[name])


def test_receipts_have_the_predictions_that_echo_has(
    tmp_path: Path, lm_eval_python: Path, rapidocr_python: Path
) -> None:
    argv = [sys.executable, "-m", "bench", "eval", "--backend", "echo", "--backend", "lm-eval"]
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
    jobs = {job["id"]: job["harness"]["name"] for job in report["jobs"]}
    assert {job["counts"]["failed"] for job in report["jobs"]} == {0}
    said: dict[str, dict[str, str]] = {"echo": {}, "lm-eval": {}}
    for row in rows(tmp_path / "run" / "records.jsonl"):
        said[jobs[row["job"]]][row["id"]] = row["prediction"]
    assert len(said["echo"]) == 20
    assert any(said["echo"].values())
    assert said["lm-eval"] == said["echo"]
    # The same words, image bytes and parameters went over the wire.
    asked: dict[str, dict[str, object]] = {"echo": {}, "lm-eval": {}}
    for row in rows(tmp_path / "run" / "gateway" / "requests.jsonl"):
        asked[jobs[row["job"]]][row["sample"]] = (row["messages"], row["parameters"])
    assert asked["lm-eval"] == asked["echo"]
