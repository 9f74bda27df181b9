"""Requests as the gateway records them, at times that are known to the second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bench.gateway.record import Attempt, Failure, RecordedRequest

T0 = 1_700_000_000.0
REFUSED = Failure(kind="http", message="HTTP 500")


def iso(seconds: float) -> str:
    return dt.datetime.fromtimestamp(T0 + seconds, dt.UTC).isoformat(timespec="microseconds")


def made(
    start: float = 0.0,
    latency: float = 1.0,
    *,
    failed_before: Sequence[tuple[float, float]] = (),
    answered_from: float | None = None,
    tokens: tuple[int, int] | None = (10, 5),
    images: Sequence[str] = (),
    **keys: Any,
) -> RecordedRequest:
    """Asked at `start`, answered in `latency` by the attempt that began at `answered_from`.

    `failed_before`: (start, latency) of the attempts that failed. All in seconds.
    """
    queue = keys.get("queue_s", 0.0)
    failed = keys.get("status") == "failed"
    tries = [
        Attempt(started_at=iso(at), latency_s=took, http_status=500, error=REFUSED)
        for at, took in failed_before
    ]
    begun = answered_from
    if begun is None:
        begun = sum(failed_before[-1]) if failed_before else start + queue
    error = REFUSED if failed else None
    tries.append(Attempt(started_at=iso(begun), latency_s=latency, http_status=200, error=error))
    parts = [
        {"type": "image_url", "image_url": {"sha256": one, "media_type": "image/png", "bytes": 9}}
        for one in images
    ]
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]} if tokens else None
    values: dict[str, Any] = {
        "id": "r",
        "job": "j",
        "sample": "s",
        "model": "m",
        "served_model": "m",
        "path": "/chat/completions",
        "started_at": iso(start),
        "messages": [{"role": "user", "content": parts}],
        "parameters": {},
        "status": "ok",
        "http_status": 200,
        "error": error,
        "text": None if failed else "x",
        "finish_reason": "stop",
        "usage": None if failed else usage,
        "response": None,
        "attempts": tries,
        "queue_s": queue,
        "ttft_s": None,
        "latency_s": latency,
    }
    return RecordedRequest(**values | keys)
