"""What lm-eval is called with for its own benchmarks, by client and by model in its process."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.adapters.lm_eval_process import HERE, SDK, part, specification

GOLDEN = json.loads((HERE / "lm_eval_native" / "calls.json").read_text("utf-8"))
URL = "http://127.0.0.1:8000/jobs/j/v1"
TASK = {"name": "arc-challenge", "kind": "benchmark", "benchmark": "arc_challenge", "parts": {}}
SUMS = TASK | {"name": "gsm8k", "benchmark": "gsm8k"}
SUBJECTS = TASK | {"benchmark": "kmmlu", "parts": {"law": "kmmlu_law", "biology": "kmmlu_biology"}}
SAID = {"parameters": {"temperature": 0, "max_tokens": 64, "stop": ["a,b"]}}
WEIGHTS = "/weights/org,name=x"


def loaded(model: str, **arguments: Any) -> dict[str, Any]:
    return SAID | {
        "tokenizer": "/weights/tokenizer",
        "in_process": {"model": model, "arguments": arguments, "weights": WEIGHTS},
    }


def jobs() -> dict[str, dict[str, Any]]:
    completions = SAID | {"api": "completions", "tokenizer": "/weights/tokenizer"}
    found = {
        "endpoint-chat-generate": specification(URL, SAID | {"system_prompt": "S"}, task=SUMS),
        "endpoint-completions-loglikelihood": specification(URL, completions, task=TASK, limit=3),
        "endpoint-completions-parts": specification(URL, completions, task=SUBJECTS),
        "hf-loglikelihood": specification(
            "", loaded("hf", dtype="bfloat16", batch_size=16), task=TASK
        ),
        "hf-cuda": specification("", loaded("hf", device="cuda:1"), task=TASK, flavour="cuda"),
        "hf-harness-args": specification(
            "",
            loaded("hf"),
            task=SUMS,
            harness_args={"apply_chat_template": True, "num_fewshot": 2},
        ),
        "hf-multimodal-generate": specification(
            "", loaded("hf-multimodal", max_length=2048), task=SUMS
        ),
        "vllm-loglikelihood": specification(
            "",
            loaded("vllm", tensor_parallel_size=2, gpu_memory_utilization=0.8, batch_size="auto"),
            task=TASK,
            flavour="cuda",
        ),
    }
    for client in ("local-chat-completions", "openai-chat-completions", "local-completions"):
        options = {"client": client}
        found[client + "-generate"] = specification(URL, SAID, task=SUMS, options=options)
    found["local-completions-loglikelihood"] = specification(
        URL, completions, task=TASK, options={"client": "local-completions"}
    )
    return found


@pytest.fixture(autouse=True)
def _sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SDK))


@pytest.mark.parametrize("name", list(jobs()))
def test_lm_eval_is_called_exactly_so(name: str) -> None:
    call = part("native").invocation(jobs()[name], part("models"), part("arguments"))
    assert call == GOLDEN[name]


def test_no_golden_call_is_left_over_and_none_holds_a_key() -> None:
    assert list(GOLDEN) == list(jobs())
    assert "key" not in json.dumps(GOLDEN).lower()


def test_every_argument_of_a_call_has_its_owner() -> None:
    arguments = part("arguments")
    for name, call in GOLDEN.items():
        given = jobs()[name]["harness_args"]
        for key in call:
            assert key in arguments.OWNERS or key in arguments.BENCHMARKS_ONLY or key in given


@pytest.mark.parametrize(
    ("model", "more", "reason"),
    [
        (loaded("hf") | {"parameters": {"logit_bias": {}}}, {}, "takes no parameter 'logit_bias'"),
        (loaded("hf"), {"options": {"client": "local-completions"}}, "no client asks it"),
        ({}, {"options": {"client": "anthropic-chat"}}, "'anthropic-chat' is none of"),
        ({}, {"harness_args": {"apply_chat_template": False}}, "a chat endpoint takes messages"),
        ({}, {"harness_args": {"batch_size": 4}}, "behind an endpoint"),
        (
            {"in_process": {"model": "hf", "arguments": {}, "weights": None}},
            {},
            "no folder of weights",
        ),
    ],
    ids=["parameter", "client-in-process", "client", "template", "batch", "weights"],
)
def test_what_lm_eval_could_not_take_is_refused(
    model: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    native, models, arguments = part("native"), part("models"), part("arguments")
    with pytest.raises(native.Unsupported, match=reason):
        native.invocation(specification(URL, model, task=TASK, **more), models, arguments)


class Asked:
    """What is read of a task of lm-eval."""

    def __init__(self, kind: str, shown: int, held: int, *, unsafe: bool = False) -> None:
        self.OUTPUT_TYPE, self.UNSAFE_CODE = kind, unsafe
        self.shown, self.sampler = shown, SimpleNamespace(df=[{}] * held)

    def get_config(self, name: str) -> int:
        assert name == "num_fewshot"
        return self.shown


@pytest.mark.parametrize(
    ("name", "task", "given", "reason"),
    [
        ("endpoint-chat-generate", Asked("multiple_choice", 0, 0), {}, "a chat endpoint does not"),
        ("endpoint-chat-generate", Asked("generate_until", 5, 2), {}, "shows 5 examples .* has 2"),
        ("hf-loglikelihood", Asked("multiple_choice", 0, 4), {"num_fewshot": 5}, "shows 5 exam"),
        ("local-completions-generate", Asked("loglikelihood", 0, 0), {}, "counts the tokens"),
        ("hf-cuda", Asked("generate_until", 0, 0, unsafe=True), {}, "runs code that the model"),
    ],
    ids=["chat", "examples", "examples-asked-for", "no-tokenizer", "code"],
)
def test_what_can_give_no_number_is_refused_before_anything_is_asked(
    name: str, task: Asked, given: dict[str, int], reason: str
) -> None:
    native, chats = part("native"), part("models").chats(jobs()[name])
    with pytest.raises(native.Unsupported, match=reason):
        native.refuse({"made": task}, GOLDEN[name] | given, chats)


@pytest.mark.parametrize(
    ("name", "task", "given"),
    [
        ("endpoint-chat-generate", Asked("generate_until", 5, 5), {}),
        ("endpoint-chat-generate", Asked("generate_until", 5, 0), {"num_fewshot": 0}),
        ("local-completions-generate", Asked("generate_until", 0, 0), {}),
        ("local-completions-loglikelihood", Asked("multiple_choice", 0, 0), {}),
        ("endpoint-completions-loglikelihood", Asked("loglikelihood", 0, 0), {}),
    ],
    ids=["examples", "no-examples", "texts", "with-tokenizer", "our-class"],
)
def test_what_can_give_one_is_not(name: str, task: Asked, given: dict[str, int]) -> None:
    chats = part("models").chats(jobs()[name])
    part("native").refuse({"made": task}, GOLDEN[name] | given, chats)


def test_a_seed_is_torchs_and_sampling_is_said() -> None:
    models = part("models")
    model = loaded("hf") | {"parameters": {"seed": 7, "temperature": 0.5, "top_p": 0.9}}
    call = models.model_call(specification("", model, task=TASK))
    assert call["torch_random_seed"] == 7
    assert call["gen_kwargs"] == {"temperature": 0.5, "top_p": 0.9, "do_sample": True}
