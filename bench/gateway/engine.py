"""What the core says of one model's engine, and how requests wait for its next word."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from bench.gateway.settings import EngineState

# The core sees that its child ended within a fraction of a second; only then is a refused
# connection the engine's end and not a fault of this one attempt.
WORD_WITHIN_S: Final = 3.0


class EngineWord:
    """The last word on an engine; `number` counts the changes."""

    def __init__(self, state: EngineState, why: str, *, supervised: bool) -> None:
        self.state = state
        self.why = why
        self.number = 0
        self._supervised = supervised
        self._next = asyncio.Event()

    def say(self, state: EngineState, why: str) -> None:
        """A change, for all who wait; also where only the engine's address is new."""
        self.state, self.why = state, why
        self.number += 1
        self._next.set()
        self._next = asyncio.Event()

    async def known(self) -> EngineState:
        """Waits while the engine is starting; then it is up or gone."""
        while self.state == "starting":
            await self._next.wait()
        return self.state

    async def gone_within(self, seconds: float) -> bool:
        """A pause that ends early where the engine goes for good."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.state != "gone":
                    await self._next.wait()
        return self.state == "gone"

    async def changed_since(self, number: int) -> bool:
        """Whether there is news since word `number`, or some comes within WORD_WITHIN_S.

        Of an engine that nobody supervises no word is awaited.
        """
        if self._supervised:
            with suppress(TimeoutError):
                async with asyncio.timeout(WORD_WITHIN_S):
                    while self.number == number:
                        await self._next.wait()
        return self.number != number
