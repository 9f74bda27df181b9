"""Tiny random models that lmms-eval loads in its own process, on the CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.lmms_eval_process import DOCUMENT, job, run
from tests.adapters.vlmevalkit_stub.process import document, picture
from tests.local_data.made import docvqa_copy, docvqa_rows
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(300)]
DOCVQA = {"name": "docvqa-val", "kind": "benchmark", "benchmark": "docvqa_val", "metric": "anls"}


@pytest.fixture(scope="session")
def python() -> Path:
    return build(find_adapter("harness", "lmms-eval"), "cpu", print, weights=True).python


def spec(name: str, weights: Path, **keys: Any) -> dict[str, Any]:
    in_process = {"model": name, "arguments": keys.pop("arguments", {}), "weights": str(weights)}
    model = {"base_url": "", "parameters": {"temperature": 0, "max_tokens": 12}}
    model |= {"in_process": in_process} | keys.pop("model", {})
    return job("", model=model, flavour="cpu", **keys)


def folder_of(path: Path) -> Path:
    path.mkdir()
    return path


def test_qwen_reads_documents(python: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "job")
    document(folder, ["a/1", "b", "c"], [picture("PNG", 64), picture("JPEG", 64)])
    # The second file is broken: one failed sample, and no answer that is empty.
    (folder / "page 1.bin").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    given = {"min_pixels": 784, "max_pixels": 50176}
    keys = {"arguments": given, "task": DOCUMENT, "model": {"system_prompt": "Read."}}
    done = run(python, folder, spec("qwen2_5_vl", tiny_model(python, "qwen2_5_vl"), **keys))
    assert done.result["status"] == "ok", done.log
    assert list(done.predictions) == ["a/1", "b", "c"]  # each as it came
    assert done.predictions["b"]["status"] == "failed"
    assert "cannot be decoded" in done.predictions["b"]["error"]
    texts = [done.predictions[one]["prediction"] for one in ("a/1", "c")]
    assert all(texts)
    assert texts[0] != texts[1]
    assert done.result["native"] == []
    assert not (folder / "home").exists()


def test_llava_answers_docvqa_from_the_local_copy(python: Path, tmp_path: Path) -> None:
    copy = docvqa_copy(tmp_path / "copy", 3)
    folder = folder_of(tmp_path / "job")
    keys: dict[str, Any] = {"task": DOCVQA | {"data": str(copy.folder), "parts": {}, "file": None}}
    done = run(python, folder, spec("llava_hf", tiny_model(python, "llava"), **keys))
    assert done.result["status"] == "ok", done.log
    rows = {row["questionId"]: row for row in docvqa_rows(3)}
    assert list(done.predictions) == list(rows) == list(done.asked)
    assert all(one["status"] == "answered" for one in done.predictions.values())
    assert all(one["prediction"] for one in done.predictions.values())
    for name, row in rows.items():
        (image,) = done.asked[name]["images"]
        assert Path(image).read_bytes() == row["image"]["bytes"]
    (native,) = done.result["native"]
    assert (native["n"], native["failed_scored"]) == (3, 0)
    log = folder / "raw" / "output" / "bench_samples_docvqa_val.jsonl"
    logged = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    # What is scored is what the class returned, but for its ends.
    assert {row["sample"]: row.get("resps", row["filtered_resps"]) for row in logged} == {
        name: one["prediction"] for name, one in done.predictions.items()
    }


def test_what_the_class_does_not_know_is_refused(python: Path, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "job")
    document(folder, ["a"], [picture("PNG")])
    keys: dict[str, Any] = {"task": DOCUMENT, "arguments": {"pixels": 1}}
    done = run(python, folder, spec("llava_hf", tmp_path, **keys))
    assert done.result["status"] == "unsupported", done.log
    said = "the class llava_hf of lmms-eval has no argument 'pixels'; it has pretrained"
    assert said in done.result["error"]["message"]
