"""Attempts at one request: which are repeated, how long to pause, and what is noted of each."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from bench.gateway.record import FailureKind
from bench.gateway.settings import Endpoint

RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the endpoint said, its key masked, without hop-by-hop headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AttemptFailed(Exception):  # noqa: N818  (it reads as what happened)
    """No answer came. `reply` is what the endpoint said instead, where it said something."""

    def __init__(
        self, kind: FailureKind, message: str, *, reply: Reply | None = None, again: bool = True
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.reply = reply
        self.again = again

    @property
    def http_status(self) -> int | None:
        return self.reply.status if self.reply else None


@dataclass(slots=True)
class AttemptLog:
    """Rows as requests.jsonl has them. At most one attempt is open at a time."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    started: float = 0.0
    open: bool = False

    def begin(self) -> None:
        self.rows.append({"started_at": now()})
        self.started = time.perf_counter()
        self.open = True

    def end(self, http_status: int | None, error: dict[str, str] | None = None) -> None:
        if self.open:
            latency = round(time.perf_counter() - self.started, 6)
            self.rows[-1].update(latency_s=latency, http_status=http_status, error=error)
            self.open = False


async def persist(once: Callable[[], Awaitable[T]], endpoint: Endpoint, log: AttemptLog) -> T:
    """The first success; its attempt is left open in `log`, for a stream ends later.

    Raises the last AttemptFailed.
    """
    for number in range(1, endpoint.attempts + 1):
        log.begin()
        try:
            return await once()
        except AttemptFailed as failed:
            log.end(failed.http_status, {"kind": failed.kind, "message": failed.message})
            if not failed.again or number == endpoint.attempts:
                raise
            await asyncio.sleep(pause(endpoint, number, failed.reply))
    raise AssertionError("an endpoint has at least one attempt")


def pause(endpoint: Endpoint, number: int, reply: Reply | None) -> float:
    """Seconds after failed attempt `number` (from 1): full jitter, and at least Retry-After."""
    longest = min(endpoint.backoff_max_s, endpoint.backoff_s * 2.0 ** min(number - 1, 60))
    jittered = random.uniform(0.0, longest)  # noqa: S311  (no secret hangs on it)
    asked = retry_after(reply.headers.get("Retry-After")) if reply else 0.0
    return max(jittered, min(asked, endpoint.retry_after_max_s))


def retry_after(value: str | None) -> float:
    """Seconds that a Retry-After header asks for, given as seconds or as a date; 0 for none."""
    if value is None:
        return 0.0
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if when.tzinfo is None:  # "-0000": UTC, says the RFC
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
