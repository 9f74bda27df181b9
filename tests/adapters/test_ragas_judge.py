"""The real RAGAS against a scripted judge: its numbers, its failures, and nothing beyond."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from bench.judging.judge import find_judge
from bench.judging.session import judge_run
from tests.adapters.ragas_process import SDK, ScriptedJudge, judge_folder, scripted
from tests.runs import rows, unruly, use_fakes, write_model

pytestmark = pytest.mark.harness

# What the judge says to each case: statements, verdicts; for relevancy one thing to every question.
FAITHFUL: dict[str, tuple[Any, Any]] = {
    "all": (["a", "b"], [1, 1]),
    "none": (["a", "b"], [0, 0]),
    "two of three": (["a", "b", "c"], [1, 0, 1]),
    "no statement": ([], None),
    "a verdict missing": (["a", "b"], [1]),
    "a verdict of 7": (["a", "b"], [7, 0]),
    "no json": ("I think so.", None),
    "fenced json": ('```json\n{"statements": ["a"]}\n```', None),
    "cut": ("cut off {", None),
    "http 500": (500, None),
    "500 at the verdicts": (["a"], 500),
}
RELEVANT: dict[str, Any] = {
    "same way": {"question": "north", "noncommittal": 0},
    "halfway": {"question": "diagonal", "noncommittal": 0},
    "another way": {"question": "east", "noncommittal": 0},
    "evasive": {"question": "north", "noncommittal": 1},
    "no question": {"question": "", "noncommittal": 0},
    "odd flag": {"question": "north", "noncommittal": 5},
    "no vector": {"question": "nothing", "noncommittal": 0},
    "words": "maybe",
}
WAYS = {"north": [1.0, 0.0], "east": [0.0, 1.0], "diagonal": [1.0, 1.0], "nothing": [0.0, 0.0]}


def said(form: str, prompt: str) -> Any:
    asked = prompt.rpartition("Now perform the same")[2]
    if form == "AnswerRelevanceOutput":
        return next(value for case, value in RELEVANT.items() if f"case {case}!" in asked)
    case = next(case for case in FAITHFUL if f"case {case}!" in asked)
    statements, verdicts = FAITHFUL[case]
    if form == "StatementGeneratorOutput":
        return {"statements": statements} if isinstance(statements, list) else statements
    if isinstance(verdicts, int):
        return verdicts
    judged = [{"statement": "s", "reason": "r", "verdict": one} for one in verdicts]
    return {"statements": judged}


def vector(text: str) -> list[float]:
    return next(way for word, way in WAYS.items() if word in text)


@dataclass(frozen=True)
class Ended:
    folder: Path
    result: dict[str, Any]
    judge: ScriptedJudge
    rows: dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def python() -> Path:
    return build(find_adapter("judge", "ragas"), "cpu", print).python


def item(name: str, metric: str) -> dict[str, Any]:
    shown = {"question": "Which way is north?", "answer": f"case {name}!"}
    return {"id": name, "context": f"case {name}!", "metrics": [metric]} | shown


@pytest.fixture(scope="module")
def ended(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Every case in one process: the package takes seconds to load."""
    items = [item(name, "faithfulness") for name in FAITHFUL]
    items += [item(name, "answer_relevancy") for name in RELEVANT]
    folder = tmp_path_factory.mktemp("ragas") / "job"
    with scripted(said, vector) as judge:
        result = judge_folder(python, folder, judge, items)
    found = rows(folder / "judged.jsonl")
    assert len(found) == len(items)
    return Ended(folder, result, judge, {(row["metric"], row["id"]): row for row in found})


@pytest.mark.parametrize(
    ("metric", "case", "value"),
    [
        ("faithfulness", "all", 1.0),
        ("faithfulness", "none", 0.0),
        ("faithfulness", "two of three", 2 / 3),
        ("answer_relevancy", "same way", 1.0),
        ("answer_relevancy", "halfway", math.sqrt(0.5)),
        ("answer_relevancy", "another way", 0.0),
        ("answer_relevancy", "evasive", 0.0),
    ],
)
def test_a_value_is_what_the_definition_says(
    ended: Ended, metric: str, case: str, value: float
) -> None:
    row = ended.rows[metric, case]
    assert (row["status"], row["kind"]) == ("judged", None)
    assert row["value"] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "case", "kind", "said_of_it"),
    [
        ("faithfulness", "no statement", "odd_answer", "found no statement"),
        ("faithfulness", "a verdict missing", "odd_answer", "1 verdicts for 2 statements"),
        ("faithfulness", "a verdict of 7", "odd_answer", "0 or 1, not 7"),
        ("faithfulness", "no json", "not_json", "Invalid JSON"),
        ("faithfulness", "fenced json", "not_json", "Invalid JSON"),
        ("faithfulness", "cut", "not_json", "cut off"),
        ("faithfulness", "http 500", "request_failed", "500"),
        ("faithfulness", "500 at the verdicts", "request_failed", "500"),
        ("answer_relevancy", "no question", "odd_answer", "named no question"),
        ("answer_relevancy", "odd flag", "odd_answer", "0 or 1, not 5"),
        ("answer_relevancy", "no vector", "odd_answer", "nan"),
        ("answer_relevancy", "words", "not_json", "Invalid JSON"),
    ],
)
def test_what_is_no_judgement_is_a_failure_with_its_kind_and_never_a_number(
    ended: Ended, metric: str, case: str, kind: str, said_of_it: str
) -> None:
    row = ended.rows[metric, case]
    assert (row["status"], row["value"], row["kind"]) == ("failed", None, kind)
    assert said_of_it in row["error"]


def test_every_row_says_its_prompt_and_source_and_the_prompts_are_kept(ended: Ended) -> None:
    hashes = {metric: row["prompt_sha256"] for (metric, _), row in ended.rows.items()}
    assert len(set(hashes.values())) == 2
    assert all("2309.15217" in row["source"] for row in ended.rows.values())
    kept = ended.result["data"]["prompts"]
    assert [len(kept[name]) for name in ("faithfulness", "answer_relevancy")] == [2, 1]
    # What was kept is what went over the wire, but for the places.
    head = kept["faithfulness"][0].partition("{question}")[0]
    assert any(body["messages"][1]["content"].startswith(head) for body in ended.judge.chats)
    assert ended.result["versions"]["ragas"] == find_adapter("judge", "ragas").version


def test_no_key_of_the_person_goes_to_the_endpoint(ended: Ended) -> None:
    assert ended.judge.keys == {"Bearer none"}


def test_nothing_outside_was_tried_and_nothing_is_left_in_the_home(ended: Ended) -> None:
    """Telemetry is off, not merely refused: a refused attempt is a warning."""
    assert ended.result["status"] == "ok", ended.result["error"]
    events = rows(ended.folder / "events.jsonl")
    assert [one for one in events if one["event"] == "warning"] == []
    assert events[-1] == {"event": "progress", "done": len(ended.rows), "total": len(ended.rows)}
    assert list((ended.folder / "home-of").iterdir()) == []


TRACKED = """
import os, sys
from bench_closed import close_network
refused = close_network()
from ragas._analytics import LLMUsageEvent, track
track(LLMUsageEvent(provider="p", model="m", llm_type="t"))
print(sorted(refused))
"""


def test_with_its_telemetry_on_the_same_check_would_speak(python: Path, tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(SDK)}
    tried = {}
    for setting in ("false", "true"):
        done = subprocess.run(
            [str(python), "-c", TRACKED],
            env=variables | {"RAGAS_DO_NOT_TRACK": setting},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        tried[setting] = json.loads(done.stdout.splitlines()[-1].replace("'", '"'))
    assert len(tried["false"]) == 1
    assert tried["true"] == []


@pytest.mark.parametrize(
    ("spec", "said_of_it"),
    [
        ({"metrics": ["harmlessness"]}, "harmlessness"),
        ({"embeddings": None}, "none are named"),
        ({"model": {"parameters": {"stream": True, "n": 3}}}, "n, stream"),
    ],
    ids=["metric", "embeddings", "parameters"],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_loaded(
    python: Path, tmp_path: Path, spec: dict[str, Any], said_of_it: str
) -> None:
    with scripted(said) as judge:
        result = judge_folder(
            python, tmp_path / "job", judge, [item("all", "faithfulness")], **spec
        )
    assert result["status"] == "unsupported"
    assert said_of_it in result["error"]["message"]
    assert judge.chats == []


def test_bench_judge_asks_it_through_the_gateway_and_keeps_what_it_says(
    python: Path, tmp_path: Path, make_task: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    del python  # built
    use_fakes(monkeypatch)
    words = ["all", "none", "two of three", "a verdict missing", "http 500"]
    task = make_task([{"references": [f"case {word}!"]} for word in words])
    texts = [{"doc_id": f"s{number}", "text": f"case {word}!"} for number, word in enumerate(words)]
    (task / "transcripts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in texts))
    described = json.loads((task / "task.yaml").read_text())
    (task / "task.yaml").write_text(json.dumps(described | {"transcripts": "transcripts.jsonl"}))
    folder = unruly("answers", task=str(task), out=tmp_path / "run").folder
    keys = {"embeddings": {"served_id": "vectors"}, "requests": {"attempts": 1}}
    with scripted(
        lambda form, prompt: (
            RELEVANT["halfway"] if form == "AnswerRelevanceOutput" else said(form, prompt)
        ),
        lambda text: vector(text if text in WAYS else "north"),
    ) as judge:
        model = write_model(tmp_path, "wise", base_url=judge.url, **keys)
        done = judge_run(folder, find_judge(model, os.environ))
        asked = len(judge.chats)
        again = judge_run(folder, find_judge(model, os.environ))
        # What failed is tried again; what the judge has answered comes from the record.
        assert len(judge.chats) == asked + 1
    assert done.troubles == ()
    found = {one.metric: one for _, one in done.results}
    faithful, relevant = found["faithfulness"], found["answer_relevancy"]
    assert (faithful.n, faithful.failed) == (3, 2)
    assert faithful.failures == {"odd_answer": 1, "request_failed": 1}
    assert faithful.value == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert (relevant.n, relevant.failed) == (5, 0)
    assert relevant.value == pytest.approx(math.sqrt(0.5))
    assert relevant.interval is not None
    assert {one.metric: one for _, one in again.results} == found
    recorded = rows(folder / "judge" / "gateway" / "requests.jsonl")
    assert {one["sample"] for one in recorded} == {
        f"s{number} {metric}"
        for number in range(len(words))
        for metric in ("faithfulness", "answer_relevancy")
    }
