"""lm-eval's own benchmarks in its own environments: tiny weights in its process, and endpoints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.lm_eval_native import copies
from tests.adapters.lm_eval_native.served import served
from tests.adapters.lm_eval_process import Counting, counting, run, specification
from tests.adapters.vlmevalkit_stub.process import Finished
from tests.local_data.made import kmmlu_copy
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(600)]
PARTS = {"accounting": "kmmlu_accounting", "biology": "kmmlu_biology"}


@pytest.fixture(scope="session")
def weights_python() -> Path:
    """Of the environment whose models run in lm-eval's process."""
    return build(find_adapter("harness", "lm-eval"), "cpu", print, weights=True).python


@pytest.fixture(scope="session")
def engine_python() -> Path:
    return build(find_adapter("engine", "transformers"), "cpu", print).python


@dataclass(frozen=True)
class Pythons:
    """Of lm-eval at an endpoint, of lm-eval with weights in its process, of the engine."""

    plain: Path
    weights: Path
    engine: Path


@pytest.fixture(scope="session")
def pythons(lm_eval_python: Path, weights_python: Path, engine_python: Path) -> Pythons:
    return Pythons(lm_eval_python, weights_python, engine_python)


@pytest.fixture
def endpoint() -> Iterator[Counting]:
    with counting() as server:
        yield server


def inside(weights: Path, model: str = "hf", **arguments: Any) -> dict[str, Any]:
    loaded = {
        "model": model,
        "weights": str(weights),
        "arguments": {"dtype": "float32"} | arguments,
    }
    return {"api": "completions", "tokenizer": None, "in_process": loaded}


def asked(
    python: Path, folder: Path, model: dict[str, Any], task: dict[str, Any], **spec: Any
) -> Finished:
    url = str(model.get("base_url", ""))
    return run(python, folder, specification(url, model, task=task, **spec))


def likelihoods(done: Finished, task: str) -> list[tuple[float, str]]:
    (path,) = (done.folder / "raw" / "lm_eval").glob(f"samples_{task}_2*.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(float(one[0][0]), str(one[0][1])) for row in rows for one in row["resps"]]


def predictions(done: Finished) -> dict[str, str]:
    return {name: row["prediction"] for name, row in done.predictions.items()}


def test_an_endpoint_gives_the_likelihoods_of_the_weights_in_process(
    weights_python: Path, lm_eval_python: Path, engine_python: Path, tmp_path: Path
) -> None:
    weights = tiny_model(weights_python, "llama")
    copy = copies.arc(tmp_path / "copy")
    task = copies.benchmark(copy, "arc_challenge", "acc_norm")
    loaded = asked(weights_python, tmp_path / "loaded", inside(weights), task)
    with served(engine_python, tmp_path / "engine", weights) as model:
        told = asked(lm_eval_python, tmp_path / "told", model, task)
        cut = asked(lm_eval_python, tmp_path / "cut", model | {"tokenizer": str(weights)}, task)
        own = asked(
            lm_eval_python,
            tmp_path / "own",
            model | {"tokenizer": str(weights)},
            task,
            options={"client": "local-completions"},
        )
    assert loaded.result["status"] == "ok", loaded.result["error"]
    wanted = likelihoods(loaded, "arc_challenge")
    assert len(wanted) == 4 * len(copies.ARC_ROWS)
    for done in (told, cut, own):
        assert done.result["status"] == "ok", done.result["error"]
        found = likelihoods(done, "arc_challenge")
        assert [greedy for _, greedy in found] == [greedy for _, greedy in wanted]
        assert [one for one, _ in found] == pytest.approx([one for one, _ in wanted], abs=1e-3)
        assert predictions(done) == predictions(loaded)
        assert done.result["native"] == [
            one | {"source": done.result["native"][0]["source"]} for one in loaded.result["native"]
        ]
    # The answer is the choice that acc_norm chose, under the copy's own ids.
    assert list(loaded.predictions) == [row["id"] for row in copies.ARC_ROWS]
    for row in copies.ARC_ROWS:
        name = str(row["id"])
        right = loaded.asked[name]["references"]
        assert right == [row["choices"]["text"]["ABCD".index(str(row["answerKey"]))]]  # type: ignore[index]
        hit = float(predictions(loaded)[name] in right)
        assert loaded.scores[name, "acc_norm"] == hit
    mean = sum(loaded.scores[str(row["id"]), "acc_norm"] for row in copies.ARC_ROWS) / 6
    assert loaded.value("acc_norm")["value"] == pytest.approx(mean)
    assert (loaded.value("acc")["n"], loaded.value("acc")["scale"]) == (6, 1)
    # What is left is enough to collect it again, without model and data.
    before = (told.folder / "predictions.jsonl").read_bytes()
    spec = json.loads((told.folder / "job.json").read_text())
    again = run(lm_eval_python, told.folder, spec, "collect")
    assert again.result["native"] == told.result["native"]
    assert (told.folder / "predictions.jsonl").read_bytes() == before


def test_korean_subjects_have_a_number_each_and_the_whole_counts_questions(
    lm_eval_python: Path, weights_python: Path, engine_python: Path, tmp_path: Path
) -> None:
    copy = kmmlu_copy(tmp_path / "copy", rows=3)
    task = copies.benchmark(copy, "kmmlu", "acc", **PARTS)
    weights = tiny_model(weights_python, "llama")
    with served(engine_python, tmp_path / "engine", weights) as model:
        done = asked(lm_eval_python, tmp_path / "job", model, task)
    assert done.result["status"] == "ok", done.result["error"]
    assert [one["group"] for one in done.result["native"]] == [*PARTS, None]
    whole = done.value("acc")
    assert whole["n"] == sum(done.value("acc", part)["n"] for part in PARTS) == 6
    hits = [predictions(done)[name] in row["references"] for name, row in done.asked.items()]
    assert whole["value"] == pytest.approx(sum(hits) / 6)
    assert {row["group"] for row in done.asked.values()} == set(PARTS)
    assert next(iter(done.asked)) == "Accounting/0"
    assert "정답：" in done.asked["Accounting/0"]["question"]
    assert set(predictions(done).values()) <= set("ABCD")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"x": "kmmlu_acounting"}, "no task 'kmmlu_acounting'; nearest: kmmlu_accounting"),
        ({"law": "kmmlu_law"}, "no data of kmmlu_law"),
    ],
    ids=["unknown", "not-in-the-copy"],
)
def test_a_subject_that_cannot_be_asked_is_refused_by_name(
    lm_eval_python: Path,
    tmp_path: Path,
    endpoint: Counting,
    parts: dict[str, str],
    reason: str,
) -> None:
    task = copies.benchmark(kmmlu_copy(tmp_path / "copy"), "kmmlu", "acc", **parts)
    model = {"api": "completions", "base_url": base_url(endpoint)}
    done = asked(lm_eval_python, tmp_path / "job", model, task)
    assert done.result["status"] == "unsupported"
    assert reason in done.result["error"]["message"]
    assert endpoint.connections == 0


def base_url(endpoint: Counting) -> str:
    return f"http://127.0.0.1:{endpoint.server_address[1]}/v1"


def test_written_answers_reach_lm_evals_rules_and_a_failure_is_no_answer(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    copy = copies.gsm8k(tmp_path / "copy", rows=4)
    endpoint.answers = {"0": "It is 1.\n#### 1", "1": "2", "2": 500, "3": "\ud800 #### 9"}
    model = {"base_url": base_url(endpoint), "parameters": {"max_tokens": 33}, "system_prompt": "S"}
    done = asked(
        lm_eval_python,
        tmp_path / "job",
        model,
        copies.benchmark(copy, "gsm8k", "exact_match"),
        harness_args={"num_fewshot": 2},
    )
    assert done.result["status"] == "ok", done.result["error"]
    assert predictions(done) == {
        "0": "It is 1.\n#### 1",
        "1": "2",
        "2": None,
        "3": "\ud800 #### 9",
    }
    assert done.predictions["2"]["status"] == "failed"
    assert "HTTP 500" in done.predictions["2"]["error"]
    assert "1 requests failed" in done.warnings()
    strict, flexible = (
        done.value(f"exact_match,{one}") for one in ("strict-match", "flexible-extract")
    )
    assert (strict["value"], flexible["value"]) == (0.25, 0.5)
    assert (strict["n"], strict["failed_scored"]) == (4, 1)
    assert done.scores["0", "exact_match,strict-match"] == 1
    seen = endpoint.seen["0"]
    roles = [one["role"] for one in seen["messages"]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert seen["messages"][-1]["content"] == "Question: What is 0 and 1?\nAnswer:"
    kept = {name: one for name, one in seen.items() if name not in ("messages", "headers")}
    assert kept == {
        "model": "tiny",
        "max_tokens": 33,
        "temperature": 0,
        "stop": ["Question:", "</s>", "<|im_end|>"],
    }


def test_examples_that_the_copy_lacks_are_refused_before_anything_is_asked(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    made = copies.gsm8k(tmp_path / "copy")
    described = json.loads((made.folder / "data.json").read_text())
    described["tables"] = [one for one in described["tables"] if one["split"] == "test"]
    (made.folder / "data.json").write_text(json.dumps(described))
    task = copies.benchmark(made, "gsm8k", "exact_match")
    done = asked(lm_eval_python, tmp_path / "job", {"base_url": base_url(endpoint)}, task)
    assert done.result["status"] == "unsupported"
    assert "shows 5 examples before each question" in done.result["error"]["message"]
    assert endpoint.connections == 0


def test_images_of_a_benchmark_reach_the_endpoint_as_they_are(
    lm_eval_python: Path, tmp_path: Path, endpoint: Counting
) -> None:
    copy = copies.chartqa(tmp_path / "copy")
    endpoint.answers = {"0": "Final Answer: 0", "1": "1", "2": "Final Answer: 5"}
    task = copies.benchmark(copy, "chartqa", "relaxed_accuracy")
    done = asked(lm_eval_python, tmp_path / "job", {"base_url": base_url(endpoint)}, task)
    assert done.result["status"] == "ok", done.result["error"]
    assert done.value("relaxed_accuracy")["value"] == pytest.approx(1 / 3)
    for name, row in done.asked.items():
        (path,) = map(Path, row["images"])
        (content,) = endpoint.images(name)
        assert hashlib.sha256(content).hexdigest() == path.stem
        parts = endpoint.parts(name)
        assert [one["type"] for one in parts] == ["image_url", "text"]
        assert parts[1]["text"].startswith("How many bars")


def test_a_tiny_llava_answers_an_image_benchmark_in_lm_evals_process(
    weights_python: Path, tmp_path: Path
) -> None:
    weights = tiny_model(weights_python, "llava")
    task = copies.benchmark(copies.chartqa(tmp_path / "copy"), "chartqa", "relaxed_accuracy")
    model = inside(weights, "hf-multimodal", max_length=2048) | {"parameters": {"max_tokens": 8}}
    done = asked(weights_python, tmp_path / "job", model, task)
    assert done.result["status"] == "ok", done.result["error"]
    assert set(predictions(done)) == {"0", "1", "2"}
    assert all(0 < len(text) <= 8 for text in predictions(done).values())
    assert done.value("relaxed_accuracy")["n"] == 3
    assert done.result["versions"]["torch"]


@pytest.mark.parametrize("client", ["local-chat-completions", "openai-chat-completions"])
def test_lm_evals_own_client_asks_the_same_and_says_no_sample(
    lm_eval_python: Path, tmp_path: Path, client: str
) -> None:
    from tests.adapters.lm_eval_native.anonymous import answering

    task = copies.benchmark(copies.gsm8k(tmp_path / "copy"), "gsm8k", "exact_match")
    with answering("#### 2") as server:
        done = asked(
            lm_eval_python,
            tmp_path / "job",
            {"base_url": server.url, "served_id": "m"},
            task,
            options={"client": client},
            harness_args={"num_fewshot": 0},
        )
    assert done.result["status"] == "ok", done.result["error"]
    assert predictions(done) == dict.fromkeys("0123", "#### 2")
    assert done.value("exact_match,strict-match")["value"] == 0.25
    assert {one["path"] for one in server.seen} == {"/v1/chat/completions"}
    limit = "max_tokens" if client.startswith("local") else "max_completion_tokens"
    assert all(limit in one["body"] for one in server.seen)
    assert "sk-not-ours" not in json.dumps(server.seen)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "native", "metric"),
    [
        (copies.lambada, "lambada_openai", "perplexity"),
        (copies.wikitext, "wikitext", "word_perplexity"),
    ],
    ids=["loglikelihood", "loglikelihood_rolling"],
)
def test_likelihoods_of_texts_are_those_of_the_weights_in_process(
    pythons: Pythons, tmp_path: Path, make: Any, native: str, metric: str
) -> None:
    weights = tiny_model(pythons.weights, "llama")
    task = copies.benchmark(make(tmp_path / "copy"), native, metric)
    loaded = asked(pythons.weights, tmp_path / "loaded", inside(weights), task)
    with served(pythons.engine, tmp_path / "engine", weights) as model:
        call = partial(asked, pythons.plain, tmp_path / "told")
        told = call(model | {"tokenizer": str(weights)}, task)
    for done in (loaded, told):
        assert done.result["status"] == "ok", done.result["error"]
        assert done.value(metric)["higher_is_better"] is False
        assert done.value(metric)["scale"] is None
    assert told.value(metric)["value"] == pytest.approx(loaded.value(metric)["value"], rel=1e-4)
    assert [float(one) for one in predictions(told).values()] == pytest.approx(
        [float(one) for one in predictions(loaded).values()], abs=1e-3
    )
