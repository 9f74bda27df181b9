"""Reading what lmms-eval wrote of a task of its own, recorded from a real run of lmms-eval 0.7.3.

Five questions of docvqa_val over a local copy: four answered, two of them with `<think>`; the third
failed, and its failure text was scored.
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
from tests.adapters.lmms_eval_process import ADAPTER, RECORDED, edit

LOG = "raw/output/bench_samples_docvqa_val.jsonl"
RESULTS = "raw/output/bench_results.json"
Row = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDED / "native", tmp_path / "job"))


collected = partial(collected_by, ADAPTER)


def test_the_number_and_the_scores_behind_it(folder: Path) -> None:
    scores = (folder / "native_scores.jsonl").read_bytes()
    result = collected(folder)
    (native,) = result["native"]
    assert native == {
        "metric": "anls",
        "group": None,
        "value": pytest.approx(0.56),
        "scale": 1,
        "higher_is_better": True,
        "n": 5,
        "failed_scored": 1,
        "source": RESULTS,
    }
    assert (folder / "native_scores.jsonl").read_bytes() == scores
    values = [json.loads(line)["value"] for line in scores.splitlines()]
    assert native["value"] == pytest.approx(sum(values) / 5, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        pytest.param(
            LOG, lambda rows: rows.pop(1), "counts 5 samples, its log has 4", id="log lacks one"
        ),
        pytest.param(
            LOG, lambda rows: rows.append(rows[0]), "has samples {", id="log has one twice"
        ),
        pytest.param(
            LOG,
            lambda rows: rows[0].update(sample="old"),
            "lmms-eval's log lacks 1 samples: 100",
            id="another sample",
        ),
        pytest.param(
            LOG,
            lambda rows: rows[0].update(filtered_resps="00"),
            "lmms-eval changed the answers of 1 samples: 100",
            id="another answer",
        ),
        pytest.param(
            LOG,
            lambda rows: rows[1].update(resps=["<think>y</think>7"]),
            "lmms-eval changed the answers of 1 samples: 101",
            id="another reasoning",
        ),
        pytest.param(
            "predictions.jsonl",
            lambda rows: rows.pop(0),
            "predictions.jsonl lacks 1 samples",
            id="prediction lacks",
        ),
        pytest.param(
            "asked.jsonl",
            lambda rows: rows.pop(0),
            "predictions.jsonl also has 1 samples: 100",
            id="never asked",
        ),
    ],
)
def test_counts_and_answers_that_do_not_close_fail(
    folder: Path, name: str, change: Callable[[list[Row]], object], said: str
) -> None:
    edit(folder / name, change)
    result = collected(folder)
    assert result["error"]["type"] == "Broken"
    assert said in result["error"]["message"]


def test_an_answer_that_a_filter_cut_is_no_change(folder: Path) -> None:
    results = json.loads((folder / RESULTS).read_text("utf-8"))
    values = results["results"]["docvqa_val"]
    values["anls,letter"] = values.pop("anls,none")
    (folder / RESULTS).write_text(
        json.dumps(results).replace("_stderr,none", "_stderr,letter").replace(",none", ",letter")
    )
    edit(folder / LOG, lambda rows: rows[0].update(filtered_resps="A"))
    result = collected(folder)
    assert result["status"] == "ok", result["error"]
    assert result["native"][0]["metric"] == "anls"
