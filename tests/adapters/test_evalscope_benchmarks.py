"""EvalScope's own benchmarks over local copies, in real runs of EvalScope."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench_data import LocalCopy

from bench.metrics import METRICS, Policy
from tests.adapters.evalscope_benchmarks import MADE, Made
from tests.adapters.evalscope_process import job, run, url
from tests.adapters.vlmevalkit_stub.process import Endpoint, Finished, serving
from tests.endpoint import Reply
from tests.endpoint import endpoint as scripted
from tests.local_data.made import arc_copy, docvqa_copy, docvqa_rows

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
QUICK = ("ARC", "ChartQA", "GSM8K")  # several subsets, a rule of its own, examples in the prompt
SAID: list[str | int] = [
    "It is dollars.\nANSWER: $12.50",
    "**Answer: 007**\n",
    "<think>ANSWER: x</think>\nANSWER: N/X",
    "합계 3",
    500,
    "IT'S \ud800",
]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as server:
        yield server


def benchmark(name: str, native: str, copy: Path, **keys: Any) -> dict[str, Any]:
    task = {"name": name, "kind": "benchmark", "benchmark": native, "metric": None, "file": None}
    return task | {"data": str(copy), "parts": {}} | keys


def ours(metric: str, done: Finished) -> list[float]:
    """Our metric of each sample that was answered, in the order in which they were asked."""
    measure = METRICS[metric].measure
    return [
        measure(done.predictions[one]["prediction"], tuple(row["references"]), Policy()).numerator
        for one, row in done.asked.items()
        if done.predictions[one]["status"] == "answered"
    ]


def test_docvqa_asks_as_evalscope_does_and_keeps_what_was_said(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    copy = docvqa_copy(tmp_path / "copy")
    ids = [row["questionId"] for row in docvqa_rows()]
    endpoint.answers = dict(zip(ids, SAID, strict=True))
    model = {"system_prompt": "Be brief.", "parameters": {"temperature": 0, "max_tokens": 9}}
    task = benchmark("docvqa-val", "docvqa", copy.folder)
    (tmp_path / "job").mkdir()
    done = run(evalscope_python, tmp_path / "job", job(url(endpoint), task=task, model=model))

    assert done.result["status"] == "ok", done.result["error"]
    assert set(done.predictions) == set(ids) == set(done.asked)
    for sample, answer in endpoint.answers.items():
        assert done.predictions[sample]["prediction"] == (None if answer == 500 else answer)
    for sample, row in zip(ids, docvqa_rows(), strict=True):
        assert endpoint.images(sample) == [row["image"]["bytes"]]
        (text,) = [one["text"] for one in endpoint.parts(sample) if one["type"] == "text"]
        assert row["question"] in text
        assert 'of the form "ANSWER: [ANSWER]"' in text
        assert endpoint.seen[sample]["messages"][0] == {"role": "system", "content": "Be brief."}
        assert endpoint.seen[sample]["max_tokens"] == 9
        assert done.asked[sample]["references"] == row["answers"]
        assert done.asked[sample]["doc_id"] == str(row["docId"])
        assert Path(done.asked[sample]["images"][0]).read_bytes() == row["image"]["bytes"]
    (entry,) = done.result["native"]
    by_rule = ours("anls_evalscope_answer", done)
    assert entry["value"] == pytest.approx(sum(by_rule) / 5, abs=1e-12)
    assert by_rule == pytest.approx([1, 1, 2 / 3, 1, 2 / 3])
    assert ours("anls_evalscope", done) != pytest.approx(by_rule)
    assert (entry["n"], entry["failed_scored"]) == (5, 0)
    assert (entry["scale"], entry["higher_is_better"]) == (1, True)
    assert (tmp_path / "job" / entry["source"]).is_file()
    assert "leave out 1 of 6" in done.warnings()
    assert "1 answers are no valid Unicode" in done.warnings()
    assert "refused" not in done.warnings()
    assert not (tmp_path / "job" / "cache").exists()
    kept = (tmp_path / "job" / "native_scores.jsonl").read_text()
    assert {json.loads(line)["id"] for line in kept.splitlines()} == set(ids) - {ids[4]}

    again = run(evalscope_python, tmp_path / "job", job(url(endpoint), task=task), verb="collect")
    assert again.result["native"] == done.result["native"]
    assert (tmp_path / "job" / "native_scores.jsonl").read_text() == kept


@pytest.mark.parametrize(
    ("name", "made"),
    [
        pytest.param(name, made, id=name, marks=[] if name in QUICK else pytest.mark.slow)
        for name, made in MADE.items()
    ],
)
def test_a_benchmark_is_scored_on_rows_in_the_official_columns(
    name: str, made: Made, evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    made.copy(tmp_path / "copy", name)
    tables = LocalCopy(str(tmp_path / "copy")).tables
    asked = [one for table in tables if table.split not in ("train", "dev") for one in table.ids()]
    endpoint.answers = dict(zip(asked, made.answers, strict=True))
    task = benchmark(name.lower(), made.native, tmp_path / "copy")
    (tmp_path / "job").mkdir()
    spec = job(url(endpoint), task=task, harness_args=made.arguments)
    done = run(evalscope_python, tmp_path / "job", spec)

    assert done.result["status"] == "ok", done.result["error"]
    assert set(endpoint.seen) == set(asked) == set(done.asked) == set(done.predictions)
    assert done.value(made.metric)["value"] == pytest.approx(made.value, abs=1e-12)
    for group, value in made.groups.items():
        assert done.value(made.metric, group)["value"] == pytest.approx(value, abs=1e-12)
    if name == "ChartQA":
        assert ours("relaxed_accuracy_evalscope", done) == [1, 1, 0, 1]
    if name == "GSM8K":
        prompt = endpoint.seen["0"]["messages"][-1]["content"][0]["text"]
        assert prompt.count("Reasoning:") == 4


@pytest.mark.parametrize(
    ("name", "keys", "reason"),
    [
        pytest.param("C-Eval", {}, "5 examples out of the split 'dev'", id="no-examples"),
        pytest.param("ARC", {"parts": {"x": "ARC-Medium"}}, "no subset 'ARC-Medium'", id="part"),
        pytest.param("ARC", {"benchmark": "race"}, "reads high, middle, split 'test'", id="rows"),
        pytest.param("PIQA", {"benchmark": "boolq"}, "column 'answer'", id="columns"),
        pytest.param("ARC", {"benchmark": "simple_qa"}, "a judge model alone", id="judge"),
        pytest.param(
            *("ARC", {"benchmark": "humaneval"}, "code in a sandbox"),
            id="sandbox",
            marks=pytest.mark.slow,
        ),
        pytest.param("ARC", {"benchmark": "docvqq"}, "no benchmark 'docvqq'", id="unknown"),
        pytest.param("ARC", {"data": None}, "bench data add arc --from PATH", id="no-copy"),
    ],
)
def test_what_cannot_give_the_number_is_refused_with_the_reason(
    name: str,
    keys: dict[str, Any],
    reason: str,
    evalscope_python: Path,
    tmp_path: Path,
) -> None:
    made = MADE[name]
    if name == "C-Eval":
        tables = {place: rows for place, rows in made.tables.items() if place[1] != "dev"}
        made = Made(made.native, made.columns, tables, made.answers, made.metric, made.value)
    made.copy(tmp_path / "copy", name)
    task = benchmark(name.lower(), made.native, tmp_path / "copy") | keys
    (tmp_path / "job").mkdir()
    with serving() as endpoint:
        done = run(evalscope_python, tmp_path / "job", job(url(endpoint), task=task))
        assert not endpoint.seen
    assert done.result["status"] == "unsupported", done.result["error"]
    assert reason in done.result["error"]["message"]


def test_a_limit_counts_the_rows_of_the_whole_benchmark(
    evalscope_python: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    made = MADE["ChartQA"]
    made.copy(tmp_path / "copy", "ChartQA")
    endpoint.answers = {str(number): text for number, text in enumerate(made.answers)}
    task = benchmark("chartqa-test", "chartqa", tmp_path / "copy")
    (tmp_path / "job").mkdir()
    done = run(evalscope_python, tmp_path / "job", job(url(endpoint), task=task, limit=3))
    assert done.result["status"] == "ok", done.result["error"]
    assert list(done.asked) == ["0", "1", "2"]
    assert done.value("relaxed_acc")["value"] == pytest.approx(2 / 3)


def evaluated(folder: Path, task: str, answer: str, *more: str) -> dict[str, Any]:
    """The one job of `bench eval --backend evalscope`; each answer is `answer`."""
    with scripted(lambda _prompt, _number: Reply(answer)) as server:
        model = {"name": "tiny", "base_url": server.url}
        (folder / "tiny.json").write_text(json.dumps(model))
        argv = [sys.executable, "-m", "bench", "eval", "--backend", "evalscope", "--task", task]
        argv += ["--model", str(folder / "tiny.json"), "--out", str(folder / "run"), *more]
        environment = os.environ | {"BENCH_DATA": str(folder / "data")}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads((folder / "run" / "report.json").read_text())["jobs"]
    assert isinstance(found, dict)
    return found


def test_bench_eval_puts_evalscope_s_number_beside_ours(tmp_path: Path) -> None:
    docvqa_copy(tmp_path / "data" / "docvqa-val")
    found = evaluated(tmp_path, "docvqa-val", "It is:\nANSWER: 007")
    assert found["counts"]["answered"] == 6
    (native,) = [one for one in found["native"] if one["metric"] == "anls"]
    assert native["value"] == pytest.approx(1 / 6)
    assert native["interval"] is not None


def test_arc_over_twenty_real_questions(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "text" / "arc_challenge_test.jsonl"
    arc_copy(tmp_path / "data" / "arc-challenge", source, rows=20)
    rows = [json.loads(line) for line in source.read_text("utf-8").splitlines()[:20]]
    found = evaluated(tmp_path, "arc-challenge", "ANSWER: B")
    (native,) = found["native"]
    right = sum(row["choices"]["label"].index(row["answerKey"]) == 1 for row in rows)
    assert native["value"] == pytest.approx(right / 20)
    assert (native["n"], native["metric"]) == (20, "accuracy")
