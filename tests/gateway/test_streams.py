from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import web

from bench.gateway.answer import Malformed
from bench.gateway.sse import StreamedAnswer
from tests.gateway.loopback import (
    Pair,
    Script,
    always,
    answer_body,
    answering,
    endpoint,
    gateway,
    in_turn,
    question,
)


def event(text: str | None, finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def stream(chunks: Sequence[bytes], *, then_cut: bool = False) -> Script:
    async def script(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        for chunk in chunks:
            await reply.write(chunk)
            await asyncio.sleep(0.01)
        if then_cut and request.transport is not None:
            request.transport.close()
        return reply

    return script


def test_a_stream_arrives_unchanged_and_is_recorded_whole(pair: Pair) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    last = b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"
    sent = (
        event("") + event("4\u2028") + b": ping\r\n\r\n" + event("2\ud800 🧾", "stop") + last + DONE
    )
    chunks = [sent[at : at + 37] for at in range(0, len(sent), 37)]
    with answering(pair, stream(chunks)) as (_server, proxy):
        said = proxy.ask(question(stream=True))
        row = proxy.one()
    assert said.body == sent
    assert said.headers["Content-Type"] == "text/event-stream"
    assert (row.status, row.text, row.finish_reason) == ("ok", "4\u20282\ud800 🧾", "stop")
    assert row.usage == usage
    assert row.response == sent.decode()
    assert row.ttft_s is not None
    assert row.latency_s is not None
    assert 0 < row.ttft_s < row.latency_s


def test_chunks_come_while_the_endpoint_still_holds_the_rest(pair: Pair) -> None:
    release = threading.Event()

    async def script(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        await reply.write(event("first"))
        await asyncio.to_thread(release.wait, 10)
        await reply.write(event(" last", "stop") + DONE)
        return reply

    with answering(pair, script) as (_server, proxy):
        connection = proxy.send(question(stream=True))
        response = connection.getresponse()
        assert response.read1() == event("first")
        assert proxy.requests() == []
        release.set()
        assert response.read() == event(" last", "stop") + DONE
        connection.close()
        assert proxy.one().text == "first last"


def test_the_record_stands_before_the_harness_sees_the_end(pair: Pair) -> None:
    async def script(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        await reply.write(event("42", "stop") + DONE)
        await asyncio.sleep(5)
        return reply

    with answering(pair, script) as (_server, proxy):
        connection = proxy.send(question(stream=True))
        assert connection.getresponse().read1() == event("42", "stop") + DONE
        assert proxy.one().status == "ok"
        connection.close()


def test_a_stream_without_its_end_is_failed_on_both_sides(pair: Pair) -> None:
    script = in_turn(stream([event("4")], then_cut=True), stream([event("4")]))
    with answering(pair, script) as (server, proxy):
        for _ in range(2):
            with pytest.raises(http.client.IncompleteRead):
                proxy.ask(question(stream=True))
        rows = proxy.requests()
        assert len(server.seen) == 2
    for row in rows:
        assert (row.status, row.text, row.http_status) == ("failed", None, 200)
        assert row.error is not None
        assert row.error.kind == "interrupted"
        assert row.response == event("4").decode()


def test_an_error_inside_a_stream_is_failed_even_with_done(pair: Pair) -> None:
    script = stream([event("4"), b'data: {"error": {"message": "died"}}\n\n' + DONE])
    with answering(pair, script) as (_server, proxy):
        with pytest.raises(http.client.IncompleteRead):
            proxy.ask(question(stream=True))
        row = proxy.one()
    assert row.status == "failed"
    assert row.error is not None
    assert "died" in row.error.message


@pytest.mark.parametrize("broken", [b'data: {"error": {"message": "late"}}\n\n', b"data: {\n\n"])
@pytest.mark.parametrize("earlier", [event("a"), event("a") + b"data: {"])
def test_what_breaks_after_the_end_of_an_answer_takes_nothing_from_it(
    pair: Pair, earlier: bytes, broken: bytes
) -> None:
    end = event("b", "stop")
    if earlier.endswith(b"data: {"):
        end = end.removeprefix(b"data: {")
    with answering(pair, stream([earlier, end + broken + DONE])) as (_server, proxy):
        said = proxy.ask(question(stream=True))
        row = proxy.one()
    assert said.body == earlier + end
    assert (row.status, row.text, row.finish_reason) == ("ok", "ab", "stop")


def test_a_gap_over_the_time_out_is_failed(tmp_path: Path) -> None:
    async def script(request: web.Request) -> web.StreamResponse:
        reply = await stream([event("4")] * 20)(request)
        await asyncio.sleep(30)
        return reply

    with endpoint(script) as server, gateway(tmp_path, server.url, timeout_s=0.5) as proxy:
        with pytest.raises(http.client.IncompleteRead):
            proxy.ask(question(stream=True))
        row = proxy.one()
    assert row.error is not None
    assert row.error.kind == "timeout"


def test_a_stream_is_repeated_while_nothing_was_sent(tmp_path: Path) -> None:
    script = in_turn(
        always(b"{}", 503),
        always(answer_body("no stream")),
        stream([], then_cut=True),
        stream([b'data: {"error": {"message": "busy"}}\n\n']),
        stream([DONE]),
        stream([event("42", "stop"), DONE]),
        stream([]),
    )
    with endpoint(script) as server, gateway(tmp_path, server.url, attempts=6) as proxy:
        assert proxy.ask(question(stream=True)).body == event("42", "stop") + DONE
        assert proxy.ask(question(stream=True)).status == 502
        fine, never = proxy.requests()
        assert len(server.seen) == 12
    errors = [attempt.error and attempt.error.kind for attempt in fine.attempts]
    assert errors == ["http", "malformed", "connection", "malformed", "malformed", None]
    assert (fine.status, never.status) == ("ok", "failed")


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_events_are_read_in_any_cut_and_with_any_newline(size: int, newline: bytes) -> None:
    raw = (event("a") + b"event: x\ndata:" + event("b\nc", "stop")[6:] + b"data: [DONE]").replace(
        b"\n", newline
    )
    answer = StreamedAnswer("chat")
    for at in range(0, len(raw), size):
        answer.feed(raw[at : at + size])
    answer.close()
    assert answer.done
    assert answer.complete
    assert answer.answer().text == "ab\nc"
    assert answer.raw == raw


def test_only_the_first_choice_is_the_answer() -> None:
    answer = StreamedAnswer("completion")
    answer.feed(b'data: {"choices": [{"index": 1, "text": "no"}, {"index": 0, "text": "yes"}]}\n\n')
    assert not answer.complete
    answer.feed(b'data: {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}\n\n')
    assert answer.complete
    assert answer.answer().text == "yes"
    with pytest.raises(Malformed):
        answer.feed(b"data: {broken\n\n")
