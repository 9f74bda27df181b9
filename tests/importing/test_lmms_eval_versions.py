"""What earlier versions of lmms-eval left. The forms were read in their sources:

0.1 and 0.2: `cli_evaluate_single` writes a folder TIME_SUFFIX_MODEL_model_args_HASH of results.json
and TASK.json with `args`, `model_configs`, `logs`, `time`; `evaluate` gives neither n-samples nor
the tasks of a group. 0.3.0: `EvaluationTracker` writes MODEL/TIME_results.json and
MODEL/TIME_samples_TASK.jsonl.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.errors import SourceError
from bench.importing import read_results
from bench.importing.shown import Shown
from tests.importing.made import counts, imported, job_of

FAILED = "[LMMS_EVAL_REQUEST_FAILED after 5 retries] HTTP 500"
SAID = ["007", "N/A", FAILED]
ARGS = {
    "model": "llava",
    "model_args": "pretrained=liuhaotian/llava-v1.5-7b,device_map=cuda:0",
    "tasks": "docvqa_val",
    "limit": 3.0,
    "log_samples": True,
    "log_samples_suffix": "llava_v1.5",
}


def config(task: str) -> dict[str, Any]:
    around = {"pre_prompt": "", "post_prompt": "\nAnswer briefly."}
    return {
        "task": task,
        "test_split": "validation",
        "num_fewshot": 0,
        "output_type": "generate_until",
        "generation_kwargs": {"max_new_tokens": 32, "temperature": 0, "do_sample": False},
        "metric_list": [{"metric": "anls", "aggregation": "mean", "higher_is_better": True}],
        "model_specific_prompt_kwargs": {
            "default": around,
            "qwen_vl": around | {"post_prompt": ":"},
        },
    }


def logs(task: str) -> list[dict[str, Any]]:
    """As `evaluate` of 0.2 logs: an image is no serializable argument, and is left out."""
    return [
        {
            "doc_id": number,
            "target": [right, "x"],
            "doc": {"question": f"What {number}?"},
            "arguments": [[f"What {number}?\nAnswer briefly.", number, task, "validation"]],
            "resps": [[said]],
            "filtered_resps": [said],
            "anls": float(right == said),
        }
        for number, (right, said) in enumerate(zip(["007", "N/A", "1"], SAID, strict=True))
    ]


def first_versions(folder: Path, results: dict[str, Any], *tasks: str) -> Path:
    """The folder of one call of 0.1 or 0.2."""
    place = folder / "0612_0801_llava_v1.5_llava_model_args_3f2a1b"
    place.mkdir(parents=True)
    shots = dict.fromkeys(results, 0)
    whole = {"results": results, "configs": {task: config(task) for task in tasks}, "n-shot": shots}
    (place / "results.json").write_text(json.dumps(whole, indent=4))
    for task in tasks:
        written = {"args": ARGS, "model_configs": config(task), "logs": logs(task), "time": "0612"}
        (place / f"{task}.json").write_text(json.dumps(written, indent=4))
    return place


def numbers(alias: str, value: float = 2 / 3) -> dict[str, Any]:
    return {"anls,none": value, "anls_stderr,none": "N/A", "alias": alias}


def test_a_task_of_0_2_has_answers_questions_and_its_number(tmp_path: Path) -> None:
    first_versions(tmp_path / "logs", {"docvqa_val": numbers("docvqa_val")}, "docvqa_val")
    (job,) = imported(tmp_path / "logs", tmp_path / "run").jobs
    assert (job.model.name, job.task.name, counts(job)) == (
        "liuhaotian__llava-v1.5-7b",
        "docvqa-val",
        (3, 2, 1),
    )
    (native,) = job.native
    assert (native.metric, native.value, native.n, native.failed_scored) == ("anls", 2 / 3, 3, 1)
    assert (native.scale, native.higher_is_better, native.source) == (1, True, "results.json")
    assert native.agrees
    assert job.harness.version is None
    assert any("do not say how many samples were asked" in note for note in job.notes)
    assert job.task.data["protocol"] == {
        "split": "validation",
        "decoding": "greedy",
        "shots": 0,
        "prompt": "{question}\nAnswer briefly.",
    }
    assert len(job.task.data["sources"]) == 2


def test_groups_of_0_2_are_told_by_their_aliases(tmp_path: Path) -> None:
    results = {
        "docvqa": numbers("docvqa"),
        "docvqa_val": numbers(" - docvqa_val"),
        "docvqa_more": numbers(" - docvqa_more", 0.5),
        "chartqa": numbers("chartqa"),
    }
    first_versions(tmp_path / "logs", results, "docvqa_val", "docvqa_more", "chartqa")
    report = imported(tmp_path / "logs", tmp_path / "run")
    assert {job.id.rpartition("--")[2]: counts(job) for job in report.jobs} == {
        "docvqa": (6, 4, 2),
        "chartqa": (3, 2, 1),
    }
    native = {one.group: (one.value, one.n) for one in job_of(report, "docvqa").native}
    assert native == {None: (2 / 3, 6), "docvqa_val": (2 / 3, 3), "docvqa_more": (0.5, 3)}


def test_logs_without_results_are_answers_without_a_number(tmp_path: Path) -> None:
    place = first_versions(tmp_path / "logs", {"docvqa_val": numbers("x")}, "docvqa_val")
    (place / "results.json").unlink()
    (place / "docvqa_val.json").rename(place / "20240612_0801_docvqa_val_samples.json")
    (job,) = imported(tmp_path / "logs", tmp_path / "run").jobs
    assert (job.task.name, counts(job), job.native) == ("docvqa-val", (3, 2, 1), ())
    (found,) = (one for one in job.results if one.metric == "anls" and one.level == "global")
    assert found.value == pytest.approx(2 / 3)


def test_a_model_that_is_not_named_is_its_folder(tmp_path: Path) -> None:
    place = first_versions(tmp_path / "logs", {"docvqa_val": numbers("x")}, "docvqa_val")
    path = place / "docvqa_val.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"args": {}}))
    (found,) = read_results(place)
    assert found.model == place.name


def test_0_3_0_with_a_limit(tmp_path: Path) -> None:
    """Its samples have `input` and `arguments` as the request's generation arguments by number."""
    place = tmp_path / "logs" / "liuhaotian__llava-v1.5-7b"
    place.mkdir(parents=True)
    counted = {"docvqa_val": {"original": 5349, "effective": 3.0}}  # --limit is a float
    whole = {
        "results": {"docvqa_val": numbers("docvqa_val")},
        "group_subtasks": {"docvqa_val": []},
        "configs": {"docvqa_val": config("docvqa_val")},
        "versions": {"docvqa_val": "Yaml"},
        "n-shot": {"docvqa_val": 0},
        "higher_is_better": {"docvqa_val": {"anls": True}},
        "n-samples": counted,
        "config": {"model": "llava", "model_args": ARGS["model_args"], "limit": 3.0},
        "git_hash": "a4f2c90",
        "date": "20241203_101500",
        "task_hashes": {"docvqa_val": "74234e98"},
        "model_source": "llava",
        "model_name": "liuhaotian/llava-v1.5-7b",
        "model_name_sanitized": "liuhaotian__llava-v1.5-7b",
        "total_evaluation_time_seconds": "12.5",
    }
    (place / "20241203_101500_results.json").write_text(json.dumps(whole, indent=2))
    rows = []
    for row in logs("docvqa_val"):
        hashes = dict.fromkeys(("doc_hash", "prompt_hash", "target_hash"), "0")
        told = {"input": row["arguments"][0][0], "arguments": {"0": "max_new_tokens"}}
        rows.append(row | hashes | told | {"target": str(row["target"])})
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (place / "20241203_101500_samples_docvqa_val.jsonl").write_text(text)
    (job,) = imported(tmp_path / "logs", tmp_path / "run").jobs
    assert (job.model.name, counts(job)) == ("liuhaotian/llava-v1.5-7b", (3, 2, 1))
    assert job.native[0].n == 3
    assert job.native[0].agrees
    (found,) = read_results(tmp_path / "logs")
    first = found.asked[0]
    assert isinstance(first, Shown)
    assert (first.references, first.question) == (("007", "x"), "What 0?\nAnswer briefly.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"args": None}, "`args` is no object"),
        ({"model_configs": []}, "`model_configs` is no object"),
        ({"logs": {}}, "`logs` is no list"),
        ({"logs": [7]}, r"logs\[0\] has no doc_id"),
        ({"logs": [{"doc_id": None, "filtered_resps": []}]}, r"logs\[0\]: doc_id"),
    ],
    ids=["args", "configs", "logs", "row", "doc-id"],
)
def test_a_log_that_is_not_as_it_was_is_named(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    place = first_versions(tmp_path / "logs", {"docvqa_val": numbers("x")}, "docvqa_val")
    path = place / "docvqa_val.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SourceError, match=said):
        read_results(place)


def test_two_files_of_one_task_are_one_too_many(tmp_path: Path) -> None:
    place = first_versions(tmp_path / "logs", {"docvqa_val": numbers("x")}, "docvqa_val")
    (place / "again.json").write_bytes((place / "docvqa_val.json").read_bytes())
    with pytest.raises(SourceError, match=r"is of docvqa_val, as again\.json is"):
        read_results(place)
