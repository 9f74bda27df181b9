"""Weights in lmms-eval's own process: the pieces of the adapter that need neither."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.lmms_eval_process import ROOT, part


@pytest.fixture(autouse=True)
def _sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))


def test_parameters_in_the_words_of_lmms_evals_classes() -> None:
    weights = part("weights")
    assert weights.generation({"temperature": 0, "max_tokens": 9}) == {
        "temperature": 0,
        "max_new_tokens": 9,
        "do_sample": False,
    }
    assert weights.generation({"temperature": 0.5, "top_p": 1})["do_sample"] is True
    with pytest.raises(weights.Unsupported, match="take no parameter 'stop'"):
        weights.generation({"max_tokens": 9, "stop": ["\n"]})


class Base:
    """Stands in for lmms_eval.api.model.lmms."""


class Loads(Base):
    is_simple = True

    def __init__(
        self,
        pretrained: str = "hub/id",
        device: str = "cuda",
        device_map: str = "auto",
        **kwargs: Any,
    ) -> None:
        assert not kwargs


class PassesOn(Loads):
    def __init__(self, pretrained: str = "hub/other", thinking: int = 0, **kwargs: Any) -> None:
        super().__init__(pretrained, **kwargs)


def spec(**in_process: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"model": "loads", "arguments": {}, "weights": "/w"}
    return {"in_process": whole | in_process}


def test_what_a_class_is_given() -> None:
    weights = part("weights")
    known = weights.accepted(Loads)
    assert known == ["pretrained", "device", "device_map"]
    assert weights.accepted(PassesOn) == ["pretrained", "thinking", "device", "device_map"]
    assert weights.arguments(spec(), "cpu", known) == {
        "batch_size": 1,
        "device": "cpu",
        "device_map": "cpu",
        "pretrained": "/w",
    }
    assert weights.arguments(spec(arguments={"device_map": "x"}), "cuda", known) == {
        "batch_size": 1,
        "device": "cuda",
        "device_map": "x",
        "pretrained": "/w",
    }


@pytest.mark.parametrize(
    ("keys", "names", "said"),
    [
        ({"arguments": {"min_pixels": 1}}, ["pretrained"], "has no argument 'min_pixels'; it has"),
        ({"arguments": {"batch_size": 2}}, ["pretrained"], "batch_size is 1 here"),
        ({}, ["device"], "the class loads of lmms-eval loads no weights"),
    ],
    ids=["unknown", "batches", "no weights"],
)
def test_what_a_class_cannot_be_given(keys: dict[str, Any], names: list[str], said: str) -> None:
    weights = part("weights")
    with pytest.raises(weights.Unsupported, match=said):
        weights.arguments(spec(**keys), "cpu", names)


class Job:
    """What a job was told, in its order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    def answered(self, sample: str, text: str) -> None:
        self.said.append(("answered", sample, text))

    def failed(self, sample: str, error: str) -> None:
        self.said.append(("failed", sample, error))

    def progress(self, done: int, total: int) -> None:
        assert 0 < done <= total

    def stage(self, name: str) -> None:
        assert name == "asking the model"


class Answers(Base):
    """As lmms-eval's classes: one keeps an error of its model to itself, another does not."""

    is_simple = True

    def __init__(self, texts: list[Any]) -> None:
        self._model = SimpleNamespace(generate=texts.pop)
        self.texts = texts

    def generate_until(self, requests: list[Any]) -> list[Any]:
        (request,) = requests
        if request.args[2](None) == ["swallowed"]:
            try:
                self._model.generate(99)
            except IndexError:
                return [""]
        return [self._model.generate(0)]


def test_each_answer_is_written_as_it_came_and_a_hidden_error_is_no_answer() -> None:
    weights, classes, collect = part("weights"), part("classes"), part("collect")
    told: Any = Job()
    tally = classes.Tally(told, collect.shown)

    class Samples:
        def expect(self, requests: list[Any], loaded: Any) -> None:
            assert (len(requests), loaded) == (4, {"t": 1})

        def id_of(self, request: Any, _loaded: Any) -> str:
            return str(request.args[-3])

        def prepared(self, request: Any, _loaded: Any, *, chat: bool) -> Any:
            assert not chat
            return request

    lm = weights.model_class(Answers, tally, Samples(), lambda found: (found, None))(
        [" first\n", "\ud800", 7]
    )
    lm.task_dict = {"t": 1}
    kinds = [["plain"], ["swallowed"], ["plain"], ["plain"]]
    requests = [
        SimpleNamespace(args=("prompt", {}, lambda _document, kind=kind: kind, number, "t", "test"))
        for number, kind in enumerate(kinds)
    ]
    seen = lm.generate_until(requests)
    assert told.said == [
        ("answered", "0", " first\n"),
        ("failed", "1", "IndexError: pop index out of range"),
        ("answered", "2", "\ud800"),
        ("failed", "3", "TypeError: the class returned no text: 7"),
    ]
    assert seen[0] == " first\n"
    assert seen[2] == "?"
    assert all(seen[one].startswith("[LMMS_EVAL_REQUEST_FAILED") for one in (1, 3))
    assert (tally.done, tally.altered) == (4, 1)


@pytest.mark.parametrize("chat", [True, False], ids=["messages", "text and images"])
def test_a_document_is_given_as_pixels(tmp_path: Path, *, chat: bool) -> None:
    samples = part("samples")
    (tmp_path / "page").write_bytes(b"bytes")
    item = {"id": "a", "images": [str(tmp_path / "page")] * 2, "prompt": " q\n", "references": []}
    loaded = {"t": {"test": [{"item": json.dumps(item)}]}}
    args: Any = ("prompt", "messages", {}, 0, "t", "test")
    if not chat:
        args = ("prompt", {}, "visuals", 0, "t", "test")
    documents = samples.Documents(lambda content: content + b" decoded", "S")
    made = documents.prepared(SimpleNamespace(args=args), loaded, chat=chat)
    assert documents.id_of(SimpleNamespace(args=args), loaded) == "a"
    if not chat:
        assert made.arguments[2](None) == [b"bytes decoded"] * 2
        return
    image = {"type": "image", "url": b"bytes decoded"}
    assert made.arguments[1](None) == [
        {"role": "system", "content": [{"type": "text", "text": "S"}]},
        {"role": "user", "content": [image, image, {"type": "text", "text": " q\n"}]},
    ]
    assert made.arguments[3:] == (0, "t", "test")
