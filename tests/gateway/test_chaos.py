"""Endpoints that break every rule: bounded in time and memory, on record, clear, and survived."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.gateway.record import RecordedRequest
from tests.gateway.loopback import RunningGateway, gateway, question
from tests.gateway.raw import (
    ANSWER,
    DONE,
    EVENT,
    EVENTS,
    Line,
    RawEndpoint,
    Talk,
    fine,
    fine_stream,
    keeping,
    raw_endpoint,
    reply,
    saying,
    saying_forever,
)

LIMIT_BYTES = 256 * 2**10
LIMIT_S = 4.0
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"%x\r\n%b\r\n" % (len(EVENT), EVENT)

Wild = tuple[RawEndpoint, RunningGateway]


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wild]:
    limits: dict[str, Any] = {
        "timeout_s": 0.5,
        "stream_timeout_s": 1.2,
        "retry_after_max_s": 0.3,
        "answer_limit_bytes": LIMIT_BYTES,
        "concurrency": 1,
    }
    folder = tmp_path_factory.mktemp("wild")
    with raw_endpoint(fine) as server, gateway(folder, server.url, attempts=1, **limits) as proxy:
        yield server, proxy


def asked(wild: Wild, talk: Talk, *, stream: bool) -> tuple[int | None, RecordedRequest]:
    """The status that the harness got, None where its reply was broken off, and the record.

    Whatever the endpoint does: it takes little time and memory, there is one line on record, and
    the next request is served by a connection that the last one did not spoil.
    """
    server, proxy = wild
    proxy = replace(proxy, before=len(proxy.requests()))
    process = psutil.Process(proxy.process.pid)
    memory, started = process.memory_info().rss, time.monotonic()
    server.talks = [talk, fine]
    status = None
    try:
        status = proxy.ask(question(stream=stream)).status
    except http.client.IncompleteRead:
        assert stream
    assert time.monotonic() - started < LIMIT_S
    assert process.memory_info().rss - memory < 24 * 2**20
    row = proxy.one()
    server.talks = [fine]
    assert proxy.ask(question()).body == ANSWER
    assert [row.status for row in proxy.requests()] == [row.status, "ok"]
    return status, row


@dataclass(frozen=True)
class Case:
    """What the endpoint does, and what becomes of it: `kind: words of the message`, or `ok`."""

    name: str
    talk: Talk
    whole: str
    stream: str


async def half_closed(line: Line) -> None:
    line.writer.write_eof()
    await line.reader.read()


async def reset_in_the_headers(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Ty", every_s=0.05)
    line.reset()


async def reset_in_the_stream(line: Line) -> None:
    head = reply(CHUNK, CHUNKED, content_type=EVENTS, length=None)
    await line.say(head, every_s=0.05)
    line.reset()


async def late_garbage(line: Line) -> None:
    head = reply(CHUNK, CHUNKED, content_type=EVENTS, length=None)
    await line.say(head, b"ZZZ\r\n", every_s=0.05)
    await line.reader.read()


async def eof_in_the_body(line: Line) -> None:
    await line.say(reply(ANSWER[:20], length=500))
    line.writer.write_eof()
    await line.reader.read()


async def drip(line: Line) -> None:
    await line.say(reply(content_type=EVENTS, length=None))
    await line.forever(b": ping\n\n", 0.2)


def chunks(*sizes_and_bytes: bytes, content_type: str = "application/json") -> Talk:
    head = reply(b"", CHUNKED, content_type=content_type, length=None)
    return saying(head, *sizes_and_bytes)


def zipped(content: bytes, name: str = "gzip") -> Talk:
    return saying(reply(content, f"Content-Encoding: {name}"))


def bomb() -> bytes:
    """1 GiB of zeros in 1 MiB, a block many times. Its checksum is wrong, and never read."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + block * 64 + packer.flush() + bytes(8)


BROKEN_OFF = "connection: "
PAGE = b"<html>Please log in</html>"
OVER = f"too_large: the answer is over {LIMIT_BYTES} bytes"
LATE = "timeout: no answer within 0.5 s"
UNREADABLE = "(connection|malformed): "
NO_STREAM = "malformed: asked for a stream, got"
FORGED = reply(ANSWER.replace(b"42", b"forged"), connection="keep-alive")

CASES = [
    # too slow
    Case("slow headers", saying_forever(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.1), LATE, LATE),
    Case("slow body", saying_forever(reply(length=9999), b" ", 0.1), LATE, LATE),
    Case("drip", drip, LATE, "timeout: the stream took over 1.2 s"),
    Case("silence", saying_forever(b"", b"", 0.1), LATE, LATE),
    Case(
        "a stream that stops",
        saying_forever(reply(EVENT, content_type=EVENTS, length=None), b"", 0.1),
        LATE,
        "timeout: no further chunk within 0.5 s",
    ),
    # broken connections
    Case("closed at once", saying(), "connection: Server", "connection: Server"),
    Case("write side shut at once", half_closed, "connection: Server", "connection: Server"),
    Case("closed in the headers", saying(b"HTTP/1.1 200 OK\r\nX: "), BROKEN_OFF, BROKEN_OFF),
    Case("closed in the body", eof_in_the_body, BROKEN_OFF, BROKEN_OFF),
    Case("reset in the headers", reset_in_the_headers, BROKEN_OFF, BROKEN_OFF),
    Case("reset in the stream", reset_in_the_stream, BROKEN_OFF, "interrupted: the stream broke"),
    # no answers
    Case("invalid JSON", saying(reply(b'{"choices": [')), "malformed: the answer is no", NO_STREAM),
    Case("invalid UTF-8", saying(reply(b'{"choices": "\xff"}')), "malformed: ", NO_STREAM),
    Case("a page", saying(reply(PAGE, content_type="text/html")), "malformed: .*<html>", NO_STREAM),
    Case(
        "a page called text", saying(reply(PAGE, content_type="text/plain")), "malformed", NO_STREAM
    ),
    Case(
        "an answer called text", saying(reply(ANSWER, content_type="text/plain")), "ok", NO_STREAM
    ),
    Case("an answer called events", saying(reply(ANSWER, content_type=EVENTS)), "ok", NO_STREAM),
    Case("an odd type", saying(reply(ANSWER, content_type=';;="')), "ok", NO_STREAM),
    Case("events unasked", fine_stream, "malformed: the answer is not JSON", "ok"),
    Case(
        "events called text",
        saying(reply(EVENT + DONE, content_type="text/plain", length=None)),
        "malformed: ",
        "ok",
    ),
    Case("a redirect", saying(reply(status="302 Found")), "http: HTTP 302", "http: HTTP 302"),
    Case("204", saying(reply(status="204 No", length=None)), "malformed: HTTP 204", NO_STREAM),
    Case("101", saying(reply(ANSWER, status="101 Up")), "malformed: HTTP 101", NO_STREAM),
    # too much
    Case(
        "endless body",
        saying_forever(reply(length=None), b" " * 65536),
        OVER,
        OVER,
    ),
    Case(
        "endless stream",
        saying_forever(reply(content_type=EVENTS, length=None), EVENT * 500),
        OVER,
        OVER,
    ),
    Case(
        "endless line",
        saying_forever(reply(b"data: ", content_type=EVENTS, length=None), b"x" * 65536),
        OVER,
        OVER,
    ),
    Case(
        "endless error",
        saying_forever(reply(status="500 No", length=None), b"x" * 65536),
        OVER,
        OVER,
    ),
    Case("endless headers", saying_forever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 99), "", ""),
    Case("a long header", saying_forever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), "", ""),
    Case("a long status line", saying_forever(b"HTTP/1.1 200 ", b"x" * 65536), "", ""),
    Case("over the limit, and says so", saying(reply(b" " * 2**20)), OVER, OVER),
    Case("over the limit, in chunks", chunks(b"100000\r\n" + b" " * 2**20), OVER, OVER),
    Case("zipped bomb", zipped(bomb()), OVER, OVER),
    Case("a length beyond numbers", saying(reply(ANSWER, length="9" * 40)), "", ""),
    # lengths and encodings that lie
    Case("too long a length", saying(reply(ANSWER, length=999)), BROKEN_OFF, BROKEN_OFF),
    Case("too short a length", saying(reply(ANSWER, length=10)), UNREADABLE, UNREADABLE),
    Case(
        "a reply behind the reply",
        keeping(reply(b'{"choices": 0}', connection="keep-alive") + FORGED),
        "malformed: the answer has no choices",
        NO_STREAM,
    ),
    Case("two lengths", saying(reply(ANSWER, "Content-Length: 7")), BROKEN_OFF, BROKEN_OFF),
    Case("a negative length", saying(reply(ANSWER, length="-5")), BROKEN_OFF, BROKEN_OFF),
    Case("a length in words", saying(reply(ANSWER, length="ten")), BROKEN_OFF, BROKEN_OFF),
    Case("zipped unasked", zipped(gzip.compress(ANSWER)), "ok", NO_STREAM),
    Case("called zipped", zipped(ANSWER), BROKEN_OFF, BROKEN_OFF),
    Case("zipped and cut", zipped(gzip.compress(ANSWER)[:40]), UNREADABLE, UNREADABLE),
    Case("an encoding unheard of", zipped(ANSWER, "rot13"), "ok", NO_STREAM),
    Case("garbage among chunks", late_garbage, "connection: .*chunk", "interrupted: .*chunk"),
    Case("a chunk of no size", chunks(b"ZZZ\r\nabc\r\n0\r\n\r\n"), BROKEN_OFF, BROKEN_OFF),
    Case("a chunk beyond numbers", chunks(b"F" * 20 + b"\r\nabc"), BROKEN_OFF, BROKEN_OFF),
    Case("no last chunk", chunks(b"5\r\n     \r\n"), BROKEN_OFF, BROKEN_OFF),
    # no HTTP
    Case("another protocol", saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), BROKEN_OFF, BROKEN_OFF),
    Case("TLS", saying(b"\x15\x03\x01\x00\x02\x02\x28" * 9), BROKEN_OFF, BROKEN_OFF),
    Case("a status in words", saying(b"HTTP/1.1 abc OK\r\n\r\n"), BROKEN_OFF, BROKEN_OFF),
    Case("HTTP 9.9", saying(b"HTTP/9.9 200 OK\r\n\r\n"), BROKEN_OFF, BROKEN_OFF),
    Case(
        "continue, then the answer",
        saying(b"HTTP/1.1 100 Go\r\n\r\n" * 3, reply(ANSWER)),
        "ok",
        NO_STREAM,
    ),
    Case(
        "hints, then the answer",
        saying(b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n", reply(ANSWER)),
        "ok",
        NO_STREAM,
    ),
    Case("continue for ever", saying_forever(b"", b"HTTP/1.1 100 Go\r\n\r\n", 0.01), LATE, LATE),
]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_bounded_and_clear(wild: Wild, case: Case, *, stream: bool) -> None:
    status, row = asked(wild, case.talk, stream=stream)
    expected = case.stream if stream else case.whole
    if expected == "ok":
        assert (status, row.status, row.text) == (200, "ok", "42"), row.error
        return
    assert row.error is not None
    assert re.match(expected or "connection: ", f"{row.error.kind}: {row.error.message}", re.DOTALL)
    assert row.error.message.strip()
    assert row.status == "failed"
    assert len(row.response or "") <= LIMIT_BYTES
    statuses = {"timeout": 504, "http": 302}
    assert status in (statuses.get(row.error.kind, 502), None)
    assert (status is None) <= stream


DATES = {
    "date": format_datetime(datetime.now(UTC) + timedelta(days=9), usegmt=True),
    "past": format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True),
    "zone beyond numbers": "Mon, 01 Jan 2024 00:00:00 +" + "9" * 30,
}


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("1", True),
        ("date", True),
        ("9" * 400, True),
        ("inf", True),
        ("-5", False),
        ("nan", False),
        ("soon", False),
        ("", False),
        ("past", False),
        ("zone beyond numbers", False),
    ],
)
def test_any_retry_after_holds_for_its_limit_at_most(wild: Wild, value: str, *, held: bool) -> None:
    server, proxy = wild
    proxy = replace(proxy, before=len(proxy.requests()))
    said = f"Retry-After: {DATES.get(value, value)}"
    server.talks = [saying(reply(b"{}", said, status="429 Slow")), fine]
    assert proxy.ask(question()).status == 429
    assert proxy.ask(question()).status == 200
    busy, after = proxy.requests()
    assert busy.error is not None
    assert busy.error.message.startswith("HTTP 429")
    assert (0.2 < after.queue_s < 1) is held
    assert (after.queue_s < 0.1) is not held


def test_what_was_told_of_an_endless_error_is_kept_in_part(wild: Wild) -> None:
    talk = saying_forever(reply(b"out of memory", status="500 No", length=None), b"x" * 65536)
    status, row = asked(wild, talk, stream=False)
    assert (status, row.http_status) == (502, 500)
    assert row.response is not None
    assert row.response.startswith("out of memory")
    assert len(row.response) <= 64 * 2**10


def test_a_model_list_without_end_is_bounded_too(wild: Wild) -> None:
    server, proxy = wild
    server.talks = [saying_forever(reply(length=None), b" " * 65536), fine]
    said = proxy.ask(b"", path="/models", method="GET")
    assert (said.status, said.json["error"]["code"]) == (502, "too_large")


def test_a_failure_is_repeated_and_then_answered(tmp_path: Path) -> None:
    chaos = [
        saying(),
        saying(reply(ANSWER, status="200 OK", length=999)),
        saying(b"SSH-2.0\r\n\r\n"),
        chunks(b"ZZ\r\n"),
        saying(reply(PAGE, content_type="text/html")),
        fine,
    ]
    with raw_endpoint(*chaos) as server, gateway(tmp_path, server.url, attempts=9) as proxy:
        assert proxy.ask(question()).body == ANSWER
        row = proxy.one()
        assert server.asked == 6
    assert [attempt.error.kind if attempt.error else None for attempt in row.attempts] == [
        *["connection"] * 4,
        "malformed",
        None,
    ]


def test_a_harness_may_wait_for_100_continue(wild: Wild) -> None:
    server, proxy = wild
    server.talks = [fine]
    body = b'{"model": "tiny", "messages": []}'
    head = (
        f"POST /jobs/job/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    )
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as line:
        line.sendall(head.encode() + b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 100")
        line.sendall(body)
        said = b"".join(iter(lambda: line.recv(4096), b""))
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(ANSWER)
