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
    shows it is not given out, so that harness and record agree.
    """
    answer, limit = stream.answer, endpoint.answer_limit_bytes
    failed = AttemptFailed("interrupted", "the stream ended without its end")
    try:
        async with asyncio.timeout(endpoint.timeout_s):
            visible, ended = b"", False
            while not visible and not ended:
                chunk = await stream.response.content.readany()
                ended = not chunk
                visible = stream.masked.rest() if ended else stream.masked.feed(chunk)
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
    if answer.complete:
        return None
    raise failed
