"""One tiny model loaded by three harnesses and behind the transformers engine: the same text at
temperature 0, or the setting that it differs by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import Kind, find_adapter
from bench.environment import build
from tests.adapters import lm_eval_process, lmms_eval_process
from tests.adapters.lm_eval_native import copies
from tests.adapters.ocr_process import Server, data_url
from tests.adapters.transformers_process import asked, served
from tests.adapters.vlmevalkit_stub import process as vlmevalkit
from tests.local_data.made import drawn_page
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.harness, pytest.mark.timeout(900)]
PIXELS = {"min_pixels": 3136, "max_pixels": 50_176}
GREEDY = {"temperature": 0, "max_tokens": 12}
IDS = ["one page", "two pages", "a page to scale"]
# Qwen's processor scales sides to multiples of 28 pixels; two of these have such sides.
PAGES = [
    drawn_page("one", (280, 168)),
    drawn_page("other", (280, 168)),
    drawn_page("third", (320, 160)),
]


def python(kind: Kind, name: str, *, weights: bool = False) -> Path:
    return build(find_adapter(kind, name), "cpu", print, weights=weights).python


@contextmanager
def engine(folder: Path, weights: Path, **arguments: Any) -> Iterator[Server]:
    server = served(python("engine", "transformers"), folder, weights, **arguments)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def documents(folder: Path) -> dict[str, Any]:
    """A question on one page, one on the second page twice, one on a page to be scaled."""
    return vlmevalkit.document(folder, IDS, PAGES)


def behind(server: Server, folder: Path) -> dict[str, str]:
    """What the engine says to the samples of a document task: pages first, then the prompt."""
    said = {}
    for line in (folder / "items.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        urls = [data_url(Path(path).read_bytes()) for path in item["images"]]
        content = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        content.append({"type": "text", "text": item["prompt"]})
        messages = [{"role": "user", "content": content}]
        reply = asked(server, "chat/completions", messages=messages, **GREEDY)
        said[item["id"]] = reply["choices"][0]["message"]["content"]
    return said


def texts(done: vlmevalkit.Finished) -> dict[str, str]:
    assert done.result["status"] == "ok", (done.result["error"], done.log)
    assert {one["status"] for one in done.predictions.values()} == {"answered"}
    return {name: one["prediction"] for name, one in done.predictions.items()}


def lmms(folder: Path, name: str, weights: Path, **arguments: Any) -> dict[str, str]:
    """lmms-eval's own class on the documents in `folder`."""
    given = {"model": name, "arguments": arguments, "weights": str(weights)}
    model = {"base_url": "", "parameters": GREEDY, "in_process": given}
    spec = lmms_eval_process.job("", model=model, flavour="cpu")
    return texts(lmms_eval_process.run(python("harness", "lmms-eval", weights=True), folder, spec))


def test_llava_in_lmms_eval_says_what_it_says_behind_the_engine(tmp_path: Path) -> None:
    weights = tiny_model(python("engine", "transformers"), "llava")
    documents(tmp_path / "job")
    with engine(tmp_path / "engine", weights) as server:
        expected = behind(server, tmp_path / "job")
    assert lmms(tmp_path / "job", "llava_hf", weights) == expected
    assert len(set(expected.values())) == len(IDS)


def test_qwen_in_two_harnesses_says_what_it_says_behind_the_engine(tmp_path: Path) -> None:
    weights = tiny_model(python("engine", "transformers"), "qwen2_5_vl")
    task = documents(tmp_path / "lmms")
    documents(tmp_path / "kit")
    with engine(tmp_path / "bfloat16", weights, dtype="bfloat16", **PIXELS) as server:
        rounded = behind(server, tmp_path / "lmms")
    with engine(tmp_path / "float32", weights, **PIXELS) as server:
        exact = behind(server, tmp_path / "lmms")
    given = {"model": "Qwen2VLChat", "weights": str(weights), "arguments": PIXELS}
    kit = vlmevalkit.run(
        python("harness", "vlmevalkit", weights=True),
        *(tmp_path / "kit", None, task),
        in_process=given,
        parameters=GREEDY,
    )
    # VLMEvalKit's class reads the weights' own number format, lmms-eval's fixes bfloat16.
    assert texts(kit) == exact
    assert rounded != exact
    said = lmms(tmp_path / "lmms", "qwen2_5_vl", weights, **PIXELS)
    # lmms-eval's class scales twice: with qwen_vl_utils to its own bounds, then as the processor.
    scaled = IDS[-1]
    assert {name for name in IDS if said[name] != rounded[name]} == {scaled}


@pytest.mark.slow
def test_llava_in_lm_eval_says_what_it_says_behind_the_engine(tmp_path: Path) -> None:
    """lm-eval loads models for its own benchmarks alone: one of them, asked both ways."""
    weights = tiny_model(python("engine", "transformers"), "llava")
    task = copies.benchmark(copies.chartqa(tmp_path / "copy"), "chartqa", "relaxed_accuracy")
    loaded: dict[str, Any] = {"model": "hf-multimodal", "weights": str(weights)}
    loaded |= {"arguments": {"dtype": "float32", "max_length": 2048}}
    inside = {"parameters": GREEDY, "in_process": loaded}
    spec = lm_eval_process.specification("", inside, task=task)
    here = lm_eval_process.run(
        python("harness", "lm-eval", weights=True), tmp_path / "inside", spec
    )
    with engine(tmp_path / "engine", weights) as server:
        url = f"http://127.0.0.1:{server.port}/v1"
        spec = lm_eval_process.specification(url, {"parameters": GREEDY}, task=task)
        there = lm_eval_process.run(python("harness", "lm-eval"), tmp_path / "asked", spec)
    assert texts(here) == texts(there)
    assert {len(text) for text in texts(here).values()} == {GREEDY["max_tokens"]}
