"""Attempts at one request: how long to pause between them, and what is noted of each."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from bench.gateway.record import FailureKind
from bench.gateway.settings import Endpoint

RETRIED_STATUSES: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


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
    """Rows as requests.jsonl has them, and the times around them, in seconds that do not overlap.

    `queue_s`: for a place and a turn. `down_s`: for the engine to be there. `retry_s`: the rest of
    what passed between the beginnings of the first attempt and of the last. At most one attempt is
    open at a time.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    started: float = 0.0
    open: bool = False
    queue_s: float = 0.0
    down_s: float = 0.0
    retry_s: float = 0.0
    _origin: float = 0.0

    @contextmanager
    def waiting(self, reason: Literal["queue", "down"]) -> Iterator[None]:
        since = time.perf_counter()
        try:
            yield
        finally:
            passed = time.perf_counter() - since
            if reason == "queue":
                self.queue_s += passed
            else:
                self.down_s += passed

    def begin(self) -> None:
        self.started = time.perf_counter()
        unwaited = self.started - self.queue_s - self.down_s
        if not self.rows:
            self._origin = unwaited
        self.retry_s = unwaited - self._origin
        self.rows.append({"started_at": now()})
        self.open = True

    def end(self, http_status: int | None, error: dict[str, str] | None = None) -> None:
        if self.open:
            latency = round(time.perf_counter() - self.started, 6)
            self.rows[-1].update(latency_s=latency, http_status=http_status, error=error)
            self.open = False


def pause(endpoint: Endpoint, number: int, reply: Reply | None) -> float:
    """Seconds after failed attempt `number` (from 1): full jitter, and at least Retry-After."""
    longest = min(endpoint.backoff_max_s, endpoint.backoff_s * 2.0 ** min(number - 1, 60))
    jittered = random.uniform(0.0, longest)  # noqa: S311  (no secret hangs on it)
    return max(jittered, asked_pause(endpoint, reply))


def asked_pause(endpoint: Endpoint, reply: Reply | None) -> float:
    """Seconds of the reply's Retry-After, bounded by the endpoint's retry_after_max_s."""
    asked = retry_after(reply.headers.get("Retry-After")) if reply else 0.0
    return min(asked, endpoint.retry_after_max_s)


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
    except (ValueError, OverflowError):
        return 0.0
    if when.tzinfo is None:  # "-0000": UTC, says the RFC
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
