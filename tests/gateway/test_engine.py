from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bench.gateway.record import RecordedRequest
from bench.gateway.settings import Endpoint
from tests.gateway.loopback import (
    RunningGateway,
    Said,
    always,
    answer_body,
    await_true,
    endpoint,
    gateway,
    question,
)

FINE = always(answer_body("42"))


@contextmanager
def nobody() -> Iterator[str]:
    """An address where nothing listens, kept from being taken by somebody else."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


class Asking(threading.Thread):
    """One question, asked while the test goes on."""

    def __init__(self, proxy: RunningGateway, **parameters: Any) -> None:
        super().__init__()
        self.proxy, self.parameters = proxy, parameters
        self.said: Said | None = None
        self.took_s = 0.0
        self.start()

    def run(self) -> None:
        started = time.monotonic()
        self.said = self.proxy.ask(question(**self.parameters))
        self.took_s = time.monotonic() - started

    def status(self) -> int:
        self.join(10)
        assert self.said is not None
        return self.said.status


def kinds(row: RecordedRequest) -> list[str | None]:
    return [attempt.error.kind if attempt.error else None for attempt in row.attempts]


@pytest.mark.parametrize("stream", [False, True])
def test_an_engine_that_is_started_again_elsewhere_costs_no_attempt(
    tmp_path: Path, *, stream: bool
) -> None:
    body = b'data: {"choices": [{"delta": {"content": "42"}}]}\n\ndata: [DONE]\n\n'
    script = always(body, Content_Type="text/event-stream") if stream else FINE
    with (
        nobody() as url,
        endpoint(script) as server,
        gateway(tmp_path, url, supervised=True, attempts=1) as proxy,
    ):
        asking = Asking(proxy, stream=stream)
        time.sleep(0.3)
        proxy.tell(state="starting")
        time.sleep(0.5)
        assert asking.is_alive()
        proxy.tell(state="up", base_url=server.url)
        assert asking.status() == 200
        row = proxy.one()
    assert (kinds(row), row.text) == (["connection", None], "42")
    assert 0.7 < row.down_s < asking.took_s
    assert row.latency_s is not None
    assert row.latency_s + row.retry_s + row.queue_s < 0.5


def test_a_request_that_comes_while_the_engine_is_starting_waits_for_it(tmp_path: Path) -> None:
    with (
        nobody() as url,
        endpoint(FINE) as server,
        gateway(tmp_path, url, supervised=True, state="starting") as proxy,
    ):
        askings = [Asking(proxy), Asking(proxy)]
        listing = threading.Thread(target=proxy.ask, args=(b"",), kwargs={"path": "/models"})
        listing.start()
        time.sleep(0.3)
        proxy.tell(state="up", base_url=server.url)
        assert [asking.status() for asking in askings] == [200, 200]
        listing.join()
        rows = proxy.requests()
        assert len(server.seen) == 3
    assert [kinds(row) for row in rows] == [[None], [None]]
    assert min(row.down_s for row in rows) > 0.2
    assert max(row.queue_s + row.retry_s + (row.latency_s or 9) for row in rows) < 0.2


def test_an_engine_that_is_gone_fails_everyone_at_once_and_says_why(tmp_path: Path) -> None:
    with nobody() as url, gateway(tmp_path, url, supervised=True, state="starting") as proxy:
        asking = Asking(proxy)
        time.sleep(0.2)
        proxy.tell(state="gone", why="killed by SIGKILL twice")
        assert asking.status() == 502
        late = Asking(proxy, stream=True)
        assert late.status() == 502
        assert late.took_s < 1
        rows = proxy.requests()
    assert late.said is not None
    assert late.said.headers["x-should-retry"] == "false"
    assert len(rows) == 2
    for row in rows:
        assert row.error is not None
        assert row.error.kind == "connection"
        assert row.error.message == "the engine has gone: killed by SIGKILL twice"
        assert row.attempts == []


def test_a_pause_between_attempts_ends_when_the_engine_has_gone(tmp_path: Path) -> None:
    busy = always(b"{}", 429, Retry_After="30")
    with endpoint(busy) as server, gateway(tmp_path, server.url, supervised=True) as proxy:
        asking = Asking(proxy)
        await_true(lambda: len(server.seen) == 1)
        time.sleep(0.1)
        proxy.tell(state="gone", why="it ended")
        assert asking.status() == 502
        assert asking.took_s < 5


def test_without_a_word_a_broken_connection_is_a_failed_attempt_after_a_while(
    tmp_path: Path,
) -> None:
    with nobody() as url, gateway(tmp_path, url, supervised=True, attempts=1) as proxy:
        asking = Asking(proxy)
        assert asking.status() == 502
        row = proxy.one()
    assert 2.9 < asking.took_s < 6
    assert 2.9 < row.down_s < asking.took_s
    assert kinds(row) == ["connection"]


@pytest.mark.thorough
def test_each_word_gives_one_further_attempt_and_no_more(tmp_path: Path) -> None:
    with (
        nobody() as url,
        nobody() as elsewhere,
        gateway(tmp_path, url, supervised=True, attempts=2) as proxy,
    ):
        asking = Asking(proxy)
        time.sleep(0.3)
        proxy.tell(base_url=elsewhere)
        assert asking.status() == 502
        row = proxy.one()
    assert kinds(row) == ["connection"] * 3
    assert 2 * 2.9 < asking.took_s < 12


def test_a_word_that_came_during_the_attempt_counts(tmp_path: Path) -> None:
    """The core may see the engine's end before the connection breaks."""
    cut = threading.Event()

    async def dying(request: web.Request) -> web.Response:
        await asyncio.to_thread(cut.wait, 10)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    with (
        endpoint(dying) as first,
        endpoint(FINE) as second,
        gateway(tmp_path, first.url, supervised=True, attempts=1) as proxy,
    ):
        asking = Asking(proxy)
        await_true(lambda: first.in_flight == 1)
        proxy.tell(state="starting")
        proxy.tell(state="up", base_url=second.url)
        assert proxy.ask(question(), job="other/job").status == 200
        cut.set()
        assert asking.status() == 200
        assert asking.took_s < 2


def test_settings_that_cannot_be_read_change_nothing(tmp_path: Path) -> None:
    with endpoint(FINE) as server, gateway(tmp_path, server.url, supervised=True) as proxy:
        (tmp_path / "gateway.json").write_text('{"models": ')
        proxy.process.send_signal(signal.SIGHUP)
        await_true(lambda: "nothing changes" in (tmp_path / "log.txt").read_text())
        assert proxy.ask(question()).status == 200


def test_what_is_said_again_is_no_news(tmp_path: Path) -> None:
    """Another model's engine was started again: this one's requests are not repeated for it."""
    with nobody() as url, gateway(tmp_path, url, supervised=True, attempts=1) as proxy:
        asking = Asking(proxy)
        time.sleep(0.3)
        proxy.tell()
        assert asking.status() == 502
        assert kinds(proxy.one()) == ["connection"]
    assert asking.took_s > 2.9


def test_a_stop_ends_those_that_wait_for_the_engine(tmp_path: Path) -> None:
    with nobody() as url, gateway(tmp_path, url, supervised=True, state="starting") as proxy:
        asking = Asking(proxy)
        time.sleep(0.3)
        proxy.process.terminate()
        assert asking.status() == 503
        assert proxy.process.wait(5) == 0
        row = proxy.one()
    assert row.error is not None
    assert (row.error.kind, row.error.message) == ("interrupted", "gateway stopped")
    assert row.down_s > 0.2


def test_an_endpoint_is_up_unless_somebody_says_otherwise() -> None:
    plain = Endpoint(base_url="http://127.0.0.1:9/v1")
    assert (plain.supervised, plain.state, plain.why) == (False, "up", "")
