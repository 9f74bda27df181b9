from __future__ import annotations

import asyncio
import http.client
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from bench.config import Requests, RunConfig
from bench.gateway.attempts import AttemptLog
from bench.gateway.journal import Journal
from bench.gateway.pace import Pace
from bench.gateway.record import RECORD_NAME
from bench.gateway.settings import Endpoint
from bench.plan import DEFAULT_REQUESTS
from tests.gateway.loopback import (
    RunningGateway,
    always,
    answer_body,
    endpoint,
    gateway,
    in_turn,
    question,
)

FINE = always(answer_body("42"))
STREAM_HEADERS = {"Content-Type": "text/event-stream"}
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "4"}}]}\n\n'


def at_once(asks: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=ask) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_beginnings_of_attempts_are_spaced_over_all_jobs_and_attempts(tmp_path: Path) -> None:
    begun: list[float] = []
    broken = always(b"{}", 500)
    answer = in_turn(broken, broken, FINE)

    async def script(request: web.Request) -> web.StreamResponse:
        begun.append(time.monotonic())
        return await answer(request)

    with (
        endpoint(script) as server,
        gateway(tmp_path, server.url, requests_per_minute=300, attempts=9) as proxy,
    ):
        at_once([partial(proxy.ask, question(), job=job) for job in ("job", "other/job")])
        at_once([partial(proxy.ask, b"", path="/models", method="GET")] * 4)
        rows = proxy.requests()
    # Four beginnings take 0.6 s; a busy machine sees the first late, or two of them together.
    assert sum(len(row.attempts) for row in rows) == 4  # whoever comes first may fail twice
    assert begun[3] - begun[0] > 0.4
    # Looking at the models takes no turn.
    assert begun[7] - begun[4] < 0.4
    # What was waited for a turn is queueing; retrying cost a pause of 10 ms.
    assert sum(row.queue_s for row in rows) > 0.5
    assert max(row.retry_s for row in rows) < 0.4
    assert max(row.latency_s or 9 for row in rows) < 0.4


@pytest.mark.parametrize(("status", "holds"), [(429, True), (503, True), (500, False)])
def test_retry_after_holds_back_the_whole_model(
    tmp_path: Path, status: int, *, holds: bool
) -> None:
    begun: list[float] = []
    busy = in_turn(always(b"{}", status, Retry_After="1"), FINE)

    async def script(request: web.Request) -> web.StreamResponse:
        begun.append(time.monotonic())
        return await busy(request)

    with endpoint(script) as server, gateway(tmp_path, server.url) as proxy:
        first = threading.Thread(target=proxy.ask, args=(question(),))
        first.start()
        time.sleep(0.3)
        assert proxy.ask(question(), job="other/job").status == 200
        first.join()
        rows = {row.job: row for row in proxy.requests()}
    held, retried = rows["other/job"], rows["job"]
    assert (begun[1] - begun[0] > 0.99) is holds
    assert (held.queue_s > 0.1) is holds  # of 0.7 s: a busy machine asks late
    assert 0.99 < retried.retry_s < 1.5
    assert retried.queue_s < 0.2
    assert max(row.latency_s or 9 for row in rows.values()) < 0.5


def test_the_last_failure_holds_back_the_model_too(tmp_path: Path) -> None:
    script = in_turn(always(b"{}", 429, Retry_After="7200"), FINE)
    with (
        endpoint(script) as server,
        gateway(tmp_path, server.url, attempts=1, retry_after_max_s=0.5) as proxy,
    ):
        assert proxy.ask(question()).status == 429
        started = time.monotonic()
        assert proxy.ask(question()).status == 200
        assert 0.4 < time.monotonic() - started < 2


def test_a_hold_is_prolonged_and_never_shortened() -> None:
    async def took() -> float:
        pace = Pace(None)
        pace.hold(0.1)
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0.05)
        pace.hold(0.15)
        pace.hold(0.0)
        await waiting
        return time.monotonic()

    started = time.monotonic()
    assert 0.19 < asyncio.run(took()) - started < 1


def test_a_turn_that_is_given_up_is_the_next_ones() -> None:
    async def took() -> float:
        pace = Pace(120)
        await pace.turn()
        given_up = [asyncio.create_task(pace.turn()) for _ in range(5)]
        await asyncio.sleep(0.01)
        for task in given_up:
            task.cancel()
        await pace.turn()
        return time.monotonic()

    started = time.monotonic()
    assert 0.49 < asyncio.run(took()) - started < 1


def test_times_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 2, 2, 3, 10, 14, 20, 21, 30, 35])
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    log = AttemptLog()
    with log.waiting("queue"):  # 0 to 2
        pass
    log.begin()  # 2
    log.end(None, {})  # 3
    with log.waiting("down"):  # 10 to 14
        pass
    with log.waiting("queue"):  # 20 to 21
        pass
    log.begin()  # 30
    log.end(200)  # 35
    assert (log.queue_s, log.down_s, log.retry_s) == (3, 4, 28 - 4 - 1)
    assert log.rows[-1]["latency_s"] == 5
    # 35 s in all: 3 in the queue, 4 down, 23 for retries, 5 for the answer.
    assert log.queue_s + log.down_s + log.retry_s + log.rows[-1]["latency_s"] == 35


def test_a_request_without_retries_spent_nothing_on_them(tmp_path: Path) -> None:
    script = in_turn(FINE, always(b"{}", 500), FINE)
    with endpoint(script) as server, gateway(tmp_path, server.url, backoff_s=0.0) as proxy:
        assert [proxy.ask(question()).status for _ in range(2)] == [200, 200]
        once, twice = proxy.requests()
    assert once.retry_s == 0.0
    assert once.down_s == 0.0
    assert twice.retry_s >= twice.attempts[0].latency_s > 0


def test_a_body_over_the_limit_is_413_and_on_record(tmp_path: Path) -> None:
    large = b'{"model": "tiny", "messages": [], "x": "' + b"x" * 2**20 + b'"}'
    with (
        endpoint(FINE) as server,
        gateway(tmp_path, server.url, body_limit_bytes=2**20) as proxy,
    ):
        declared = proxy.ask(large, headers={"X-Bench-Sample": "7"})
        chunked = post_in_chunks(proxy, large)
        assert proxy.ask(large, path="/files").status == 413
        assert proxy.ask(question()).status == 200
        rows = proxy.requests()
        assert len(server.seen) == 1
    assert (declared.status, declared.json["error"]["code"]) == (413, "too_large")
    assert chunked == 413
    for row in rows[:2]:
        assert (row.status, row.http_status, row.messages, row.parameters) == (
            "failed",
            None,
            None,
            {},
        )
        assert row.error is not None
        assert (row.error.kind, row.attempts) == ("too_large", [])
        assert row.error.message == f"the request's body is over {2**20} bytes"
    assert [row.sample for row in rows] == ["7", None, None]


def post_in_chunks(proxy: RunningGateway, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=15)
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
    connection.request("POST", "/jobs/job/v1/chat/completions", pieces, encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_whole_streams_time_counts_also_where_the_harness_does_not_read(tmp_path: Path) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers=STREAM_HEADERS)
        await reply.prepare(request)
        while True:
            await reply.write(EVENT * 1000)

    with (
        endpoint(endless) as server,
        gateway(tmp_path, server.url, stream_timeout_s=1.0, concurrency=1) as proxy,
    ):
        connection = proxy.send(question(stream=True))
        (row,) = proxy.recorded(1)
        connection.close()
        assert row.error is not None
        assert row.error.message == "the stream took over 1 s"
        assert 1.0 < (row.latency_s or 0) < 2
        server.script = FINE
        assert proxy.ask(question()).status == 200


def test_what_follows_done_is_not_waited_for(tmp_path: Path) -> None:
    async def chatty(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers=STREAM_HEADERS)
        await reply.prepare(request)
        await reply.write(EVENT + b"data: [DONE]\n\n")
        while True:
            await reply.write(b": still here\n\n")
            await asyncio.sleep(0.1)

    with endpoint(chatty) as server, gateway(tmp_path, server.url) as proxy:
        started = time.monotonic()
        said = proxy.ask(question(stream=True))
        assert time.monotonic() - started < 3
        assert b"[DONE]" in said.body
        assert proxy.one().status == "ok"


def test_an_answer_at_the_limit_passes_and_one_byte_more_does_not(tmp_path: Path) -> None:
    body = answer_body("x" * 1000)
    script = in_turn(always(body), always(body + b" "))
    with (
        endpoint(script) as server,
        gateway(tmp_path, server.url, answer_limit_bytes=len(body)) as proxy,
    ):
        assert [proxy.ask(question()).status for _ in range(2)] == [200, 502]
        row = proxy.requests()[1]
    assert row.error is not None
    assert (row.error.kind, len(row.attempts)) == ("too_large", 1)


def test_an_endless_line_costs_time_in_proportion(tmp_path: Path) -> None:
    """A stream of 32 MiB in one line of an event: its bytes are joined once, not at each chunk."""

    async def script(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers=STREAM_HEADERS)
        await reply.prepare(request)
        for _ in range(512):
            await reply.write(b"x" * 2**16)
        await reply.write(b"\n\n" + EVENT + b"data: [DONE]\n\n")
        return reply

    with endpoint(script) as server, gateway(tmp_path, server.url) as proxy:
        process = psutil.Process(proxy.process.pid)
        before = process.cpu_times().user
        assert len(proxy.ask(question(stream=True)).body) > 2**25
        assert process.cpu_times().user - before < 3
        assert proxy.one().text == "4"


def test_the_record_is_locked_for_one_gateway(tmp_path: Path) -> None:
    journal = Journal(tmp_path / RECORD_NAME)
    with pytest.raises(BlockingIOError):
        Journal(tmp_path / RECORD_NAME)
    journal.close()
    Journal(tmp_path / RECORD_NAME).close()


def test_configs_reach_the_endpoint() -> None:
    said = RunConfig.model_validate({"requests": {"stream_timeout_s": 9, "requests_per_minute": 3}})
    handed = (DEFAULT_REQUESTS.model_dump() | said.requests.model_dump(exclude_none=True)).items()
    model = Endpoint(base_url="http://x.invalid/v1", **{k: v for k, v in handed if v is not None})
    assert (model.stream_timeout_s, model.requests_per_minute, model.attempts) == (9.0, 3.0, 3)
    assert set(Requests.model_fields) < set(Endpoint.model_fields)
