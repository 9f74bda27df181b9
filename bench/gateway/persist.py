"""One request, attempted until it has an answer or must be given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bench.gateway.attempts import AttemptFailed, AttemptLog, asked_pause, pause
from bench.gateway.upstream import Upstream

T = TypeVar("T")


async def persist(
    once: Callable[[], Awaitable[T]], upstream: Upstream, log: AttemptLog, *, spaced: bool = True
) -> T:
    """The first success; its attempt is left open in `log`, for a stream ends later.

    An attempt that failed because the engine went is not counted: it is made again once for each
    word of the core. Raises the last AttemptFailed.
    """
    endpoint, counted = upstream.endpoint, 0
    while True:
        word = await _admitted(upstream, log, spaced=spaced)
        log.begin()
        try:
            return await once()
        except AttemptFailed as failed:
            log.end(failed.http_status, {"kind": failed.kind, "message": failed.message})
            if failed.http_status in (429, 503):
                upstream.pace.hold(asked_pause(endpoint, failed.reply))
            if failed.kind == "connection":
                with log.waiting("down"):
                    if await upstream.engine.changed_since(word):
                        continue
            counted += 1
            if not failed.again or counted >= endpoint.attempts:
                raise
            await upstream.engine.gone_within(pause(endpoint, counted, failed.reply))


async def _admitted(upstream: Upstream, log: AttemptLog, *, spaced: bool) -> int:
    """Waits until an attempt may begin, and returns the number of the word that it heard."""
    engine = upstream.engine
    while True:
        if engine.state != "up":
            with log.waiting("down"):
                await engine.known()
        if engine.state == "gone":
            why = f": {engine.why}" if engine.why else ""
            raise AttemptFailed("connection", f"the engine has gone{why}", again=False)
        with log.waiting("queue"):
            await upstream.pace.turn(spaced=spaced)
        if engine.state == "up":
            return engine.number
