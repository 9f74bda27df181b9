"""One request of a harness, from its arrival to its line in requests.jsonl."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from bench.gateway.answer import Answer, Kind
from bench.gateway.attempts import AttemptLog, now
from bench.gateway.images import ImageStore
from bench.gateway.record import FailureKind


@dataclass(frozen=True, slots=True)
class Asked:
    """The request's body, parsed once. All empty where it was no JSON object."""

    served_model: str | None
    messages: list[Any] | None
    parameters: dict[str, Any]

    @property
    def is_empty(self) -> bool:
        return self.served_model is None and self.messages is None and not self.parameters

    @property
    def streams(self) -> bool:
        return self.parameters.get("stream") is True


UNREAD: Final = Asked(None, None, {})


def parse_asked(body: bytes) -> Asked:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return UNREAD
    # A field of an odd type stays among the parameters: the endpoint judges it, nothing is lost.
    model, messages = fields.get("model"), fields.get("messages")
    served = fields.pop("model") if isinstance(model, str) else None
    listed = fields.pop("messages") if isinstance(messages, list) else None
    return Asked(served, listed, fields)


def without_images(asked: Asked, images: ImageStore) -> Asked:
    if asked.messages is None:
        return asked
    return Asked(asked.served_model, images.without_images(asked.messages), asked.parameters)


@dataclass(slots=True)
class Exchange:
    """What is known so far; `line` makes the record of it. Times in seconds."""

    job: str
    sample: str | None
    model: str
    path: str
    kind: Kind
    asked: Asked
    session: int
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: str = field(default_factory=now)
    attempts: AttemptLog = field(default_factory=AttemptLog)
    recorded: bool = False

    def answered(self, answer: Answer, raw: bytes, first_text_at: float | None = None) -> bytes:
        """Its line with the answer; closes the attempt."""
        started = self.attempts.started
        self.attempts.end(200)
        return self._line(
            status="ok",
            http_status=200,
            error=None,
            text=answer.text,
            content_null=answer.text is None,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
            response=raw.decode("utf-8", "surrogateescape"),
            ttft_s=None if first_text_at is None else round(first_text_at - started, 6),
        )

    def failed(
        self, kind: FailureKind, message: str, *, http_status: int | None, raw: bytes | None
    ) -> bytes:
        """Its line without an answer; closes the attempt where one is open."""
        error = {"kind": kind, "message": message}
        self.attempts.end(http_status, error)
        return self._line(
            status="failed",
            http_status=http_status,
            error=error,
            text=None,
            content_null=False,
            finish_reason=None,
            usage=None,
            response=None if raw is None else raw.decode("utf-8", "surrogateescape"),
            ttft_s=None,
        )

    def _line(self, **outcome: Any) -> bytes:
        attempts = self.attempts.rows
        row = {
            "id": self.id,
            "session": self.session,
            "job": self.job,
            "sample": self.sample,
            "model": self.model,
            "served_model": self.asked.served_model,
            "path": self.path,
            "started_at": self.started_at,
            "messages": self.asked.messages,
            "parameters": self.asked.parameters,
            **outcome,
            "attempts": attempts,
            "queue_s": round(self.attempts.queue_s, 6),
            "down_s": round(self.attempts.down_s, 6),
            "retry_s": round(self.attempts.retry_s, 6),
            "latency_s": attempts[-1]["latency_s"] if attempts else None,
        }
        # ASCII: a lone surrogate has no UTF-8 form.
        try:
            return json.dumps(row).encode("ascii") + b"\n"
        except RecursionError:  # nested so deep that it could just be read, and no deeper
            row |= {"messages": None, "parameters": {}, "usage": None}
            return json.dumps(row).encode("ascii") + b"\n"
