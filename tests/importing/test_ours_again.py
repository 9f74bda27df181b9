"""The raw folder of a run of bench, imported: the same answers and the same native numbers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import store
from bench.report.asked import questions
from tests.importing.made import imported

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "adapters"
OF = {
    "lm_eval_native/recorded": "lm_eval",
    "lmms_eval_recorded/native": "lmms_eval",
    "evalscope_recorded/chartqa": "evalscope",
    "vlmevalkit_recorded/copy": "vlmevalkit",
    "vlmevalkit_recorded/docvqa": "vlmevalkit",
    "vlmevalkit_recorded/multiple_choice": "vlmevalkit",
    "vlmevalkit_recorded/ocrbench": "vlmevalkit",
    "vlmevalkit_recorded/yes_no": "vlmevalkit",
}
OFTEN = [
    "lm_eval_native/recorded",
    "lmms_eval_recorded/native",
    "evalscope_recorded/chartqa",
    "vlmevalkit_recorded/docvqa",
]
EACH = [
    pytest.param(name, marks=() if name in OFTEN else pytest.mark.thorough, id=name) for name in OF
]
KEYS = ("metric", "group", "scale", "higher_is_better", "n", "failed_scored")
FOUR_DIGITS = 5.1e-5  # what EvalScope's reports have


def collected(folder: Path, adapter: str) -> dict[str, Any]:
    """The collect verb as the core runs it."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "adapters" / "_sdk"),
        "PYTHONSAFEPATH": "1",
    }
    script = ROOT / "adapters" / "harnesses" / adapter / "run.py"
    argv = [sys.executable, str(script), "collect", str(folder)]
    subprocess.run(argv, env=environment, capture_output=True, check=False)
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    assert result["status"] == "ok", result["error"]
    return result


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("recorded", EACH)
def test_the_same_answers_and_the_same_native_numbers(recorded: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RECORDED / recorded, tmp_path / "job"))
    ours = collected(folder, OF[recorded])
    (job,) = imported(folder / "raw", tmp_path / "run").jobs

    assert [tuple(getattr(one, key) for key in KEYS) for one in job.native] == [
        tuple(one[key] for key in KEYS) for one in ours["native"]
    ]
    for again, first in zip(job.native, ours["native"], strict=True):
        exact = 0.0 if job.harness.name != "evalscope" else FOUR_DIGITS
        assert again.value == pytest.approx(first["value"], abs=exact, rel=0)

    said = {
        one["id"]: (one["status"], answer(one["prediction"], job.harness.name))
        for one in lines(folder / "predictions.jsonl")
    }
    records = store.read_records(tmp_path / "run")
    assert {one.id: (one.status, one.prediction) for one in records} == said

    right = {one["id"]: one["references"] for one in lines(folder / "asked.jsonl")}
    assert {one.id: list(one.references) for one in records} == right
    assert job.harness.version is not None


def answer(text: str | None, harness: str) -> str | None:
    """EvalScope keeps the model's thinking apart from its answer."""
    if text is None or harness != "evalscope":
        return text
    return re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL).strip()


JOBS_OF = {"lmms_eval_recorded/run": 1, "evalscope_recorded/run": 1, "lm_eval_recorded/mixed": 2}


@pytest.mark.parametrize("recorded", JOBS_OF)
def test_a_document_task_has_its_own_samples_again(recorded: str, tmp_path: Path) -> None:
    """lm-eval asks texts and pictures apart: its folder becomes two jobs, of each sample once."""
    folder = Path(shutil.copytree(RECORDED / recorded, tmp_path / "job"))
    report = imported(folder / "raw", tmp_path / "run")
    assert len(report.jobs) == JOBS_OF[recorded]
    found = store.read_records(tmp_path / "run")
    answers = lines(folder / "predictions.jsonl")
    said = {one["id"]: (one["status"], as_in_a_file(one["prediction"])) for one in answers}
    items = {one["id"]: one["references"] for one in lines(folder / "items.jsonl")}
    assert {one.id: list(one.references) for one in found} == items
    assert len(found) == len(items)
    assert {one.id: (one.status, one.prediction) for one in found} == said
    assert all(job.native == () for job in report.jobs)
    shown = questions(tmp_path / "run", [job.id for job in report.jobs])
    prompts = {one["id"]: one["prompt"] for one in lines(folder / "items.jsonl")}
    for (_, sample), one in shown.items():
        assert prompts[sample] in (one.prompt or "")


def as_in_a_file(text: str | None) -> str | None:
    """A harness's own file is UTF-8: half a character is a question mark in it."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
