"""What the transformers engine makes of a request, and how it tells a text piece by piece."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from bench_images import RequestError

from bench.adapter import find_adapter
from tests.adapters.ocr_process import data_url, drawn, saved, url_part

ADAPTER = find_adapter("engine", "transformers")


def part(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"engine_{name}", ADAPTER.folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ASKING, SPEAKING, SERVE, SCORING = map(part, ("asking", "speaking", "serve", "scoring"))


def test_adapter_toml_names_the_arguments_that_are_read() -> None:
    assert set(ADAPTER.arguments) == set(SERVE.DEFAULTS)


def test_a_request_without_settings_is_greedy() -> None:
    wish = ASKING.wish({}, 512)
    assert (wish.max_tokens, wish.temperature, wish.top_p, wish.top_k) == (512, 0.0, 1.0, 0)
    assert (wish.repetition_penalty, wish.seed, wish.stop) == (None, None, ())


def test_what_is_asked_is_taken() -> None:
    body = {"max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stop": "\n", "n": 1}
    wish = ASKING.wish(body | {"presence_penalty": 0, "tools": []}, 512)
    assert wish == (7, 0.5, 0.9, 0, None, 3, ("\n",))
    assert ASKING.wish({"max_completion_tokens": 5, "max_tokens": 9}, 512).max_tokens == 5
    assert ASKING.wish({"stop": ["a", "b"]}, 512).stop == ("a", "b")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "n": ({"n": 2}, "unsupported_parameter"),
    "best_of": ({"best_of": 2}, "unsupported_parameter"),
    "tools": ({"tools": [{}]}, "unsupported_parameter"),
    "presence_penalty": ({"presence_penalty": 0.5}, "unsupported_parameter"),
    "logit_bias": ({"logit_bias": {"1": 5}}, "unsupported_parameter"),
    "json": ({"response_format": {"type": "json_object"}}, "unsupported_parameter"),
    "temperature-text": ({"temperature": "0"}, "invalid_parameter"),
    "temperature-true": ({"temperature": True}, "invalid_parameter"),
    "temperature-high": ({"temperature": 2.5}, "invalid_parameter"),
    "temperature-nan": ({"temperature": float("nan")}, "invalid_parameter"),
    "top_p-0": ({"top_p": 0}, "invalid_parameter"),
    "max_tokens-below": ({"max_tokens": -1}, "invalid_parameter"),
    "max_tokens-float": ({"max_tokens": 1.5}, "invalid_parameter"),
    "seed-text": ({"seed": "1"}, "invalid_parameter"),
    "stop-empty": ({"stop": [""]}, "invalid_parameter"),
    "stop-number": ({"stop": [1]}, "invalid_parameter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused_by_name(case: str) -> None:
    body, code = REFUSED[case]
    with pytest.raises(RequestError, match=next(iter(body))) as found:
        ASKING.wish(body, 512)
    assert (found.value.code, found.value.status) == (code, 400)


def test_messages_keep_their_order_and_images_theirs() -> None:
    pages = [saved(drawn(word)) for word in ("FIRST", "SECOND")]
    asked = ASKING.conversation(
        {
            "messages": [
                {"role": "developer", "content": "Be short."},
                {"role": "user", "content": [url_part(data_url(pages[0])), text("What?")]},
                {"role": "assistant", "content": "A page."},
                {"role": "user", "content": [text("And"), url_part(data_url(pages[1]))]},
            ]
        }
    )
    assert [(one["role"], one["content"]) for one in asked.messages] == [
        ("system", [text("Be short.")]),
        ("user", [{"type": "image"}, text("What?")]),
        ("assistant", [text("A page.")]),
        ("user", [text("And"), {"type": "image"}]),
    ]
    expected = [drawn(word).tobytes() for word in ("FIRST", "SECOND")]
    assert [image.tobytes() for image in asked.images] == expected


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


CONVERSATIONS: dict[str, tuple[Any, str]] = {
    "no-messages": (None, "invalid_body"),
    "empty": ([], "invalid_body"),
    "role": ([{"role": "tool", "content": "x"}], "invalid_message"),
    "no-content": ([{"role": "user"}], "invalid_message"),
    "audio": ([{"role": "user", "content": [{"type": "input_audio"}]}], "unsupported_content"),
    "remote": (
        [{"role": "user", "content": [url_part("https://example.org/a.png")]}],
        "remote_image",
    ),
    "no-image": (
        [{"role": "user", "content": [url_part(data_url(b"not an image"))]}],
        "invalid_image",
    ),
    "surrogate": ([{"role": "user", "content": "\ud800"}], "invalid_text"),
}


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_a_conversation_that_cannot_be_read_is_refused(case: str) -> None:
    messages, code = CONVERSATIONS[case]
    with pytest.raises(RequestError) as found:
        ASKING.conversation({"messages": messages})
    assert (found.value.code, found.value.status) == (code, 400)


PROMPTS: dict[str, tuple[Any, list[Any]]] = {
    "text": ("one", ["one"]),
    "texts": (["one", "two"], ["one", "two"]),
    "ids": ([1, 2], [[1, 2]]),
    "lists-of-ids": ([[1, 2], [3]], [[1, 2], [3]]),
}


@pytest.mark.parametrize("case", PROMPTS)
def test_prompts_are_texts_or_ids(case: str) -> None:
    given, prompts = PROMPTS[case]
    assert ASKING.completion({"prompt": given}) == (prompts, False, None)


@pytest.mark.parametrize("prompt", [None, [], [[]], [1, "a"], [[1.5]], {"a": 1}], ids=repr)
def test_what_is_no_prompt_is_refused(prompt: Any) -> None:
    with pytest.raises(RequestError) as found:
        ASKING.completion({"prompt": prompt})
    assert found.value.code == "invalid_prompt"


def test_logprobs_are_a_number_or_a_wish() -> None:
    assert [
        ASKING.completion({"prompt": "x", "echo": True, "logprobs": value}).top
        for value in (None, False, 0, 1, True, 5)
    ] == [None, None, 0, 1, 1, 5]
    with pytest.raises(RequestError, match="at most 20"):
        ASKING.completion({"prompt": "x", "logprobs": 21})


def test_without_a_chat_template_there_is_no_conversation() -> None:
    tokenizer = SimpleNamespace(chat_template=None)
    weights = part("loading").Weights(
        None, tokenizer, tokenizer, takes_images=False, most=None, note=None
    )
    asked = ASKING.conversation({"messages": [{"role": "user", "content": "x"}]})
    with pytest.raises(RequestError, match="no chat template: ask /v1/completions"):
        SPEAKING.Speaker(weights).conversed(asked)


def heard(stops: tuple[str, ...], tell: Callable[[str], None] | None) -> Any:
    return SPEAKING.Heard("".join, stops, tell)


def test_pieces_are_told_as_soon_as_they_are_certain() -> None:
    told: list[str] = []
    ear = heard(("END",), told.append)
    tokens: list[str] = []
    for token in ("ab", "c E", "x", " \ufffd", "E", "N", "D and more"):
        tokens.append(token)
        stopped = ear.hear(tokens)
    assert stopped
    assert told == ["ab", "c ", "Ex", " ", "\ufffd"]
    assert ear.text == "".join(told)


def test_the_first_stop_text_cuts_and_what_only_began_is_told_at_the_end() -> None:
    ear = heard(("two", "one"), None)
    assert ear.hear(["a one and two"])
    assert ear.text == "a "
    told: list[str] = []
    ear = heard(("END",), told.append)
    assert not ear.hear(["the E", "N"])
    ear.finish()
    assert "".join(told) == ear.text == "the EN"


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"dtyp": "auto"}, "unknown arguments"),
    "dtype": ({"dtype": "int8"}, "dtype must be one of auto"),
    "device": ({"device": "tpu"}, "device must be"),
    "device-number": ({"device": "cuda:x"}, "device must be"),
    "attention": ({"attn_implementation": "magic"}, "attn_implementation must be"),
    "pixels": ({"max_pixels": 0}, "max_pixels must be"),
    "max_tokens": ({"max_tokens": None}, "max_tokens must be"),
    "trust": ({"trust_remote_code": "yes"}, "trust_remote_code must be one of true, false"),
    "trust-number": ({"trust_remote_code": 1}, "trust_remote_code must be"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_wrong_argument_is_an_error(case: str) -> None:
    arguments, says = SETTINGS[case]
    with pytest.raises(ValueError, match=says):
        SERVE.settings(arguments)


def test_arguments_have_defaults() -> None:
    chosen = SERVE.settings({"device": "cuda:1", "min_pixels": 3136})
    assert (chosen["device"], chosen["dtype"], chosen["min_pixels"]) == ("cuda:1", "auto", 3136)
    assert chosen["threads"] >= 1
    assert chosen["trust_remote_code"] is False


class Bytewise:
    """A tokenizer whose tokens are bytes, and one whose first space is lost, as sentencepiece's."""

    def __init__(self, spelling: dict[int, str], pieces: dict[int, str] | None = None) -> None:
        self._spelling, self._pieces = spelling, pieces

    def decode(self, ids: list[int]) -> str:
        if self._pieces is not None:
            return "".join(self._pieces[one] for one in ids).removeprefix(" ")
        return bytes(ids).decode("utf-8", "replace")

    def convert_ids_to_tokens(self, one: int) -> str:
        return self._spelling[one]


def test_each_token_is_spelled_as_it_stands() -> None:
    bytewise = Bytewise({0xC3: "\u00c3", 0xA9: "\u00a9"})
    assert SCORING.spelled(bytewise, list("aé".encode())) == ["a", "bytes:\\xc3", "bytes:\\xa9"]
    pieces = {1: " The", 2: " cat", 3: "s"}
    assert SCORING.spelled(Bytewise({}, pieces), [1, 2, 3]) == ["The", " cat", "s"]
