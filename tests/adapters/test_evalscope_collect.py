"""Reading EvalScope's raw output, on output recorded from a real run of EvalScope 1.14.1.

Five samples were asked: four answered (one empty, one with `<think>`), the fifth failed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.collecting import collected_by
from tests.adapters.evalscope_process import ADAPTER

RECORDED = Path(__file__).with_name("evalscope_recorded") / "run"
LABEL = "tiny-model-tsv-1"
NAME = f"{LABEL}/documents_default.jsonl"
Row = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDED, tmp_path / "job"))


collected = partial(collected_by, ADAPTER)


def reason(folder: Path) -> str:
    result = collected(folder)
    assert result["status"] == "failed"
    assert result["error"]["type"] == "Broken"
    return str(result["error"]["message"])


def edit(path: Path, change: Callable[[list[Row]], object]) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    change(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def edit_report(folder: Path, change: Callable[[Row], object]) -> None:
    path = folder / "raw" / "reports" / LABEL / "documents.json"
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))


def test_what_closes_is_believed(folder: Path) -> None:
    result = collected(folder)
    assert result["status"] == "ok"
    assert result["native"] == []
    assert result["versions"]["harness"] == "1.14.1"


@pytest.mark.parametrize(("kind", "named"), [("predictions", "prediction"), ("reviews", "review")])
def test_every_answer_lies_there_once(folder: Path, kind: str, named: str) -> None:
    path = folder / "raw" / kind / NAME
    whole = path.read_bytes()
    # EvalScope appends to a folder that was used before.
    path.write_bytes(whole + whole)
    assert reason(folder) == f"EvalScope appended a second {named} of 4 samples: a/1, b, c, ..."
    path.write_bytes(whole)
    edit(path, lambda rows: rows.pop())
    assert reason(folder).startswith(f"EvalScope lost the {named} of 1 samples: ")
    path.write_bytes(whole[:-1])  # the last line was cut
    assert reason(folder).startswith(f"EvalScope lost the {named} of 1 samples: ")
    path.unlink()
    assert reason(folder) == f"EvalScope left no {kind}"


def test_an_answer_that_evalscope_changed_is_found(folder: Path) -> None:
    def cleave(rows: list[Row]) -> None:
        """What EvalScope does to a content that is a plain text with `<think>` in it."""
        (row,) = [row for row in rows if row["metadata"]["sample"] == "b"]
        reasoning = {"type": "reasoning", "reasoning": "x"}
        message = row["model_output"]["choices"][0]["message"]
        message["content"] = [reasoning, {"type": "text", "text": "12.50"}]

    edit(folder / "raw" / "predictions" / NAME, cleave)
    assert reason(folder) == "EvalScope's prediction changed the answer to 1 samples: b"


def test_an_answer_that_was_normalised_for_scoring_is_found(folder: Path) -> None:
    def strip(rows: list[Row]) -> None:
        for row in rows:
            score = row["sample_score"]["score"]
            score["prediction"] = score["prediction"].strip()

    edit(folder / "raw" / "reviews" / NAME, strip)
    assert reason(folder) == "EvalScope's review changed the answer to 1 samples: d"


def test_answers_are_paired_by_id_and_by_number(folder: Path) -> None:
    def swap_numbers(rows: list[Row]) -> None:
        rows[0]["index"], rows[1]["index"] = rows[1]["index"], rows[0]["index"]

    path = folder / "raw" / "predictions" / NAME
    whole = path.read_bytes()
    edit(path, swap_numbers)
    assert "has the number of another sample: 2 samples: a/1, b" in reason(folder)
    path.write_bytes(whole)
    edit(path, lambda rows: rows[0].update(metadata={}))
    assert reason(folder) == "EvalScope lost the prediction of 1 samples: a/1"


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"metric_errors": {"BLEU": "LookupError"}}},
        {"value": {"answered": 0.0}},
        {"value": {}, "status": "excluded"},
        {"status": "degraded"},
    ],
)
def test_a_metric_that_failed_is_no_score(folder: Path, change: Row) -> None:
    edit(
        folder / "raw" / "reviews" / NAME,
        lambda rows: rows[2]["sample_score"]["score"].update(change),
    )
    assert reason(folder).startswith("EvalScope's metric failed on 1 samples: ")


def test_n_may_not_shrink(folder: Path) -> None:
    edit_report(folder, lambda report: report["execution_summary"].update(requested=4, errored=0))
    assert reason(folder) == (
        "EvalScope counts 4 requested, 4 succeeded, 0 errored; 5 were asked, 4 answered"
    )


def test_the_reports_own_n_must_be_the_number_of_answers(folder: Path) -> None:
    edit_report(folder, lambda report: report["metrics"][0].update(num=5))
    assert reason(folder) == "EvalScope's report counts [5] answers, not 4"


def test_a_report_of_another_schema_or_none_is_not_guessed_at(folder: Path) -> None:
    edit_report(folder, lambda report: report.pop("schema_version"))
    assert reason(folder) == "EvalScope's report has schema None, not 2"
    (folder / "raw" / "reports" / LABEL / "documents.json").unlink()
    assert reason(folder) == "EvalScope left no report"


def test_each_sample_asked_came_back_once(folder: Path) -> None:
    edit(folder / "predictions.jsonl", lambda rows: rows.pop())
    assert reason(folder) == "5 samples were asked, 4 came back"


def test_a_failed_sample_has_no_row_of_evalscope(folder: Path) -> None:
    def fails(rows: list[Row]) -> None:
        rows[0].update(status="failed", prediction=None, error="HTTP 500")

    edit(folder / "predictions.jsonl", fails)
    assert reason(folder) == "EvalScope has a prediction without an answer of 1 samples: a/1"


def test_a_lone_surrogate_is_a_question_mark_in_evalscopes_files(folder: Path) -> None:
    def surrogate(rows: list[Row]) -> None:
        rows[0]["prediction"] = "N\ud800"

    edit(folder / "predictions.jsonl", surrogate)
    for kind in ("predictions", "reviews"):
        path = folder / "raw" / kind / NAME
        path.write_text(path.read_text("utf-8").replace('"NA"', '"N?"'), "utf-8")
    assert collected(folder)["status"] == "ok"


def test_a_job_of_failures_only_closes_too(folder: Path) -> None:
    def fail(rows: list[Row]) -> None:
        for row in rows:
            row.update(status="failed", prediction=None, error="HTTP 500")

    edit(folder / "predictions.jsonl", fail)
    shutil.rmtree(folder / "raw" / "predictions")
    edit(folder / "raw" / "reviews" / NAME, list.clear)
    edit_report(folder, lambda one: one["execution_summary"].update(succeeded=0, errored=5))
    assert reason(folder) == "EvalScope's report counts [4] answers, not 0"
    edit_report(folder, lambda report: report["metrics"].clear())
    assert collected(folder)["status"] == "ok"
