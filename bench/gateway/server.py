"""The harness's side: finds the job behind a path, and passes on what is not recorded."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from bench.gateway.answer import Kind
from bench.gateway.attempts import AttemptFailed, AttemptLog, Reply
from bench.gateway.conversation import STOPPED, Conversation
from bench.gateway.exchange import UNREAD, Exchange, parse_asked
from bench.gateway.images import ImageStore
from bench.gateway.journal import Journal
from bench.gateway.persist import persist
from bench.gateway.replay import Replays
from bench.gateway.replies import error_reply, failure_reply, handed_on
from bench.gateway.settings import GatewaySettings
from bench.gateway.upstream import Call, Upstream

RECORDED: Final[Mapping[str, Kind]] = {"chat/completions": "chat", "completions": "completion"}
_TARGET = re.compile(r"/jobs/([^/?#]+)/v1(/[^?#]*)?(\?.*)?", re.DOTALL)


class Gateway:
    """Answers harnesses on one event loop; it knows every request in flight, for `stop`."""

    def __init__(
        self,
        settings: GatewaySettings,
        upstreams: Mapping[str, Upstream],
        journal: Journal,
        replays: Replays | None,
        images: ImageStore,
    ) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._journal = journal
        self._replays = replays
        self._images = images
        self._in_flight: set[asyncio.Task[object]] = set()
        self._stopping = False

    def application(self) -> web.Application:
        application = web.Application(client_max_size=self._settings.body_limit_bytes)
        application.router.add_route("*", "/{anything:.*}", self.answer)
        return application

    async def stop(self) -> None:
        """End every request in flight; each is recorded as failed."""
        self._stopping = True
        while self._in_flight:
            for task in self._in_flight:
                task.cancel()
            await asyncio.wait(self._in_flight)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        task = asyncio.current_task()
        if task is None or self._stopping:
            return error_reply(503, STOPPED, "interrupted")
        self._in_flight.add(task)
        try:
            return await self._routed(request)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return error_reply(503, STOPPED, "interrupted")
        finally:
            self._in_flight.discard(task)

    async def _routed(self, request: web.Request) -> web.StreamResponse:
        found = _TARGET.fullmatch(request.raw_path)
        if found is None:
            return error_reply(404, "no such path: ask /jobs/JOB/v1/…", "not_found")
        job, rest = unquote(found[1]), found[2] or ""
        if job not in self._settings.jobs:
            return error_reply(404, f"unknown job {job!r}", "unknown_job")
        # An endpoint may resolve dots: the key must not be carried above base_url.
        if any(unquote(segment) in (".", "..") for segment in rest.split("/")):
            return error_reply(404, "a path below /v1 has no dot segments", "not_found")
        upstream = self._upstreams[self._settings.jobs[job]]
        body = await self._body(request)
        call = Call(request.method, rest + (found[3] or ""), request.headers, body or b"")
        kind = RECORDED.get(rest.strip("/")) if request.method == "POST" else None
        if kind is None:
            too_large = self._too_large()
            return failure_reply(too_large) if body is None else await passed_on(upstream, call)
        sample = request.headers.get("X-Bench-Sample")
        exchange = Exchange(
            job=job,
            session=self._settings.session,
            sample=None if sample is None else unquote(sample),
            model=self._settings.jobs[job],
            path=rest,
            kind=kind,
            asked=UNREAD if body is None else parse_asked(body),
        )
        conversation = Conversation(
            request=request,
            call=call,
            exchange=exchange,
            upstream=upstream,
            journal=self._journal,
            replays=self._replays,
            stopping=lambda: self._stopping,
        )
        if body is None:
            return conversation.refused(self._too_large())
        return await conversation.run(self._images)

    async def _body(self, request: web.Request) -> bytes | None:
        """None where it is over the limit; the rest of it is not read."""
        if (request.content_length or 0) > self._settings.body_limit_bytes:
            return None
        try:
            return await request.read()
        except web.HTTPRequestEntityTooLarge:
            return None

    def _too_large(self) -> AttemptFailed:
        message = f"the request's body is over {self._settings.body_limit_bytes} bytes"
        return AttemptFailed("too_large", message, again=False)


async def passed_on(upstream: Upstream, call: Call) -> web.Response:
    async def once() -> Reply:
        return await upstream.whole(call)

    # A look at /models must not wait behind an hour of answers.
    free = call.method in ("GET", "HEAD", "OPTIONS")
    try:
        async with contextlib.nullcontext() if free else upstream.places:
            return handed_on(await persist(once, upstream, AttemptLog(), spaced=not free))
    except AttemptFailed as failed:
        return failure_reply(failed)
