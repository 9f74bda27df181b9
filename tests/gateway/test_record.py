from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.gateway.record import (
    RecordedRequest,
    Replay,
    SentImage,
    effective,
    identity,
    read_replays,
    read_requests,
)

ROW: dict[str, Any] = {
    "id": "1",
    "job": "job",
    "sample": None,
    "model": "model",
    "served_model": "tiny",
    "path": "/chat/completions",
    "started_at": "2026-01-01T00:00:00+00:00",
    "messages": [{"role": "user", "content": "What is the total?"}],
    "parameters": {"temperature": 0},
    "status": "ok",
    "http_status": 200,
    "error": None,
    "text": "42",
    "finish_reason": "stop",
    "usage": None,
    "response": "{}",
    "attempts": [],
    "queue_s": 0.0,
    "ttft_s": None,
    "latency_s": 1.0,
}


def row(**changed: Any) -> RecordedRequest:
    return RecordedRequest.model_validate(ROW | changed)


def image(sha256: str) -> dict[str, Any]:
    inner = {"sha256": sha256, "media_type": "image/png", "bytes": 7, "detail": "high"}
    return {"type": "image_url", "image_url": inner}


def asking(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


def test_a_line_of_before_there_were_sessions_is_of_the_first() -> None:
    old = row()
    assert (old.session, old.down_s, old.retry_s) == (1, 0.0, 0.0)


def test_the_order_of_keys_and_slashes_around_the_path_ask_nothing_else() -> None:
    one = identity("/chat/completions", "tiny", [{"a": 1, "b": 2}], {"seed": 1, "top_p": 1.0})
    same = identity("chat/completions/", "tiny", [{"b": 2, "a": 1}], {"top_p": 1.0, "seed": 1})
    assert one == same
    assert len(one) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/completions"},
        {"served_model": "other"},
        {"served_model": None},
        {"messages": None},
        {"messages": []},
        {"messages": [{"role": "user", "content": "What is the total? "}]},
        {"messages": [{"role": "system", "content": "What is the total?"}]},
        {"messages": [{"role": "user", "content": "What is the total?\ud800"}]},
        {"messages": ROW["messages"] * 2},
        {"parameters": {}},
        {"parameters": {"temperature": 0.5}},
        {"parameters": {"temperature": "0"}},
        {"parameters": {"temperature": 0, "stream": True}},
    ],
    ids=json.dumps,
)
def test_whatever_is_asked_otherwise_is_another_identity(changed: dict[str, Any]) -> None:
    assert row(**changed).identity != row().identity


@pytest.mark.parametrize(
    "changed", [{"id": "2"}, {"job": "other"}, {"sample": "7"}, {"session": 3}, {"text": "43"}]
)
def test_who_asked_and_what_came_of_it_are_no_part_of_the_identity(changed: dict[str, Any]) -> None:
    assert row(**changed).identity == row().identity


def test_the_order_of_images_is_a_part_of_what_is_asked() -> None:
    first, second = (row(messages=asking(image(a), image(b))) for a, b in ("ab", "ba"))
    assert first.identity != second.identity
    assert [one.sha256 for one in first.images] == ["a", "b"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), json_values, max_size=4)


@given(objects, st.lists(objects, max_size=3))
def test_an_identity_is_the_same_when_it_is_taken_from_the_record(
    parameters: dict[str, Any], messages: list[Any]
) -> None:
    asked = ("/chat/completions", "tiny", messages, parameters)
    recorded = json.loads(json.dumps([messages, parameters]))
    assert identity(*asked) == identity(asked[0], asked[1], *recorded)


def test_images_are_named_in_the_order_in_which_they_were_sent() -> None:
    text = {"type": "text", "text": "compare"}
    remote = {"type": "image_url", "image_url": {"url": "http://images.invalid/1.png"}}
    odd: list[Any] = [None, "image_url", {"type": 7}, {"type": "image_url", "image_url": "sha256"}]
    messages = [
        *asking(image("a"), text, remote, *odd, image("b"), image("a")),
        {"role": "assistant", "content": "no parts"},
        "no message",
        *asking(image("c")),
    ]
    sent = row(messages=messages).images
    assert [one.sha256 for one in sent] == ["a", "b", "a", "c"]
    assert sent[0] == SentImage(sha256="a", media_type="image/png", bytes=7)
    assert row(messages=None).images == ()


@pytest.mark.parametrize(
    ("usage", "ttft_s", "latency_s", "expected"),
    [
        ({"completion_tokens": 11}, 0.5, 1.5, 0.1),
        ({"completion_tokens": 2}, 0.5, 1.5, 1.0),
        ({"completion_tokens": 1}, 0.5, 1.5, None),
        ({"completion_tokens": 0}, 0.5, 1.5, None),
        ({"completion_tokens": True}, 0.5, 1.5, None),
        ({"completion_tokens": "11"}, 0.5, 1.5, None),
        ({"prompt_tokens": 11}, 0.5, 1.5, None),
        (None, 0.5, 1.5, None),
        ({"completion_tokens": 11}, None, 1.5, None),
        ({"completion_tokens": 11}, 0.5, None, None),
    ],
)
def test_time_per_output_token_is_known_or_none(
    usage: dict[str, Any] | None,
    ttft_s: float | None,
    latency_s: float | None,
    expected: float | None,
) -> None:
    assert row(usage=usage, ttft_s=ttft_s, latency_s=latency_s).tpot_s == expected


def test_tokens_are_counts_that_the_endpoint_gave() -> None:
    counted = row(usage={"prompt_tokens": 5, "completion_tokens": 0})
    assert (counted.prompt_tokens, counted.completion_tokens) == (5, 0)
    odd = row(usage={"prompt_tokens": 5.0, "completion_tokens": None})
    assert (odd.prompt_tokens, odd.completion_tokens) == (None, None)


def test_failures_count_only_in_the_last_session() -> None:
    failed = {"status": "failed", "error": {"kind": "timeout", "message": "late"}, "text": None}
    rows = [
        row(id="1"),
        row(id="2", **failed),
        row(id="3", session=2, **failed),
        row(id="4", session=2),
        row(id="5", session=3),
        row(id="6", session=3, **failed),
    ]
    assert [one.id for one in effective(rows)] == ["1", "4", "5", "6"]
    assert [one.id for one in effective(rows[:2])] == ["1", "2"]
    assert [one.id for one in effective(rows[:3])] == ["1", "3"]
    assert effective([]) == []


def test_replays_are_read_without_a_cut_last_line(tmp_path: Path) -> None:
    assert list(read_replays(tmp_path)) == []
    said = Replay(id="1", session=2, job="job", sample="é\u2028", at="2026-01-01T00:00:00+00:00")
    line = json.dumps(said.model_dump()).encode() + b"\n"
    (tmp_path / "replays.jsonl").write_bytes(line + line + line[:-1])
    assert list(read_replays(tmp_path)) == [said, said]


def test_requests_are_read_without_a_cut_last_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_requests(tmp_path))
    line = json.dumps(ROW).encode() + b"\n"
    (tmp_path / "requests.jsonl").write_bytes(line + line + line[:-1])
    assert list(read_requests(tmp_path)) == [row(), row()]
    (tmp_path / "requests.jsonl").write_bytes(line[:-9] + b"\n" + line)
    with pytest.raises(json.JSONDecodeError):
        list(read_requests(tmp_path))
