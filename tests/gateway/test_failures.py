from __future__ import annotations

import asyncio
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from bench.gateway.attempts import pause, retry_after
from bench.gateway.record import RecordedRequest
from bench.gateway.settings import Endpoint
from tests.gateway.loopback import (
    Pair,
    always,
    answer_body,
    answering,
    endpoint,
    gateway,
    in_turn,
    question,
)

FINE = always(answer_body("42"))
BROKEN = always(b'{"error": {"message": "out of memory"}}', 500)


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


def kinds(row: RecordedRequest) -> list[str | None]:
    return [None if attempt.error is None else attempt.error.kind for attempt in row.attempts]


def test_a_refused_connection_is_502_and_recorded(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with gateway(tmp_path, url, attempts=2) as proxy:
            said = proxy.ask(question())
            row = proxy.one()
    assert (said.status, said.json["error"]["code"]) == (502, "connection")
    assert said.headers["x-should-retry"] == "false"
    assert (row.status, row.http_status, row.text) == ("failed", None, None)
    assert kinds(row) == ["connection", "connection"]


@pytest.mark.parametrize("attempts", [1, 3])
def test_every_third_request_is_500(tmp_path: Path, attempts: int) -> None:
    script = in_turn(*[FINE, FINE, BROKEN] * 12)
    with endpoint(script) as server, gateway(tmp_path, server.url, attempts=attempts) as proxy:
        statuses = [proxy.ask(question()).status for _ in range(12)]
        rows = proxy.requests()
        sent = len(server.seen)
    assert sent == sum(len(row.attempts) for row in rows)
    if attempts == 1:
        assert sent == 12
        assert statuses == [200, 200, 500] * 4
        assert [row.status for row in rows] == ["ok", "ok", "failed"] * 4
        assert rows[2].error is not None
        assert "out of memory" in rows[2].error.message
        assert (rows[2].http_status, rows[2].error.kind) == (500, "http")
    else:
        assert sent == 17
        assert statuses == [200] * 12
        assert sorted(len(row.attempts) for row in rows) == [1] * 7 + [2] * 5


def test_the_endpoints_own_error_reaches_the_harness_and_400_is_not_repeated(
    pair: Pair,
) -> None:
    body = b'{"error": {"message": "too long", "code": "context_length_exceeded"}}'
    with answering(pair, always(body, 400)) as (server, proxy):
        said = proxy.ask(question())
        row = proxy.one()
        assert (said.status, said.body, len(server.seen)) == (400, body, 1)
    assert (row.status, row.http_status, row.response) == ("failed", 400, body.decode())


def test_retry_after_is_honoured_and_the_pause_is_not_latency(pair: Pair) -> None:
    script = in_turn(always(b"{}", 429, Retry_After="1"), FINE)
    with answering(pair, script) as (_server, proxy):
        started = time.monotonic()
        assert proxy.ask(question()).status == 200
        assert 1.0 <= time.monotonic() - started < 3
        row = proxy.one()
    assert [attempt.http_status for attempt in row.attempts] == [429, 200]
    assert row.latency_s is not None
    assert row.latency_s < 0.5


def test_a_retry_after_over_the_limit_waits_no_longer_than_the_limit(tmp_path: Path) -> None:
    script = in_turn(always(b"{}", 503, Retry_After="3600"), FINE)
    with (
        endpoint(script) as server,
        gateway(tmp_path, server.url, retry_after_max_s=0.2) as proxy,
    ):
        started = time.monotonic()
        assert proxy.ask(question()).status == 200
        assert 0.2 <= time.monotonic() - started < 3


def test_retry_after_is_seconds_or_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=20)
    assert retry_after("7") == 7
    assert 18 < retry_after(format_datetime(later, usegmt=True)) <= 20
    assert [retry_after(value) for value in (None, "soon", "-3", "nan", "")] == [0] * 5


def test_the_pause_doubles_up_to_its_limit_with_full_jitter() -> None:
    patient = Endpoint(base_url="http://x.invalid/v1", backoff_s=1.0, backoff_max_s=4.0)
    longest = [max(pause(patient, number, None) for _ in range(400)) for number in (1, 2, 3, 9)]
    for seen, limit in zip(longest, (1, 2, 4, 4), strict=True):
        assert 0.9 * limit < seen <= limit
    assert min(pause(patient, 9, None) for _ in range(400)) < 0.4


def test_a_hang_is_504_after_the_time_out(tmp_path: Path) -> None:
    with (
        endpoint(hang) as server,
        gateway(tmp_path, server.url, timeout_s=0.5, attempts=2) as proxy,
    ):
        started = time.monotonic()
        said = proxy.ask(question())
        assert 1.0 <= time.monotonic() - started < 4
        row = proxy.one()
    assert (said.status, said.json["error"]["code"]) == (504, "timeout")
    assert kinds(row) == ["timeout", "timeout"]
    assert all(0.5 <= attempt.latency_s < 2 for attempt in row.attempts)


def test_200_without_an_answer_is_502_for_the_harness_too(tmp_path: Path) -> None:
    bodies = [
        b"",
        b"<html>ok</html>",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"role": "assistant"}}]}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b'{"error": {"message": "busy"}}',
        b"[" * 100_000,
    ]
    script = in_turn(*[always(body) for body in bodies for _ in range(2)])
    with endpoint(script) as server, gateway(tmp_path, server.url, attempts=2) as proxy:
        replies = [proxy.ask(question()) for _ in bodies]
        rows = proxy.requests()
        assert len(server.seen) == 2 * len(bodies)
    for body, said, row in zip(bodies, replies, rows, strict=True):
        assert (said.status, said.json["error"]["code"]) == (502, "malformed")
        assert (row.status, row.http_status, row.response) == ("failed", 200, body.decode())
        assert kinds(row) == ["malformed", "malformed"]


def test_a_body_cut_in_the_middle_is_a_connection_failure(pair: Pair) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Length": "1000"})
        await reply.prepare(request)
        await reply.write(b'{"choices": [')
        assert request.transport is not None
        request.transport.close()
        return reply

    with answering(pair, in_turn(cut, FINE)) as (_server, proxy):
        assert proxy.ask(question()).status == 200
        assert kinds(proxy.one()) == ["connection", None]


def test_the_limit_of_places_holds_over_all_jobs(tmp_path: Path) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.1)
        return web.Response(body=answer_body("42"))

    with endpoint(slow) as server, gateway(tmp_path, server.url, concurrency=3) as proxy:
        askers = [
            threading.Thread(target=proxy.ask, args=(question(),), kwargs={"job": job})
            for job in ("job", "other/job") * 6
        ]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        rows = proxy.requests()
        assert server.most_in_flight == 3
    assert len(rows) == 12
    assert max(row.queue_s for row in rows) > 0.25
    assert max(row.latency_s or 0 for row in rows) < 0.25
