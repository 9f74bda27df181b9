"""Reading lmms-eval's raw output, on output recorded from a real run of lmms-eval 0.7.3.

Five samples were asked: four answered (one empty, one with `<think>` and U+2028), the fifth failed.
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

LOG = "raw/output/bench_samples_bench_documents.jsonl"
RESULTS = "raw/output/bench_results.json"
Row = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDED / "run", tmp_path / "job"))


collected = partial(collected_by, ADAPTER)


def reason(folder: Path) -> str:
    result = collected(folder)
    assert result["status"] == "failed"
    assert result["error"]["type"] == "Broken"
    return str(result["error"]["message"])


def test_what_closes_is_believed(folder: Path) -> None:
    before = (folder / "predictions.jsonl").read_bytes()
    result = collected(folder)
    assert result["status"] == "ok"
    assert result["native"] == []
    assert result["versions"]["harness"] == "0.7.3"
    assert (folder / "predictions.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.pop(1), "lmms-eval's log lacks 1 samples: s1"),
        (lambda rows: rows.append(rows[0]), "lmms-eval's log has more than once 1 samples: s0"),
        (lambda rows: rows[2].pop("sample"), "lmms-eval's log lacks 1 samples: s2"),
        (lambda rows: rows.append({"sample": "old"}), "lmms-eval's log also has 1 samples: old"),
        (
            lambda rows: rows[2].update(filtered_resps="1.10"),
            "lmms-eval changed the answers of 1 samples: s2",
        ),
        (
            lambda rows: rows[3].update(filtered_resps="b\u2028c"),
            "lmms-eval changed the answers of 1 samples: s3",
        ),
        (
            lambda rows: [row.update(input="x") for row in rows],
            "lmms-eval changed the prompts of 5 samples: s0, s1, s2, s3, s4",
        ),
    ],
)
def test_a_log_that_lost_or_changed_something_fails(
    folder: Path, change: Callable[[list[Row]], object], said: str
) -> None:
    edit(folder / LOG, change)
    assert reason(folder) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.pop(1), "predictions.jsonl lacks 1 samples: s2"),
        (lambda rows: rows.append(rows[0]), "predictions.jsonl has more than once 1 samples: s0"),
    ],
)
def test_predictions_that_do_not_close_fail(
    folder: Path, change: Callable[[list[Row]], object], said: str
) -> None:
    edit(folder / "predictions.jsonl", change)
    assert reason(folder) == said


@pytest.mark.parametrize(
    ("way", "number", "said"),
    [
        (("n-samples", "effective"), 4, "lmms-eval asked 4 samples, not 5"),
        (("results", "asked,none"), 3, "lmms-eval scored 3 samples, not 5"),
        (("results", "asked,none"), [], "lmms-eval scored [] samples, not 5"),
    ],
)
def test_an_n_that_shrank_fails(
    folder: Path, way: tuple[str, str], number: object, said: str
) -> None:
    results = json.loads((folder / RESULTS).read_text())
    results[way[0]]["bench_documents"][way[1]] = number
    (folder / RESULTS).write_text(json.dumps(results))
    assert reason(folder) == said


@pytest.mark.parametrize("name", [RESULTS, LOG])
def test_a_file_that_lmms_eval_did_not_write_or_wrote_twice_fails(folder: Path, name: str) -> None:
    path = folder / name
    (path.parent / "older").mkdir()
    shutil.copy(path, path.parent / "older")
    assert reason(folder) == f"lmms-eval left 2 files {path.name}, not one; the log says why"
    shutil.rmtree(path.parent / "older")
    path.unlink()
    assert reason(folder) == f"lmms-eval left 0 files {path.name}, not one; the log says why"


def test_a_limit_is_what_was_asked(folder: Path) -> None:
    spec = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps(spec | {"limit": 4}))
    assert reason(folder) == "predictions.jsonl also has 1 samples: s4"
