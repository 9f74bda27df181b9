"""Models in VLMEvalKit's process: the pieces that need no VLMEvalKit and no weights."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.vlmevalkit_stub.process import ROOT, part

needs, scores = part("needs"), part("scores")
SOURCE = """
import os
import torch
from .base import BaseModel
try:
    import optional
except ImportError:
    optional = None


class Reader(BaseModel):
    def __init__(self, model_path, **kwargs):
        try:
            from reader.model import load
        except Exception as err:
            print("install reader")
            raise err
        if kwargs.get("use_vllm"):
            from vllm import LLM

    def generate_inner(self, message, dataset=None):
        import readtools.images

    def load_video(self, path):
        import videotools


class Better(Reader):
    def generate_inner(self, message, dataset=None):
        from better import more
"""


@pytest.fixture
def package(tmp_path: Path) -> str:
    (tmp_path / "vlm").mkdir()
    (tmp_path / "vlm" / "reader.py").write_text(SOURCE)
    return str(tmp_path)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "adapters" / "_sdk"))
    yield part("in_process")
    sys.modules.pop("bench_protocol", None)


def test_what_a_class_cannot_do_without_is_read_from_its_source(package: str) -> None:
    assert needs.required("vlmeval.vlm.reader.Reader", package) == [
        *("os", "reader", "readtools", "torch"),
    ]
    assert needs.required("vlmeval.vlm.reader.Better", package) == [
        *("better", "os", "reader", "readtools", "torch"),
    ]


@pytest.mark.parametrize(
    ("model", "installed", "said"),
    [
        ("reader-7b", {"os", "torch", "reader", "readtools"}, None),
        ("Reader", {"os", "torch", "reader", "readtools"}, None),
        ("reader-7b", {"os", "torch"}, "needs 'reader' and 'readtools', which this environment"),
        ("gpt", set(), "gpt is an API class of VLMEvalKit (vlmeval.api.gpt.GPT4V)"),
        ("readr", set(), "no model and no model class 'readr'"),
    ],
    ids=["listed", "class", "missing", "api", "unknown"],
)
def test_what_cannot_be_loaded(
    package: str, model: str, installed: set[str], said: str | None
) -> None:
    classes = {"reader-7b": "vlmeval.vlm.reader.Reader", "gpt": "vlmeval.api.gpt.GPT4V"}
    found = needs.refusal(model, package, classes, installed.__contains__)
    assert (found is None) if said is None else (said in found)


class Takes:
    def __init__(self, model_path: str, size: int = 1, system_prompt: str | None = None) -> None:
        self.given = (model_path, size, system_prompt)


class Nothing:
    def __init__(self, root: str = "") -> None:
        self.given = (root,)


VLMEVAL = SimpleNamespace(
    vlm=SimpleNamespace(Takes=Takes, Nothing=Nothing),
    config=SimpleNamespace(
        supported_VLM={"takes-2": functools.partial(Takes, model_path="hub/id", size=2)}
    ),
)


@pytest.mark.parametrize(
    ("asked", "prompt", "given"),
    [
        ({"model": "Takes", "weights": "/w"}, None, ("/w", 1, None)),
        (
            {"model": "Takes", "weights": "/w", "arguments": {"size": 3}},
            "Be brief.",
            ("/w", 3, "Be brief."),
        ),
        ({"model": "takes-2", "weights": "/w"}, None, ("/w", 2, None)),
        ({"model": "Nothing", "weights": None, "arguments": {"root": "r"}}, None, ("r",)),
    ],
    ids=["folder", "arguments", "listed", "no folder"],
)
def test_a_class_gets_its_folder_and_its_arguments(
    in_process: Any, asked: dict[str, Any], prompt: str | None, given: tuple[Any, ...]
) -> None:
    assert in_process.build(asked, prompt, VLMEVAL, ValueError).given == given


@pytest.mark.parametrize(
    ("asked", "prompt", "said"),
    [
        ({"model": "Other", "weights": None}, None, "VLMEvalKit has no model 'Other'"),
        ({"model": "Nothing", "weights": "/w"}, None, "Nothing takes no folder of weights"),
        ({"model": "Nothing", "weights": None}, "x", "Nothing takes no system prompt"),
        ({"model": "Takes", "weights": "/w", "arguments": {"sise": 1}}, None, "no argument 'sise'"),
    ],
    ids=["unknown", "folder", "system prompt", "argument"],
)
def test_what_a_class_does_not_take_is_refused(
    in_process: Any, asked: dict[str, Any], prompt: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        in_process.build(asked, prompt, VLMEVAL, ValueError)


@pytest.mark.parametrize(
    ("wanted", "settings", "unused"),
    [
        ({"temperature": 0, "max_tokens": 5}, {"do_sample": False, "max_new_tokens": 5}, []),
        ({"temperature": 0.5, "seed": 7}, {"do_sample": True, "temperature": 0.5}, []),
        ({"top_p": 0.9, "stop": ["x"], "n": None}, {"top_p": 0.9}, ["stop"]),
    ],
    ids=["greedy", "sampled", "not taken"],
)
def test_parameters_reach_what_the_class_generates_with(
    in_process: Any, wanted: dict[str, Any], settings: dict[str, Any], unused: list[str]
) -> None:
    model = SimpleNamespace(kwargs={"max_new_tokens": 2048})
    found, left = in_process.generation(model, wanted)
    assert model.kwargs == found == {"max_new_tokens": 2048} | settings
    assert left == unused


def test_a_class_without_such_settings_takes_no_parameter(in_process: Any) -> None:
    model = SimpleNamespace(kwargs={"fps": 1})
    assert in_process.generation(model, {"temperature": 0}) == (None, ["temperature"])


@pytest.mark.parametrize(
    ("matches", "metric", "best", "score"),
    [
        ("[0.4444444444444444, 0.5]", "anls", False, 1 - 0.4444444444444444),
        ("[0.5]", "anls", False, 0.5),
        ("[0.5000000000000001]", "anls", False, 0.0),
        ("[False, True]", "relaxed_accuracy", True, 1.0),
        ("[1, 0.3333333333333333]", "vqa_accuracy", False, 2 / 3),
    ],
    ids=["nearest", "half", "below half", "best", "mean"],
)
def test_a_samples_score_is_made_as_the_number_is(
    matches: str,
    metric: str,
    best: bool,  # noqa: FBT001
    score: float,
) -> None:
    assert scores.matched({"eval_match": matches}, metric, best=best) == pytest.approx(score)


def test_scores_whose_mean_is_another_number_are_not_kept() -> None:
    native = [
        {"metric": "anls", "group": None, "value": 50.0, "scale": 100},
        {"metric": "accuracy", "group": None, "value": 0.7, "scale": 1},
        {"metric": "aAcc", "group": "VD", "value": 50.0, "scale": 100},
    ]
    halves = {"a": 1.0, "b": 0.0}
    closed, open_ = scores.closing({"anls": halves, "accuracy": halves, "aAcc": halves}, native)
    assert closed == {"anls": halves}
    assert open_ == ["accuracy"]
