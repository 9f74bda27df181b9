"""Reading EvalScope's own numbers, on output recorded from a real run of EvalScope 1.14.1.

Four rows of chartqa in two subsets; three answered, one of them with `<think>`; the third failed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.collecting import collected_by
from tests.adapters.evalscope_process import ADAPTER, ROOT, job
from tests.adapters.test_evalscope_parts import part

RECORDED = Path(__file__).with_name("evalscope_recorded") / "chartqa"
REPORT = Path("raw/reports/tiny-model-tsv-1/chartqa.json")
REVIEWS = Path("raw/reviews/tiny-model-tsv-1/chartqa_human_test.jsonl")
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


def edit_report(folder: Path, change: Callable[[Row], object]) -> None:
    report = json.loads((folder / REPORT).read_text())
    change(report)
    (folder / REPORT).write_text(json.dumps(report))


def edit_reviews(folder: Path, change: Callable[[list[Row]], object]) -> None:
    rows = [json.loads(line) for line in (folder / REVIEWS).read_text("utf-8").splitlines()]
    change(rows)
    (folder / REVIEWS).write_text("".join(json.dumps(row) + "\n" for row in rows))


def scores(folder: Path) -> dict[str, float]:
    lines = (folder / "native_scores.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["metric"] for row in rows} == {"relaxed_acc"}
    return {row["id"]: row["value"] for row in rows}


def test_the_numbers_are_evalscope_s_and_their_samples_are_kept(folder: Path) -> None:
    result = collected(folder)
    assert result["status"] == "ok", result["error"]
    found = {one["group"]: one for one in result["native"]}
    assert list(found) == [None, "human_test", "augmented_test"]
    # 0.6667 in the report: the samples' mean has all its digits.
    assert found[None]["value"] == pytest.approx(2 / 3, abs=1e-12)
    assert [(one["value"], one["n"]) for one in found.values()][1:] == [(0.5, 2), (1.0, 1)]
    assert {(one["scale"], one["higher_is_better"]) for one in found.values()} == {(1.0, True)}
    assert {(one["metric"], one["failed_scored"]) for one in found.values()} == {("relaxed_acc", 0)}
    assert (folder / found[None]["source"]).is_file()
    assert scores(folder) == {"0": 1.0, "1": 0.0, "3": 1.0}
    collected(folder)
    assert scores(folder) == {"0": 1.0, "1": 0.0, "3": 1.0}


def test_a_value_that_is_not_the_samples_mean_stays_as_it_was_reported(folder: Path) -> None:
    edit_report(folder, lambda report: report["metrics"][0].update(score=0.25))
    assert collected(folder)["native"][0]["value"] == 0.25


def test_counts_that_do_not_close_are_not_believed(folder: Path) -> None:
    edit_report(folder, lambda report: report["execution_summary"].update(errored=0))
    assert reason(folder).startswith("EvalScope counts 4 requested, 3 succeeded, 0 errored; 4 were")
    shutil.copy(RECORDED / REPORT, folder / REPORT)
    edit_report(folder, lambda report: report.update(schema_version=3))
    assert reason(folder) == "EvalScope's report has schema 3, not 2"
    (folder / REPORT).unlink()
    assert reason(folder) == "EvalScope left no report"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda rows: rows.pop(), "lost the review of 1 samples: 1", id="lost"),
        pytest.param(
            lambda rows: rows.append(rows[0]),
            "appended a second review of 1 samples: 0",
            id="twice",
        ),
        pytest.param(
            lambda rows: rows[0]["sample_score"]["score"].update(prediction="other"),
            "review changed the answer to 1 samples: 0",
            id="changed",
        ),
        pytest.param(
            lambda rows: rows[0]["sample_score"].update(sample_id=1),
            "review has the number of another sample: 1 samples: 0",
            id="number",
        ),
        pytest.param(
            lambda rows: rows[1]["sample_score"]["score"].update(
                status="excluded", metadata={"relaxed_acc": "error: No module named 'x'"}
            ),
            "metric failed (error: No module named 'x') on 1 samples: 1",
            id="metric",
        ),
    ],
)
def test_a_review_that_is_not_the_answer_s_fails_the_job(
    folder: Path, change: Callable[[list[Row]], object], message: str
) -> None:
    edit_reviews(folder, change)
    assert message in reason(folder)


def test_a_metric_s_label_tells_it_from_others() -> None:
    label = part("native").label
    assert label({"name": "anls", "aggregation": "mean", "dimensions": {}}) == "anls"
    assert label({"name": "accuracy", "aggregation": "identity"}) == "accuracy"
    rouge = {"name": "rouge", "aggregation": "mean", "dimensions": {"statistic": "f1", "ngram": 1}}
    assert label(rouge) == "rouge,ngram=1,statistic=f1"
    assert label({"name": "accuracy", "aggregation": "pass_at_k"}) == "accuracy,pass_at_k"


def table(config: str, split: str) -> SimpleNamespace:
    return SimpleNamespace(config=config, split=split)


@pytest.mark.parametrize(
    ("subset", "split", "found"),
    [
        pytest.param("a", "test", ["a/test"], id="exact"),
        pytest.param("a", "validation", ["a/val"], id="spelling"),
        pytest.param("all", "test", ["a/test", "b/test"], id="whole"),
        pytest.param("c", "test", [], id="absent-config"),
        pytest.param("a", "train", [], id="absent-split"),
    ],
)
def test_the_tables_that_evalscope_means(subset: str, split: str, found: list[str]) -> None:
    tables = [table("a", "test"), table("b", "test"), table("a", "val")]
    chosen = part("tables").chosen(tables, subset, split, ("default", "all"))
    assert [f"{one.config}/{one.split}" for one, _ in chosen] == found
    assert all(only is None for _, only in chosen)


def test_rows_tell_their_subset_where_no_table_is_called_so() -> None:
    chosen = part("tables").chosen
    one, whole = table("default", "test"), ("default", "Full")
    assert chosen([one], "Full", "popular", whole, parted=True) == [(one, "popular")]
    assert chosen([one], "Art", "test", whole, parted=True) == [(one, "Art")]
    assert chosen([one], "Art", "dev", whole, parted=True) == []
    assert chosen([one], "Full", "popular", whole) == []
    subset_of = part("columns").SUBSET_OF
    assert subset_of["mmmu"]({"id": "validation_Art_Theory_12"}) == "Art_Theory"
    assert subset_of["pope"]({"category": "random"}) == "random"


def test_rows_of_other_columns_are_read_as_evalscope_s_copy_has_them() -> None:
    change = part("columns").as_evalscope
    row = {"goal": "Dry", "sol1": "a", "sol2": "b", "label": 1}
    assert change("piqa", row, "plain_text") == {
        "question": "Dry",
        "choices": ["a", "b"],
        "answer": "B",
    }
    theirs = {"question": "Dry", "choices": ["a", "b"], "answer": "B"}
    assert change("piqa", theirs, "default") == theirs
    row = {"Question": "?", "A": "1", "B": "2", "C": "3", "D": "4", "Answer": "D"}
    found = change("cmmlu", row, "law")
    assert (found["choices"][3], found["answer"], found["category"]) == ("(D) 4", "(D)", "law")
    assert change("docvqa", row, "x") == row


def test_what_may_be_set_of_a_benchmark() -> None:
    invocation = part("invocation")
    known = set(invocation.owners())
    given: Row = {"dataset_args": {"few_shot_num": 0, "prompt_template": "{question}"}}
    assert invocation.refusal(given, known, document=False) is None
    assert "a task has its own prompt" in invocation.refusal(given, known)
    given = {"dataset_args": {"subset_list": ["a"]}}
    assert "'subset_list' is not one of" in invocation.refusal(given, known, document=False)
    assert "a table" in invocation.refusal({"dataset_args": 3}, known, document=False)
    task = {"name": "arc-challenge", "kind": "benchmark", "benchmark": "arc", "data": "/copy"}
    spec = job("u", task=task, limit=3, harness_args={"dataset_args": {"few_shot_num": 2}})
    spec["model"]["system_prompt"] = "Mine."
    found = invocation.arguments(spec, "Theirs.")
    assert found["datasets"] == ["arc"]
    own = {"system_prompt": "Mine.\nTheirs.", "local_path": "/copy", "few_shot_num": 2}
    assert found["dataset_args"] == {"arc": own}
    assert (found["limit"], found["judge"]) == (None, {"strategy": "rule"})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"model": {"in_process": {"model": "x"}}}, "loads no weights", id="weights"),
        pytest.param({"model": {"api": "completions"}}, "asks chats", id="completions"),
    ],
)
def test_models_that_it_cannot_ask_are_refused(
    keys: Row, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "job.json").write_text(json.dumps(job("", **keys)))
    environment = os.environ | {"PYTHONPATH": str(ROOT / "adapters" / "_sdk")}
    argv = [sys.executable, str(ADAPTER / "run.py"), "evaluate", str(tmp_path)]
    subprocess.run(argv, env=environment, capture_output=True, check=False)
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["status"] == "unsupported"
    assert message in result["error"]["message"]
