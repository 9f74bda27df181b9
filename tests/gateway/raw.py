"""An endpoint that is no HTTP server: after each request it says whatever bytes a test wants."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.gateway.loopback import answer_body


@dataclass(frozen=True)
class Line:
    """One connection of the gateway, after its request was read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *pieces: bytes, every_s: float = 0.0) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(every_s)

    async def forever(self, piece: bytes, every_s: float = 0.0) -> None:
        while True:
            await self.say(piece, every_s=every_s)

    def reset(self) -> None:
        connected = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Talk = Callable[[Line], Awaitable[None]]


@dataclass
class RawEndpoint:
    """`talks` are used up one a request; the last one stays."""

    talks: list[Talk]
    port: int = 0
    asked: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *([0-9]+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                self.asked += 1
                talk = self.talks.pop(0) if len(self.talks) > 1 else self.talks[0]
                await talk(Line(reader, writer))
                if talk not in KEEPING:
                    break
        writer.close()


@contextmanager
def raw_endpoint(*talks: Talk) -> Iterator[RawEndpoint]:
    served = RawEndpoint(list(talks))
    listening = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(served.converse, "127.0.0.1", 0)
        served.port = server.sockets[0].getsockname()[1]
        listening.set()
        await stop.wait()
        server.close()
        talking = asyncio.all_tasks() - {asyncio.current_task()}
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert listening.wait(10)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


KEEPING: list[Talk] = []


def reply(
    body: bytes = b"",
    *headers: str,
    status: str = "200 OK",
    content_type: str = "application/json",
    length: int | str | None = -1,
    connection: str = "close",
) -> bytes:
    """A reply's bytes; `length` None leaves Content-Length out, other values may lie."""
    said = len(body) if length == -1 else length
    lines = [f"HTTP/1.1 {status}", f"Connection: {connection}"]
    lines += [f"Content-Type: {content_type}", *headers]
    lines += [] if said is None else [f"Content-Length: {said}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


ANSWER = answer_body("42")
CHOICE = b'{"index": 0, "delta": {"content": "42"}, "finish_reason": null}'
EVENT = b'data: {"choices": [' + CHOICE + b"]}\n\n"
DONE = b"data: [DONE]\n\n"
EVENTS = "text/event-stream"


def saying(*pieces: bytes, every_s: float = 0.0) -> Talk:
    async def talk(line: Line) -> None:
        await line.say(*pieces, every_s=every_s)

    return talk


def saying_forever(first: bytes, then: bytes, every_s: float = 0.0) -> Talk:
    async def talk(line: Line) -> None:
        await line.say(first)
        await line.forever(then, every_s)

    return talk


def keeping(*pieces: bytes) -> Talk:
    """The connection is kept for a next request."""
    talk = saying(*pieces)
    KEEPING.append(talk)
    return talk


fine = saying(reply(ANSWER))
fine_stream = saying(reply(EVENT + DONE, content_type=EVENTS, length=None))
