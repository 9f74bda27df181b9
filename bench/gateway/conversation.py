"""One recorded request: asked of the endpoint, written down, and only then answered to the end."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bench.gateway.answer import Answer, Malformed, read_answer
from bench.gateway.attempts import AttemptFailed, Reply
from bench.gateway.exchange import Exchange, without_images
from bench.gateway.images import ImageStore
from bench.gateway.journal import Journal
from bench.gateway.persist import persist
from bench.gateway.record import FailureKind
from bench.gateway.replay import Replays
from bench.gateway.replies import error_reply, failure_reply, handed_on
from bench.gateway.streaming import AFTER_DONE_S, next_chunk
from bench.gateway.upstream import KEPT_BYTES, Call, OpenStream, Upstream, malformed

STOPPED: Final = "gateway stopped"
BIG_BODY: Final = 256 * 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    request: web.Request
    call: Call
    exchange: Exchange
    upstream: Upstream
    journal: Journal
    replays: Replays | None
    stopping: Callable[[], bool]

    async def run(self, images: ImageStore) -> web.StreamResponse:
        """Exactly one line is recorded, whatever happens; harness and record agree.

        A replayed answer has its line already.
        """
        try:
            await self._store_images(images)
            exchange = self.exchange
            if self.replays and (replayed := self.replays.reply(exchange, self.upstream.mask)):
                return replayed
            with exchange.attempts.waiting("queue"):
                await self.upstream.places.acquire()
            try:
                return await (self._streamed() if self.exchange.asked.streams else self._whole())
            finally:
                self.upstream.places.release()
        except AttemptFailed as failed:
            return self.refused(failed)
        except (asyncio.CancelledError, ConnectionError):
            self._fail("interrupted", self._who_ended())
            raise
        except Exception as error:  # noqa: BLE001  (a bug here must not leave a request unrecorded)
            traceback.print_exc(file=sys.stderr)
            reason = f"the gateway failed: {type(error).__name__}: {error}"
            self._fail("interrupted", reason)
            return error_reply(500, reason, "interrupted")

    def refused(self, failed: AttemptFailed) -> web.Response:
        """Its line as a failure, and what the harness gets."""
        self._fail(failed.kind, failed.message, failed.reply)
        return failure_reply(failed)

    async def _store_images(self, images: ImageStore) -> None:
        exchange = self.exchange
        if len(self.call.body) <= BIG_BODY:
            exchange.asked = without_images(exchange.asked, images)
            return
        storing = asyncio.ensure_future(asyncio.to_thread(without_images, exchange.asked, images))
        try:
            exchange.asked = await asyncio.shield(storing)
        except asyncio.CancelledError:
            # Milliseconds, and the record of a cancelled request holds no image either.
            exchange.asked = await storing
            raise

    async def _whole(self) -> web.Response:
        async def once() -> tuple[Reply, Answer]:
            reply = await self.upstream.whole(self.call)
            if reply.status != 200:
                raise malformed(f"HTTP {reply.status} where 200 was expected", reply)
            try:
                return reply, read_answer(reply.body, self.exchange.kind)
            except Malformed as error:
                raise malformed(str(error), reply) from None

        reply, answer = await persist(once, self.upstream, self.exchange.attempts)
        self._write(self.exchange.answered(answer, reply.body))
        return handed_on(reply)

    async def _streamed(self) -> web.StreamResponse:
        async def once() -> OpenStream:
            return await self.upstream.opened(self.call, self.exchange.kind)

        stream = await persist(once, self.upstream, self.exchange.attempts)
        out = web.StreamResponse(headers=stream.headers)
        try:
            await out.prepare(self.request)
            await self._forward(stream, out)
        except AttemptFailed as failed:
            self._cut(stream, failed.kind, failed.message)
        except (asyncio.CancelledError, ConnectionError):
            if stream.answer.complete:
                self._succeed(stream)
            self._cut(stream, "interrupted", self._who_ended())
        finally:
            stream.response.close()
        return out

    async def _forward(self, stream: OpenStream, out: web.StreamResponse) -> None:
        """To the stream's end; its whole time counts, also where the harness does not read."""
        endpoint = self.upstream.endpoint
        left = endpoint.stream_timeout_s - (time.perf_counter() - self.exchange.attempts.started)
        chunk: bytes | None = stream.first
        try:
            async with asyncio.timeout(left) as limit:
                while chunk is not None:
                    # A harness may end at [DONE]: the record stands before it can see it.
                    if stream.answer.done and not self.exchange.recorded:
                        self._succeed(stream)
                        limit.reschedule(asyncio.get_running_loop().time() + AFTER_DONE_S)
                    await out.write(chunk)
                    chunk = await next_chunk(stream, endpoint)
        except TimeoutError:
            if not stream.answer.complete:
                message = f"the stream took over {endpoint.stream_timeout_s:g} s"
                raise AttemptFailed("timeout", message) from None
        self._succeed(stream)

    def _succeed(self, stream: OpenStream) -> None:
        if not self.exchange.recorded:
            answer = stream.answer
            self._write(self.exchange.answered(answer.answer(), answer.raw, answer.first_text_at))

    def _cut(self, stream: OpenStream, kind: FailureKind, message: str) -> None:
        """The reply has begun: only a connection closed before its end can say that it failed."""
        raw = stream.answer.raw
        self._fail(kind, message, Reply(200, {}, raw[:KEPT_BYTES] if kind == "too_large" else raw))
        if self.request.transport is not None:
            self.request.transport.close()

    def _who_ended(self) -> str:
        return STOPPED if self.stopping() else "the harness closed the connection"

    def _fail(self, kind: FailureKind, message: str, reply: Reply | None = None) -> None:
        if not self.exchange.recorded:
            status, raw = (reply.status, reply.body) if reply else (None, None)
            self._write(self.exchange.failed(kind, message, http_status=status, raw=raw))

    def _write(self, line: bytes) -> None:
        self.journal.append(self.upstream.mask(line))
        self.exchange.recorded = True
