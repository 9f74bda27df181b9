"""The log-probability probe against endpoints that do and do not give what lm-eval needs."""

from __future__ import annotations

import json
import math
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.adapters.lm_eval_process import SDK, part

Break = Callable[[dict[str, Any]], Any]  # what an endpoint makes of a right choice
WORDS = [" Paris", " a", " in", " the"]


def scores(tokens: list[str]) -> dict[str, float]:
    """A made-up model: log-probabilities of its few next words, by the last token alone."""
    weights = [1 + zlib.crc32((tokens[-1] + word).encode()) % 1000 for word in WORDS]
    return {
        word: math.log(weight / (2 * sum(weights)))
        for word, weight in zip(WORDS, weights, strict=True)
    }


def right(prompt: str) -> dict[str, Any]:
    """A choice as OpenAI's completions with echo gave it: the first token has no number."""
    tokens = re.findall(r" ?[^ ]+", prompt)
    tops = [scores(tokens[:place]) for place in range(1, len(tokens) + 1)]
    new = max(tops[-1], key=lambda word: tops[-1][word])
    tokens.append(new)
    numbers = [None] + [top.get(token, -20.0) for token, top in zip(tokens[1:], tops, strict=True)]
    best = [dict([max(top.items(), key=lambda one: one[1])]) for top in tops]
    logprobs = {"tokens": tokens, "token_logprobs": numbers, "top_logprobs": [None, *best]}
    return {"index": 0, "text": prompt + new, "logprobs": logprobs}


@contextmanager
def serving(broken: Break) -> Iterator[dict[str, Any]]:
    """job.json's `model` for an endpoint that breaks its choices."""

    class Reply(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/completions"
            assert (body["echo"], body["logprobs"], body["max_tokens"]) == (True, 1, 1)
            choice = broken(right(body["prompt"]))
            content = json.dumps({"choices": [choice]}).encode()
            self.send_response(404 if choice is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        yield {"served_id": "tiny", "base_url": url, "timeout_s": 5.0}
        server.shutdown()
        thread.join()


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SDK))
    return part("probe")


def lists(choice: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return choice | {"logprobs": choice["logprobs"] | changed}


def numbers(choice: dict[str, Any]) -> list[Any]:
    found: list[Any] = choice["logprobs"]["token_logprobs"]
    return found


def llama_cpp(choice: dict[str, Any]) -> dict[str, Any]:
    """As llama-cpp-python was measured: the new token is missing, each number a place early."""
    said = choice["logprobs"]
    moved = {name: said[name][1:] for name in ("token_logprobs", "top_logprobs")}
    return lists(choice, tokens=said["tokens"][:-1], **moved)


def only_the_new(choice: dict[str, Any]) -> dict[str, Any]:
    """As servers that ignore `echo`."""
    said = {name: [one[-1]] for name, one in choice["logprobs"].items()}
    return choice | {"text": choice["logprobs"]["tokens"][-1], "logprobs": said}


def by_chance(choice: dict[str, Any]) -> dict[str, Any]:
    """As llama.cpp's own server: every choice of a question scores the same."""
    count = len(numbers(choice)) - 1
    return lists(
        choice, token_logprobs=[None] + [-1.0] * count, top_logprobs=[None, *[{"a": -1.0}] * count]
    )


def shifted(choice: dict[str, Any]) -> dict[str, Any]:
    """Each number one place late, all else as it should be: one request alone cannot show it."""
    said = numbers(choice)
    return lists(choice, token_logprobs=[None, -20.0, *said[1:-2], said[-1]])


def best_spoilt(choice: dict[str, Any]) -> dict[str, Any]:
    return lists(choice, top_logprobs=[None] + [{"a": -99.0}] * (len(numbers(choice)) - 1))


def not_greedy(choice: dict[str, Any]) -> dict[str, Any]:
    return lists(choice, token_logprobs=[*numbers(choice)[:-1], -15.0])


def test_a_right_endpoint_passes(probe: Any) -> None:
    with serving(lambda choice: choice) as model:
        probe.require_logprobs(model)


def test_a_mark_before_the_text_and_a_little_noise_pass(probe: Any) -> None:
    def marked(choice: dict[str, Any]) -> dict[str, Any]:
        said = choice["logprobs"]
        return lists(
            choice,
            tokens=["<s>", *said["tokens"]],
            token_logprobs=[None, -3.0, *(one + 0.01 for one in said["token_logprobs"][1:])],
            top_logprobs=[None, {"x": -0.5}, *said["top_logprobs"][1:]],
        )

    with serving(marked) as model:
        probe.require_logprobs(model)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda _: None, "HTTP 404 from completions"),
        (lambda choice: choice | {"logprobs": None}, "the answer has no logprobs"),
        (lambda choice: lists(choice, top_logprobs=None), "no logprobs.top_logprobs"),
        (lambda choice: lists(choice, tokens=[]), "no logprobs.tokens"),
        (lambda choice: lists(choice, token_logprobs=numbers(choice)[1:]), "6 tokens, 5 logprobs"),
        (lambda choice: lists(choice, tokens=[1] * 6), "are no texts"),
        (only_the_new, "the prompt is not echoed"),
        (llama_cpp, "the new token is missing"),
        (
            lambda choice: lists(choice, token_logprobs=[-1.0, *numbers(choice)[1:]]),
            "the first token has a logprob",
        ),
        (
            lambda choice: lists(choice, token_logprobs=[None, None, *numbers(choice)[2:]]),
            "None is no logprob",
        ),
        (
            lambda choice: lists(choice, token_logprobs=[None, 0.7, *numbers(choice)[2:]]),
            "0.7 is no logprob",
        ),
        (lambda choice: lists(choice, top_logprobs=[None] + [{}] * 5), "no number for a token"),
        (best_spoilt, "likelier than the likeliest"),
        (not_greedy, "not the likeliest at temperature 0"),
        (by_chance, "all tokens have the same logprob"),
        (shifted, "when it is new and"),
    ],
)
def test_an_endpoint_that_lm_eval_would_misread_is_refused_with_the_reason(
    probe: Any, broken: Break, reason: str
) -> None:
    with serving(broken) as model, pytest.raises(probe.Unsupported) as refused:
        probe.require_logprobs(model)
    assert str(refused.value).startswith("the log-probabilities of tiny cannot be used: ")
    assert reason in str(refused.value)


def test_an_endpoint_that_is_not_there_is_refused(probe: Any) -> None:
    with serving(lambda choice: choice) as model:
        pass
    with pytest.raises(probe.Unsupported, match="cannot be used: URLError"):
        probe.require_logprobs(model)
