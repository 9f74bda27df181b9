"""When the next attempt at one model may begin: not too many a minute, none while it is held."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Spaces the beginnings of attempts evenly; first come, first served."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._held_until = 0.0
        self._turn = asyncio.Lock()

    def hold(self, seconds: float) -> None:
        """No attempt begins before so many seconds are over; a shorter hold changes nothing."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    async def turn(self, *, spaced: bool = True) -> None:
        """Returns when an attempt may begin. One that is not `spaced` takes no turn."""
        if not spaced or not self._gap:
            await self._free(0.0)
            return
        async with self._turn:
            await self._free(self._next)
            self._next = time.monotonic() + self._gap

    async def _free(self, earliest: float) -> None:
        # Looked at again after each wait: the model may have been held meanwhile.
        while (wait := max(earliest, self._held_until) - time.monotonic()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait)
