"""Weights in VLMEvalKit's own process: its model classes on a random Qwen2.5-VL, on CPU."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.vlmevalkit_stub.process import (
    ADAPTER,
    Finished,
    benchmark,
    document,
    picture,
    run,
)
from tests.local_data.made import docvqa_copy, drawn_page
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]
HERE = Path(__file__).parent
PIXELS = {"min_pixels": 3136, "max_pixels": 78400}  # those of the tiny model's own processor
SUFFIX = "\nPlease try to answer the question with short words or phrases if possible."
GREEDY = {"temperature": 0, "max_tokens": 12}


@pytest.fixture(scope="module")
def python() -> Path:
    return build(find_adapter("harness", "vlmevalkit"), "cpu", print, weights=True).python


def qwen(python: Path, **arguments: Any) -> dict[str, Any]:
    weights = str(tiny_model(python, "qwen2_5_vl"))
    return {"model": "Qwen2VLChat", "weights": weights, "arguments": PIXELS | arguments}


def said_directly(python: Path, asked: list[dict[str, Any]]) -> list[str]:
    weights = tiny_model(python, "qwen2_5_vl")
    argv = [str(python), str(HERE / "vlmevalkit_direct.py"), str(weights), "12"]
    done = subprocess.run(
        argv, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answers


def answers(done: Finished) -> dict[str, str]:
    assert done.result["status"] == "ok", done.result["error"]
    assert {one["status"] for one in done.predictions.values()} == {"answered"}
    return {name: one["prediction"] for name, one in done.predictions.items()}


def test_a_document_task_is_answered_as_by_the_model_alone(python: Path, tmp_path: Path) -> None:
    task = document(tmp_path, ["a", "ä/2"], [drawn_page("one"), picture("JPEG", 200)])
    done = run(python, tmp_path, None, task, in_process=qwen(python), parameters=GREEDY)
    items = [json.loads(one) for one in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert answers(done) == dict(zip(("a", "ä/2"), said_directly(python, items), strict=True))
    told = done.result["data"]
    assert (told["device"], told["generation"]["do_sample"]) == ("cpu", False)
    assert told["generation"]["max_new_tokens"] == 12
    assert "flash-attn" in told["attention"]


def test_a_benchmark_is_asked_with_the_models_own_prompt(python: Path, tmp_path: Path) -> None:
    copy = docvqa_copy(tmp_path / "docvqa-val", rows=3)
    task = benchmark("DocVQA_VAL", None, copy.folder)
    done = run(
        python,
        tmp_path / "job",
        None,
        task,
        limit=2,
        in_process=qwen(python),
        parameters=GREEDY | {"stop": ["x"]},
    )
    asked = [
        {"images": one["images"], "prompt": one["question"] + SUFFIX} for one in done.asked.values()
    ]
    assert [one["prompt"][-1]["value"] for one in done.asked.values()] == [
        one["prompt"] for one in asked
    ]
    assert answers(done) == dict(zip(done.asked, said_directly(python, asked), strict=True))
    assert list(done.asked) == ["49153", "49154"]
    assert {one["doc_id"] for one in done.asked.values()} == {"14465"}
    assert done.asked["49154"]["references"] == ["007", "7"]
    assert done.result["data"]["prompt"] == "model"
    assert "Qwen2VLChat does not take stop" in done.warnings()
    assert set(done.scores) == {("49153", "anls"), ("49154", "anls")}
    config = json.loads((tmp_path / "job/raw/config.json").read_text())
    (model,) = config["model"].values()
    assert model["arguments"] == PIXELS


@pytest.mark.slow
def test_the_prompt_can_be_the_datasets(python: Path, tmp_path: Path) -> None:
    copy = docvqa_copy(tmp_path / "docvqa-val", rows=1)
    task = benchmark("DocVQA_VAL", None, copy.folder)
    done = run(python, tmp_path / "job", None, task, in_process=qwen(python), prompt="dataset")
    (asked,) = done.asked.values()
    suffix = "\nAnswer the question using a single word or phrase."
    assert asked["prompt"][-1]["value"] == asked["question"] + suffix
    assert done.result["data"]["prompt"] == "dataset"


@pytest.mark.slow
def test_an_error_of_one_sample_ends_one_sample(python: Path, tmp_path: Path) -> None:
    task = document(tmp_path, ["a", "b"], [drawn_page("one"), b"no image"])
    done = run(python, tmp_path, None, task, in_process=qwen(python), parameters=GREEDY)
    assert done.result["status"] == "ok", done.result["error"]
    assert done.predictions["a"]["status"] == "answered"
    assert done.predictions["b"]["status"] == "failed"
    assert done.predictions["b"]["error"] == "ValueError: page 1.bin is no image"


@pytest.mark.slow
def test_weights_that_cannot_be_loaded_fail_with_the_reason(python: Path, tmp_path: Path) -> None:
    task = document(tmp_path, ["a"], [drawn_page("one")])
    (tmp_path / "empty").mkdir()
    asked = {"model": "Qwen2VLChat", "weights": str(tmp_path / "empty"), "arguments": {}}
    done = run(python, tmp_path, None, task, in_process=asked)
    assert done.result["status"] == "failed"
    assert "config.json" in done.result["error"]["message"]
    assert not done.predictions


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("GPT4o", "GPT4o is an API class of VLMEvalKit (vlmeval.api.gpt.GPT4V): give the endpoint"),
        ("LLaVA", "LLaVA (vlmeval.vlm.llava.llava.LLaVA) needs 'llava', which this environment"),
        ("qwen-7", "VLMEvalKit has no model and no model class 'qwen-7'"),
    ],
    ids=["api", "package", "unknown"],
)
def test_what_cannot_be_loaded_is_refused_by_name(
    python: Path, tmp_path: Path, model: str, said: str
) -> None:
    task = document(tmp_path, ["a"], [picture("PNG")])
    done = run(python, tmp_path, None, task, in_process={"model": model, "weights": None})
    assert done.result["status"] == "unsupported"
    assert done.result["error"]["message"].startswith(said)
    assert not done.events  # before anything was imported


def test_without_cuda_models_and_tensors_stay_on_the_cpu(python: Path) -> None:
    argv = [python, HERE / "vlmevalkit_cpu.py", ADAPTER / "cpu.py"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "tensor": "cpu",
        "numbered": "cpu",
        "named": "cpu",
        "typed": "torch.int8",
        "module": "cpu",
        "features": ["cpu", "torch.float16"],
        "loaded": [
            {"device_map": "cpu", "attn_implementation": "sdpa"},
            {"attn_implementation": "eager", "device_map": None},
        ],
        "replaced": ["attn_implementation"],
    }
