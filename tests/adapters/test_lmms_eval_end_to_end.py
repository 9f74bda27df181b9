"""`bench eval --backend lmms-eval`: odd answers, failing servers, real receipts beside echo, a task
of its own, and weights in its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.scenarios import (
    FAILING,
    Outcome,
    check_failures,
    check_no_key,
    check_odd_answers,
    run_all,
)
from tests.endpoint import Reply, endpoint
from tests.local_data.made import docvqa_copy, docvqa_rows, drawn_page
from tests.tiny_models import tiny_model

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


def bench_eval(folder: Path, *argv: str, **settings: str) -> dict[str, Any]:
    """The one job of report.json, and under `said` its answers by id."""
    whole = [sys.executable, "-m", "bench", "eval", "--backend", "lmms-eval", *argv]
    done = subprocess.run(
        [*whole, "--out", str(folder)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (found,) = json.loads((folder / "report.json").read_text())["jobs"]
    lines = (folder / "records.jsonl").read_bytes().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines]
    job: dict[str, Any] = found
    return job | {"said": {one["id"]: one["prediction"] for one in records}}


def test_docvqa_from_a_local_copy_agrees_with_the_rule_of_its_number(tmp_path: Path) -> None:
    docvqa_copy(tmp_path / "data" / "docvqa-val")
    answers = {row["question"]: row["answers"][0] for row in docvqa_rows()}

    def wrong_about_totals(prompt: str, _number: int) -> Reply:
        question = prompt.partition("\nAnswer the question")[0]
        return Reply(answers[question] + ("x" if "total" in question else ""))

    with endpoint(wrong_about_totals) as server:
        model = tmp_path / "model.json"
        model.write_text(json.dumps({"name": "m", "base_url": server.url}))
        argv = ["--task", "docvqa-val", "--model", str(model)]
        job = bench_eval(tmp_path / "run", *argv, BENCH_DATA=str(tmp_path / "data"))
        assert len(server.asked) == 6
    assert job["counts"] == {"expected": 6, "answered": 6, "failed": 0, "unscored": 0}
    (native,) = job["native"]
    assert native["value"] == pytest.approx((5 + 6 / 7) / 6)  # "$12.50x": one edit of seven
    assert (native["rule"], native["agrees"]) == ("anls_vlmevalkit", True)
    assert native["interval"]["clusters"] == 5  # two questions stand on one page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "name", "engine"),
    [
        # lmms-eval's class has bfloat16 fixed, and bounds of its own for the pixels.
        pytest.param("qwen2_5_vl", "qwen2_5_vl", {"dtype": "bfloat16"}, id="qwen2_5_vl"),
        pytest.param("llava", "llava_hf", {}, id="llava"),
    ],
)
def test_weights_in_the_process_say_what_the_engine_says(
    tmp_path: Path, shape: str, name: str, engine: dict[str, Any]
) -> None:
    python = build(find_adapter("harness", "lmms-eval"), "cpu", print, weights=True).python
    pixels = {"min_pixels": 784, "max_pixels": 100_352} if shape == "qwen2_5_vl" else {}
    model: dict[str, Any] = {"name": shape, "engine": "transformers", "arguments": engine | pixels}
    model |= {"weights": str(tiny_model(python, shape))}
    model |= {"parameters": {"temperature": 0, "max_tokens": 12}}
    model |= {"in_process": {"lmms-eval": {"model": name, "arguments": pixels}}}
    (tmp_path / "model.json").write_text(json.dumps(model))
    sizes = ((280, 168), (300, 170), (56, 84))
    pages(tmp_path / "task", sizes)
    argv = ["--task", str(tmp_path / "task"), "--model", str(tmp_path / "model.json")]
    engine_said = bench_eval(tmp_path / "engine", *argv)["said"]
    here = bench_eval(tmp_path / "here", *argv, "--in-process")
    assert here["said"] == engine_said
    assert len(set(engine_said.values())) > 1
    assert here["counts"]["answered"] == len(sizes)


def pages(folder: Path, sizes: tuple[tuple[int, int], ...]) -> None:
    """A task with a page of each size."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for number, size in enumerate(sizes):
        (folder / "images" / f"{number}.png").write_bytes(drawn_page(f"total {number}", size))
        row = {"id": f"n{number}", "images": [f"images/{number}.png"], "references": ["x"]}
        rows.append(row | {"question": f"What is {number}?"})
    member = {"prompt": "{question}", "metrics": [{"metric": "exact_match"}]}
    described = {"name": "pages", "version": "1", "summary": "pages", "licence": "Apache-2.0"}
    (folder / "task.yaml").write_text(json.dumps(described | {"members": {"m": member}}))
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
