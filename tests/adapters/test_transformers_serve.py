"""The engine over HTTP says what the model says without it: text, images, log-probabilities."""

from __future__ import annotations

import http.client
import importlib.util
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.ocr_process import ROOT, Server, awaited, refusal, stopped
from tests.adapters.transformers_process import (
    COLOURS,
    asked,
    direct,
    launched,
    page,
    served,
    shown,
)
from tests.tiny_models import tiny_model

pytestmark = pytest.mark.harness
QUESTIONS = ("What is it?", "Кто это? 안녕")
PROMPTS = ("The capital of France is", "Ünïcode — 안녕", "x" * 700)


# Writes down every look-up and connection that the engine's process makes.
WATCH = """
import os, sys
seen = open(SEEN, "a", buffering=1)
print("watching", file=seen)
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        print(event, args[1:] if event == "socket.connect" else args, file=seen)
sys.addaudithook(hook)
"""


def user(question: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": question}]


@pytest.fixture(scope="session")
def python() -> Path:
    return build(find_adapter("engine", "transformers"), "cpu", print).python


def running(python: Path, folder: Path, shape: str, **arguments: Any) -> Iterator[Server]:
    server = served(python, folder, tiny_model(python, shape), **arguments)
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture(scope="module")
def llama(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Watched: its folder's seen.txt has each connection that it makes."""
    folder = tmp_path_factory.mktemp("llama")
    (folder / "watch").mkdir()
    script = WATCH.replace("SEEN", repr(str(folder / "seen.txt")))
    (folder / "watch/sitecustomize.py").write_text(script)
    weights = tiny_model(python, "llama")
    process = launched(python, folder, weights, {"threads": 1}, folder / "watch")
    try:
        yield awaited(process, folder)
    finally:
        process.kill()
        process.wait()


CHATS = [
    *(user(question) for question in QUESTIONS),
    [{"role": "system", "content": "Be brief."}, *user("Who?")],
    [*user("Hello"), {"role": "assistant", "content": "Hi."}, *user("Who?")],
]


@pytest.fixture(scope="module")
def known(python: Path) -> dict[str, Any]:
    """What the model says to CHATS and of PROMPTS without a server."""
    told = [{"messages": chat, "images": [], "max_tokens": 40} for chat in CHATS]
    return direct(python, tiny_model(python, "llama"), chats=told, prompts=PROMPTS)


def test_ready_names_versions_device_and_number_format(llama: Server) -> None:
    ready = json.loads((llama.folder / "ready.json").read_text())["versions"]
    assert {"transformers", "torch", "tokenizers"} < set(ready)
    assert (ready["device"], ready["dtype"]) == ("cpu", "float32")
    assert "weights" not in ready  # nothing was converted


def test_health_and_models(llama: Server) -> None:
    assert llama.send("GET", "/health").json == {"status": "ok"}
    (model,) = llama.send("GET", "/v1/models").json["data"]
    assert (model["id"], model["max_model_len"]) == ("tiny", 4096)


def test_a_chat_says_what_the_model_says(llama: Server, known: dict[str, Any]) -> None:
    for chat, one in zip(CHATS, known["chats"], strict=True):
        answer = asked(llama, "chat/completions", model="tiny", messages=chat, max_tokens=40)
        (choice,) = answer["choices"]
        assert choice["message"] == {"role": "assistant", "content": one["text"]}
        usage = answer["usage"]
        assert usage["prompt_tokens"] == one["prompt_tokens"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        ended = usage["completion_tokens"] < 40
        assert choice["finish_reason"] == ("stop" if ended else "length")
    assert len({one["text"] for one in known["chats"]}) == len(CHATS)


@pytest.mark.parametrize("shape", ["llava", "qwen2_5_vl"])
def test_images_are_answered_as_the_model_answers(python: Path, tmp_path: Path, shape: str) -> None:
    for colour in COLOURS:
        page(colour).save(tmp_path / f"{colour}.png")
    wanted = [[colour] for colour in COLOURS] + [["red", "blue"], ["blue", "red"], []]
    told = [
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image"} for _ in colours]
                    + [{"type": "text", "text": "What is it?"}],
                }
            ],
            "images": [str(tmp_path / f"{colour}.png") for colour in colours],
            "max_tokens": 24,
        }
        for colours in wanted
    ]
    expected = direct(python, tiny_model(python, shape), chats=told)["chats"]
    said = []
    for server in running(python, tmp_path / "engine", shape):
        for colours in wanted:
            content = [shown(colour) for colour in colours]
            content.append({"type": "text", "text": "What is it?"})
            messages = [{"role": "user", "content": content}]
            answer = asked(server, "chat/completions", messages=messages, max_tokens=24)
            text = answer["choices"][0]["message"]["content"]
            said.append({"text": text, "prompt_tokens": answer["usage"]["prompt_tokens"]})
        if shape == "llava":
            reply = server.say("A text with <image> in it")
            assert (reply.status, reply.error["code"]) == (400, "invalid_message")
    assert said == expected
    assert len({one["text"] for one in said}) == len(wanted)  # each page and order counts


@pytest.mark.slow
def test_pixels_bound_what_an_image_costs(python: Path, tmp_path: Path) -> None:
    # A token stands for 28 x 28 pixels; the page of 140 x 90 has 15 of them where it may.
    for server in running(python, tmp_path, "qwen2_5_vl", max_pixels=3136, min_pixels=784):
        costs = []
        for content in ([], [shown("red")]):
            parts = [*content, {"type": "text", "text": "x"}]
            messages = [{"role": "user", "content": parts}]
            answer = asked(server, "chat/completions", messages=messages, max_tokens=1)
            costs.append(answer["usage"]["prompt_tokens"])
        assert 1 <= costs[1] - costs[0] - 2 <= 4  # 2 marks stand around it
        assert stopped(server) == 0
        assert json.loads((tmp_path / "result.json").read_text())["status"] == "ok"


def test_a_stop_text_cuts_and_the_bound_is_said(llama: Server) -> None:
    def say(**more: Any) -> Any:
        return asked(llama, "chat/completions", messages=user(QUESTIONS[0]), **more)["choices"][0]

    whole = say(max_tokens=24)
    text = whole["message"]["content"]
    assert (len(text), whole["finish_reason"]) == (24, "length")
    stop = text[9:12]
    cut = say(max_tokens=24, stop=["\ufffdnever", stop])
    assert cut["message"]["content"] == text[: text.index(stop)]
    assert cut["finish_reason"] == "stop"
    assert say(max_tokens=5)["message"]["content"] == text[:5]


def test_a_stream_is_the_same_answer_in_pieces(llama: Server) -> None:
    body = {"messages": user(QUESTIONS[0]), "max_tokens": 24, "stop": ["no such text"]}
    whole = asked(llama, "chat/completions", **body)
    options = {"stream": True, "stream_options": {"include_usage": True}}
    reply = llama.send("POST", "/v1/chat/completions", json.dumps(body | options).encode())
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    *events, last = [line[6:] for line in reply.body.decode().split("\n\n") if line]
    assert last == "[DONE]"
    *chunks, usage = [json.loads(event) for event in events]
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])
    choices = [chunk["choices"][0] for chunk in chunks]
    pieces = [choice["delta"].get("content", "") for choice in choices]
    assert "".join(pieces) == whole["choices"][0]["message"]["content"]
    assert sum(map(bool, pieces)) > 10
    assert choices[0]["delta"] == {"role": "assistant"}
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["length"]


def test_sampling_is_by_seed(llama: Server) -> None:
    def say(seed: int) -> str:
        more = {"temperature": 1.5, "seed": seed, "max_tokens": 20}
        answer = asked(llama, "chat/completions", messages=user(QUESTIONS[0]), **more)
        text: str = answer["choices"][0]["message"]["content"]
        return text

    assert say(1) == say(1)
    assert len({say(seed) for seed in range(4)}) == 4


def test_what_is_asked_at_once_is_answered_as_what_is_asked_alone(llama: Server) -> None:
    def say(number: int) -> Any:
        body = {"messages": user(f"Question {number}"), "max_tokens": 16}
        return asked(llama, "chat/completions", **body)["choices"]

    alone = [say(number) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(say, range(6))) == alone


def scored(server: Server, prompt: Any, **more: Any) -> Any:
    body = {"prompt": prompt, "echo": True, "logprobs": 1, "max_tokens": 1, "temperature": 0}
    return asked(server, "completions", model="tiny", **(body | more))["choices"]


def test_logprobs_are_those_of_a_forward_pass(llama: Server, known: dict[str, Any]) -> None:
    for prompt, numbers in zip(PROMPTS, known["prompts"], strict=True):
        (choice,) = scored(llama, prompt)
        found = choice["logprobs"]
        length = len(prompt.encode()) + 1  # a token is a byte, and one is new
        assert {len(found[name]) for name in found} == {length}
        assert found["token_logprobs"][0] is found["top_logprobs"][0] is None
        assert found["token_logprobs"][1:-1] == pytest.approx(numbers, abs=1e-5)
        assert found["token_logprobs"][-1] == max(found["top_logprobs"][-1].values())
        assert choice["text"].startswith(prompt)


def test_echoed_tokens_say_where_they_stand(llama: Server) -> None:
    (choice,) = scored(llama, "Hi é", logprobs=3, max_tokens=4)
    found = choice["logprobs"]
    assert found["tokens"][:5] == ["H", "i", " ", "bytes:\\xc3", "bytes:\\xa9"]
    assert found["text_offset"][:4] == [0, 1, 2, 3]
    for token, number, tops in list(zip(*list(found.values())[:3], strict=True))[1:]:
        assert tops[token] == number
        assert len(tops) in (3, 4)
    (ids,) = scored(llama, list("Hi é".encode()), logprobs=3, max_tokens=4)
    assert ids == choice  # an id of this tokenizer is the byte


def test_many_prompts_and_none_new(llama: Server) -> None:
    pair = scored(llama, ["one", "another"], max_tokens=0)
    assert [choice["index"] for choice in pair] == [0, 1]
    assert [len(choice["logprobs"]["tokens"]) for choice in pair] == [3, 7]
    assert [choice["text"] for choice in pair] == ["one", "another"]
    alone = scored(llama, "another", max_tokens=0)[0]["logprobs"]
    assert pair[1]["logprobs"] == alone


def test_without_echo_only_what_is_new_has_numbers(llama: Server) -> None:
    body = {"prompt": "The capital", "logprobs": 1, "max_tokens": 6}
    (choice,) = asked(llama, "completions", **body)["choices"]
    found = choice["logprobs"]
    assert "".join(found["tokens"]) == choice["text"]
    assert len(found["token_logprobs"]) == 6
    assert all(number <= 0 for number in found["token_logprobs"])
    assert found["text_offset"][0] == 0
    (plain,) = asked(llama, "completions", prompt="The capital")["choices"]
    assert (len(plain["text"]), plain["logprobs"]) == (16, None)
    assert plain["text"].startswith(choice["text"])


def test_lm_eval_s_probe_accepts_its_numbers(llama: Server) -> None:
    path = ROOT / "adapters/harnesses/lm_eval/probe.py"
    spec = importlib.util.spec_from_file_location("probe", path)
    assert spec is not None
    assert spec.loader is not None
    probe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe)
    url = f"http://127.0.0.1:{llama.port}/v1"
    probe.require_logprobs({"served_id": "tiny", "base_url": url, "timeout_s": 60})


REFUSED: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "image": (
        "chat/completions",
        {"messages": [{"role": "user", "content": [shown("red")]}]},
        400,
        "no_images",
    ),
    "long": ("chat/completions", {"messages": user("x" * 4096)}, 400, "context_length_exceeded"),
    "long-prompt": (
        "completions",
        {"prompt": "x" * 4097, "max_tokens": 0, "echo": True},
        400,
        "context_length_exceeded",
    ),
    "none-new": (
        "chat/completions",
        {"messages": user("x"), "max_tokens": 0},
        400,
        "invalid_parameter",
    ),
    "no-echo": ("completions", {"prompt": "x", "max_tokens": 0}, 400, "invalid_parameter"),
    "ids": ("completions", {"prompt": [1, 999]}, 400, "invalid_prompt"),
    "no-tokens": ("completions", {"prompt": ""}, 400, "invalid_prompt"),
    "model": ("chat/completions", {"model": "b", "messages": user("x")}, 404, "model_not_found"),
    "logprobs": (
        "chat/completions",
        {"messages": user("x"), "logprobs": True},
        400,
        "unsupported_parameter",
    ),
    "list": ("completions", [], 400, "invalid_body"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_answered_is_refused(llama: Server, case: str) -> None:
    path, body, status, code = REFUSED[case]
    reply = llama.send("POST", f"/v1/{path}", json.dumps(body).encode())
    assert (reply.status, reply.error["code"]) == (status, code)


def test_other_refusals(llama: Server) -> None:
    assert llama.send("POST", "/v1/chat/completions", b"{").error["code"] == "invalid_json"
    assert llama.send("GET", "/v1/embeddings").status == 404


def test_an_answer_ends_where_the_context_does(llama: Server) -> None:
    body = {"messages": user("x" * 4060), "max_tokens": 500}
    answer = asked(llama, "chat/completions", **body)
    assert answer["usage"]["total_tokens"] <= 4096
    assert answer["choices"][0]["finish_reason"] in ("length", "stop")


def test_who_hangs_up_is_worked_for_no_longer(llama: Server) -> None:
    engine = psutil.Process(llama.process.pid)

    def used() -> float:
        times = engine.cpu_times()
        return times.user + times.system

    def first_piece_of(body: dict[str, Any]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", llama.port, timeout=120)
        connection.request("POST", "/v1/chat/completions", json.dumps(body | {"stream": True}))
        assert connection.getresponse().readline().startswith(b"data: ")
        connection.close()

    body = {"messages": user(QUESTIONS[0]), "max_tokens": 1000}
    before = used()
    assert asked(llama, "chat/completions", **body)["usage"]["completion_tokens"] == 1000
    whole = used() - before
    before = used()
    first_piece_of(body)
    asked(llama, "chat/completions", messages=user("x"), max_tokens=1)
    assert used() - before < whole / 2


def test_no_connection_was_made(llama: Server) -> None:
    asked(llama, "chat/completions", messages=user("x"), max_tokens=2)
    seen = (llama.folder / "seen.txt").read_text().splitlines()
    assert seen[0] == "watching"
    assert [line for line in seen[1:] if "127.0.0.1" not in line] == []


START: dict[str, tuple[dict[str, Any], str]] = {
    "argument": ({"dtype": "int3"}, "dtype must be one of"),
    "pixels": ({"max_pixels": 9999}, "max_pixels: this model takes no images"),
}


@pytest.mark.parametrize("case", START)
def test_what_cannot_be_started_is_said(python: Path, tmp_path: Path, case: str) -> None:
    arguments, says = START[case]
    process = launched(python, tmp_path, tiny_model(python, "llama"), arguments)
    assert says in refusal(process, tmp_path)["message"]


@pytest.mark.slow
def test_a_model_s_own_python_runs_only_where_it_is_asked_for(python: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(tiny_model(python, "llama"), weights)
    config = json.loads((weights / "config.json").read_text())
    config |= {"model_type": "its_own", "auto_map": {"AutoConfig": "own.Config"}}
    (weights / "config.json").write_text(json.dumps(config))
    (weights / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    error = refusal(launched(python, tmp_path / "engine", weights, {}), tmp_path / "engine")
    assert "set trust_remote_code: true" in error["message"]
    assert not (tmp_path / "ran").exists()


def test_a_folder_without_a_model_is_said(python: Path, tmp_path: Path) -> None:
    error = refusal(launched(python, tmp_path / "a", tmp_path, {}), tmp_path / "a")
    assert "holds no config.json" in error["message"]
    error = refusal(launched(python, tmp_path / "b", None, {}), tmp_path / "b")
    assert "no weights" in error["message"]
