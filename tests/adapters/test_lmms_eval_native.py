"""Tasks of lmms-eval's own over a local copy, in real processes of lmms-eval."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.lmms_eval_process import ADAPTER, job, run, url
from tests.adapters.vlmevalkit_stub.process import Endpoint, serving
from tests.local_data.made import DOCVQA, docvqa_copy, docvqa_rows, write_made

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
FIRST = 49153  # the copy's first question
PROMPT = "\nAnswer the question using a single word or phrase."
FAILED = "[LMMS_EVAL_REQUEST_FAILED after 1 retries] HTTP 500"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def task(name: str, data: Path, **parts: str) -> dict[str, Any]:
    whole = {"name": "docvqa-val", "kind": "benchmark", "benchmark": name, "file": None}
    return whole | {"metric": "anls", "data": str(data), "parts": parts}


def content(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def anls(python: Path, pairs: list[tuple[list[str], str]]) -> list[float]:
    """What lmms-eval's own function gives: right answers and the answer, as its tasks strip it."""
    script = (
        "import json,sys\n"
        "from lmms_eval.api.metrics import anls\n"
        "print(json.dumps([anls(a, [b.strip()])['anls'] for a, b in json.load(sys.stdin)]))"
    )
    argv = [str(python), "-P", "-c", script]
    done = subprocess.run(argv, input=json.dumps(pairs), capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_docvqa_from_the_local_copy(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    copy = docvqa_copy(tmp_path / "copy")
    before = content(copy.folder)
    said: list[str | int] = [" 12.5 ", "<think>7?</think>\n07", "n/a", "합계 4", 500, "its"]
    endpoint.answers = {str(FIRST + number): one for number, one in enumerate(said)}
    folder = tmp_path / "job"
    folder.mkdir()
    model = {"system_prompt": "S", "parameters": {"max_tokens": 9}}
    done = run(
        lmms_eval_python,
        folder,
        job(url(endpoint), task=task("docvqa_val", copy.folder), model=model),
    )
    assert done.result["status"] == "ok", done.log

    rows = docvqa_rows()
    assert list(done.asked) == [row["questionId"] for row in rows]
    for row in rows:
        asked, body = done.asked[row["questionId"]], endpoint.seen[row["questionId"]]
        assert asked["references"] == row["answers"]
        assert asked["question"] == row["question"]
        assert asked["doc_id"] == str(row["docId"])
        assert endpoint.parts(row["questionId"])[-1]["text"] == row["question"] + PROMPT
        # The data's own bytes, through lmms-eval's pixels.
        (sent,) = endpoint.images(row["questionId"])
        assert sent == row["image"]["bytes"]
        assert Path(asked["images"][0]).read_bytes() == sent
        assert body["max_tokens"] == 9  # the config's, over the task's 32
        assert body["temperature"] == 0  # the task's
        assert body["messages"][0] == {"role": "system", "content": "S"}
        assert "not-ours" not in json.dumps(body["headers"])

    assert [one["status"] for one in done.predictions.values()].count("failed") == 1
    assert done.predictions[str(FIRST + 1)]["prediction"] == said[1]
    # As on lmms-eval's command line: the reasoning is no part of the answer that is scored.
    scored = [" 12.5 ", "07", "n/a", "합계 4", FAILED, "its"]
    expected = anls(
        lmms_eval_python,
        [(row["answers"], text) for row, text in zip(rows, scored, strict=True)],
    )
    assert {row["id"]: row["value"] for row in done.rows("native_scores.jsonl")} == {
        row["questionId"]: value for row, value in zip(rows, expected, strict=True)
    }
    (native,) = done.result["native"]
    assert native["value"] == pytest.approx(sum(expected) / 6, abs=1e-12)
    assert {key: native[key] for key in ("metric", "group", "scale", "higher_is_better")} == {
        "metric": "anls",
        "group": None,
        "scale": 1,
        "higher_is_better": True,
    }
    assert (native["n"], native["failed_scored"]) == (6, 1)
    assert (folder / native["source"]).is_file()
    assert not (folder / "home").exists()
    assert content(copy.folder) == before
    scores = (folder / "native_scores.jsonl").read_bytes()

    again = run(lmms_eval_python, folder, json.loads((folder / "job.json").read_text()), "collect")
    assert again.result["native"] == done.result["native"]
    assert (folder / "native_scores.jsonl").read_bytes() == scores


def test_parts_of_a_group_have_their_own_numbers(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    rows = docvqa_rows(5)
    tables = {("DocVQA", "validation"): rows[:3], ("DocVQA", "test"): rows[3:]}
    copy = write_made(tmp_path / "copy", "docvqa", DOCVQA, tables)
    endpoint.answers = {row["questionId"]: row["answers"][0] for row in rows}
    folder = tmp_path / "job"
    folder.mkdir()
    parts = {"검증": "docvqa_val", "test": "docvqa_test"}
    spec = job(url(endpoint), task=task("docvqa", copy.folder, **parts), limit=2)
    done = run(lmms_eval_python, folder, spec)
    assert done.result["status"] == "ok", done.log
    # The limit is lmms-eval's: of each of its tasks.
    wanted = [row["questionId"] for row in (*rows[:2], *rows[3:])]
    assert sorted(done.asked) == sorted(wanted) == sorted(done.predictions)
    assert {row["group"] for row in done.asked.values()} == {"검증", "test"}
    (native,) = done.result["native"]  # docvqa_test only makes a file to be sent in
    assert (native["metric"], native["group"], native["value"], native["n"]) == (
        "anls",
        "검증",
        1.0,
        2,
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(
            "chartqa",
            "lmms-eval reads a column 'type' that the local copy does not have; it has answers",
            id="column",
        ),
        pytest.param(
            "coco2017_cap_val",
            "needs what this environment leaves out: No module named 'pycocoevalcap'",
            id="library",
        ),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_is_asked(
    lmms_eval_python: Path, tmp_path: Path, endpoint: Endpoint, name: str, said: str
) -> None:
    rows = [{key: row[key] for key in ("question", "answers", "image")} for row in docvqa_rows(2)]
    copy = write_made(tmp_path / "copy", "x", None, {("default", "test"): rows})
    folder = tmp_path / "job"
    folder.mkdir()
    done = run(lmms_eval_python, folder, job(url(endpoint), task=task(name, copy.folder)))
    assert done.result["status"] == "unsupported", done.log
    assert said in done.result["error"]["message"]
    assert not endpoint.seen


@pytest.mark.slow
def test_the_short_index_is_a_part_of_the_whole(lmms_eval_python: Path) -> None:
    script = """
import importlib.util, json, os, sys
import lmms_eval.tasks as tasks
spec = importlib.util.spec_from_file_location("native", sys.argv[1])
native = importlib.util.module_from_spec(spec)
spec.loader.exec_module(native)
whole = tasks.TaskManager().task_index
for names in (["docvqa"], ["mmbench_cn"], ["mmlu_stem"], ["coco_caption"], ["pope", "ai2d"]):
    made, found = native.indexed(tasks.TaskManager, names, os.path.dirname(tasks.__file__), None)
    same = all(made.task_index[one] == whole[one] for one in [*names, *found])
    print(json.dumps([names, len(found), same, len(made.task_index) < len(whole) / 3]))
"""
    argv = [str(lmms_eval_python), "-c", script, str(ADAPTER / "native.py")]
    environment = {"PYTHONPATH": str(ADAPTER.parents[1] / "_sdk"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[[")]
    assert [one[2:] for one in found] == [[True, True]] * 5
    assert found[0][1] == 2
    assert all(one[1] for one in found)
