"""The rest of a stream, chunk by chunk, once its first has come."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp

from bench.gateway.answer import Malformed
from bench.gateway.attempts import AttemptFailed
from bench.gateway.settings import Endpoint
from bench.gateway.upstream import OpenStream, too_large

# After [DONE] nothing is owed: an endpoint that keeps the connection open is left.
AFTER_DONE_S: Final = 1.0


async def next_chunk(stream: OpenStream, endpoint: Endpoint) -> bytes | None:
    """The next bytes for the harness, fed to `stream.answer` before it sees them; None at the end.

    Raises AttemptFailed where the stream breaks before its answer is complete: the chunk that
    shows it is not given out, so that harness and record agree. Of one that breaks an answer which
    it has completed itself, the events up to there are.
    """
    answer, limit = stream.answer, endpoint.answer_limit_bytes
    given = answer.size
    if stream.over:
        return None
    failed = AttemptFailed("interrupted", "the stream ended without its end")
    visible = b""
    try:
        visible, ended = await _visible(stream, endpoint.timeout_s)
        if answer.done:
            return visible or None
        if answer.size + len(visible) <= limit:
            answer.feed(visible)
            if ended:
                answer.close()
            if not ended or answer.complete:
                return visible or None
        else:
            failed = too_large(limit, 200, answer.raw)
    except TimeoutError:
        failed = AttemptFailed("timeout", f"no further chunk within {endpoint.timeout_s:g} s")
    except Malformed as error:
        failed = AttemptFailed("malformed", str(error))
    except (aiohttp.ClientError, OSError) as error:
        said = " ".join(stream.masked.mask.text(str(error)).split())
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        failed = AttemptFailed("interrupted", f"the stream broke off: {reason}")
    if not answer.complete:
        raise failed
    stream.over = True
    return visible[: max(0, answer.whole - given)] or None


async def _visible(stream: OpenStream, timeout_s: float) -> tuple[bytes, bool]:
    """The next bytes that may be shown, and whether they are the last."""
    visible, ended = b"", False
    async with asyncio.timeout(timeout_s):
        while not visible and not ended:
            chunk = await stream.response.content.readany()
            ended = not chunk
            visible = stream.masked.rest() if ended else stream.masked.feed(chunk)
    return visible, ended
