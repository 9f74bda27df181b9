"""The pieces of the HRET adapter that need no HRET: what it is given, what is believed of it."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from tests.adapters.hret_process import ADAPTER, TRAPS, job, kmmlu, part
from tests.local_data.made import kmmlu_copy

collect, invocation = part("collect"), part("invocation")
Row = dict[str, Any]


def test_the_exact_invocation() -> None:
    free = {"evaluation_method_name": "partial_match"}
    spec = job("http://127.0.0.1:1/v1", task=kmmlu(Path("copy")), harness_args=free)
    assert invocation.arguments(spec, ["Law"]) == {
        "dataset_name": "bench",
        "subset": ["Law"],
        "split": "test",
        "model_backend_name": "bench",
        "model_backend_params": {},
        "dataset_params": {},
        "evaluation_method_name": "partial_match",
        "language_penalize": False,
        "num_few_shot": 0,
    }
    document = invocation.arguments(job("http://127.0.0.1:1/v1"))
    assert document["evaluation_method_name"] == "bench_answers"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"batch_size": 4}, "no argument 'batch_size'"),
        ({"num_few_shot": 5}, "first subject's examples"),
        ({"language_penalize": True}, "is not free"),
        ({"evaluation_method_name": "log_prob"}, "string_match or partial_match"),
        ({"evaluator_params": 3}, "must be a mapping"),
    ],
    ids=["unknown", "few shot", "penalty", "log-probabilities", "type"],
)
def test_what_is_not_free_is_refused(given: Row, said: str) -> None:
    spec = job("http://127.0.0.1:1/v1", task=kmmlu(Path("copy")), harness_args=given)
    assert said in invocation.refusal(spec)


def test_document_tasks_take_no_arguments_of_evaluators() -> None:
    given = {"evaluation_method_name": "string_match"}
    assert "the core scores" in invocation.refusal(job("u", harness_args=given))
    assert invocation.refusal(job("u")) is None


def test_every_argument_has_one_owner() -> None:
    rows = find_adapter("harness", "hret").harness_arguments()
    assert {name: row["owner"] for name, row in rows.items()} == invocation.OWNERS
    free = [name for name, row in rows.items() if row["owner"] == "free"]
    assert free == ["evaluation_method_name", "evaluator_params"]


def test_no_setting_or_key_of_the_person_reaches_hret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    surroundings = part("surroundings")
    monkeypatch.setattr(os, "environ", {**os.environ, **TRAPS})
    surroundings.environment(str(tmp_path))
    assert not set(os.environ) & set(TRAPS)
    assert Path(os.environ["HF_HOME"]).parent == tmp_path


def test_the_manifest_names_what_is_pinned() -> None:
    manifest = tomllib.loads((ADAPTER / "adapter.toml").read_text("utf-8"))
    lock = (ADAPTER / "requirements.lock").read_text("utf-8")
    assert f"{manifest['distribution']}=={manifest['version']} " in lock
    pinned = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    assert not {*manifest["excludes"], "torch"} & pinned
    assert manifest["in_all"] is False


def result() -> Row:
    def sample(name: str, said: str | None, *, right: bool) -> Row:
        row = {"bench_id": name, "bench_part": name[0], "evaluation": {"is_correct": right}}
        return row | ({"bench_failed": True} if said is None else {"bench_answer": said})

    samples = [sample("a/0", "(A)", right=True), sample("a/1", "B?", right=False)]
    samples += [sample("b/0", None, right=False), sample("b/1", "", right=False)]
    return {"metrics": {"accuracy": 0.25}, "samples": samples, "info": {}}


PREDICTIONS = [
    {"id": "b/1", "status": "answered", "prediction": ""},
    {"id": "b/0", "status": "failed", "prediction": None},
    {"id": "a/1", "status": "answered", "prediction": "B\ud800"},
    {"id": "a/0", "status": "answered", "prediction": "(A)"},
]
ASKED = ["a/0", "a/1", "b/0", "b/1"]


def test_what_closes_is_believed() -> None:
    found = result()
    collect.check(found["samples"], PREDICTIONS, ASKED)
    rows, scores = collect.native(found)
    assert [(row["group"], row["value"], row["n"], row["failed_scored"]) for row in rows] == [
        (None, 0.25, 4, 1),
        ("a", 0.5, 2, 0),
        ("b", 0.0, 2, 1),
    ]
    assert scores[0] == ("a/0", "accuracy", 1.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.pop(), "lacks 1 samples: b/1"),
        (lambda rows: rows.append(rows[0]), "has 1 samples twice: a/0"),
        (lambda rows: rows.append({"bench_id": "c"}), "that were not asked"),
        (lambda rows: rows[0].update(bench_answer="(a)"), "other answers to 1 samples: a/0"),
        (lambda rows: rows[2].update(bench_failed=False), "other answers to 1 samples: b/0"),
        (lambda rows: rows[1].update(bench_failed=True), "other answers to 1 samples: a/1"),
    ],
    ids=["lost", "twice", "more", "changed", "answered a failure", "failed an answer"],
)
def test_counts_and_answers_must_close(change: Callable[[list[Row]], Any], said: str) -> None:
    samples = result()["samples"]
    samples[2]["bench_answer"] = ""  # what HRET scores in place of a failed request
    change(samples)
    with pytest.raises(collect.Broken, match=said):
        collect.check(samples, PREDICTIONS, ASKED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found["metrics"].update(accuracy=0.5), "its samples' mean another"),
        (lambda found: found["metrics"].clear(), "accuracy is None"),
        (lambda found: found["samples"][1].pop("evaluation"), "did not judge a/1"),
        (
            lambda found: found["samples"][2]["evaluation"].update(is_correct=True),
            "failed request of b/0 as right",
        ),
    ],
    ids=["another value", "no value", "not judged", "a failure that is right"],
)
def test_a_number_that_is_not_the_samples_is_no_number(
    change: Callable[[Row], Any], said: str
) -> None:
    found = result()
    change(found)
    with pytest.raises(collect.Broken, match=said):
        collect.native(found)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "left no result"),
        ('{"metrics": ', "is cut"),
        (
            json.dumps({"metrics": {"pipeline_error": "boom"}, "samples": [], "info": {}}),
            "pipeline failed: boom",
        ),
        (
            json.dumps({"metrics": {}, "samples": [], "info": {"error": "No samples"}}),
            "pipeline failed: No samples",
        ),
    ],
    ids=["none", "cut", "pipeline_error", "empty"],
)
def test_a_pipeline_that_failed_is_no_result(
    tmp_path: Path, written: str | None, said: str
) -> None:
    (tmp_path / "raw").mkdir()
    if written is not None:
        (tmp_path / "raw" / "result.json").write_text(written)
    with pytest.raises(collect.Broken, match=said):
        collect.read(str(tmp_path))


def hret_samples(copy: Path, subject: str) -> list[Row]:
    """As HRET's class makes them."""
    text = (copy / "rows" / subject / "test.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [
        {
            "input": f"질문: {row['question']}",
            "reference": f"({'ABCD'[row['answer'] - 1]})",
            "options": ["(A)", "(B)", "(C)", "(D)"],
            "_subset_name": subject,
        }
        for row in rows
    ]


def test_samples_get_the_ids_of_their_rows_and_only_theirs(tmp_path: Path) -> None:
    subjects = part("subjects")
    copy = kmmlu_copy(tmp_path / "copy", ("Accounting", "Biology"))
    chosen = subjects.Subjects(kmmlu(copy.folder), 3)
    whole = hret_samples(copy.folder, "Biology") + hret_samples(copy.folder, "Accounting")
    ids = [one["bench_id"] for one in chosen.numbered(whole)]
    assert ids == [f"{name}/{n}" for name in ("Accounting", "Biology") for n in range(3)]
    with pytest.raises(ValueError, match="HRET has 3 samples of Accounting, the local copy 4"):
        chosen.numbered(whole[:-1])
    whole[0], whole[1] = whole[1], whole[0]
    with pytest.raises(ValueError, match="is not the row Biology/0"):
        chosen.numbered(whole)


def test_a_subject_that_is_not_there_is_named(tmp_path: Path) -> None:
    subjects = part("subjects")
    copy = kmmlu_copy(tmp_path / "copy", ("Accounting", "Biology"))
    task = kmmlu(copy.folder, parts={"biologi": "Biologi"})
    with pytest.raises(Exception, match="no such subject in the local copy: Biologi; nearest: B"):
        subjects.Subjects(task, None)
