"""requests.jsonl as the core reads it: every request of every job with its answer, or why not.

The file only grows. A run that is resumed begins a further session: what has an answer on record is
replayed from it, which adds a line to replays.jsonl alone; the rest is asked and recorded anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf

from bench import jsonl

RECORD_NAME: Final = "requests.jsonl"
REPLAYS_NAME: Final = "replays.jsonl"
IMAGES_NAME: Final = "images"

FailureKind = Literal["connection", "timeout", "http", "malformed", "interrupted", "too_large"]

# A model may answer a lone surrogate, which pydantic's own check of a str refuses.
AnyText = InstanceOf[str]
AnyObject = InstanceOf[dict[str, Any]]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Failure(_Row):
    kind: FailureKind
    message: AnyText


class Attempt(_Row):
    """One try at the endpoint; latency in seconds, from sending to the last byte."""

    started_at: str
    latency_s: float
    http_status: int | None
    error: Failure | None


class SentImage(_Row):
    """An image as it went over the wire: sha256 of its bytes, as which it lies in images/."""

    sha256: str
    media_type: AnyText
    bytes: int


class RecordedRequest(_Row):
    """One request of a harness. Times in seconds; `latency_s` is the last attempt's alone.

    `queue_s` was spent waiting for a place and a turn, `down_s` for an engine to be there again,
    `retry_s` on failed attempts and the pauses after them. No second is counted twice.

    `text` is the answer byte for byte; None where the request failed and, with `content_null`,
    where the model answered a null content. `response` is the endpoint's raw body; bytes that are
    no UTF-8 stand in it as lone surrogates (surrogateescape). In `messages` an image's data URL is
    replaced by its sha256, media type and size; the image lies in images/.
    """

    id: str
    session: int = 1
    job: AnyText
    sample: AnyText | None
    model: AnyText
    served_model: AnyText | None
    path: AnyText
    started_at: str
    messages: list[Any] | None
    parameters: AnyObject
    status: Literal["ok", "failed"]
    http_status: int | None
    error: Failure | None
    text: AnyText | None
    content_null: bool = False
    finish_reason: AnyText | None
    usage: AnyObject | None
    response: AnyText | None
    attempts: list[Attempt]
    queue_s: float
    down_s: float = 0.0
    retry_s: float = 0.0
    ttft_s: float | None
    latency_s: float | None

    @property
    def identity(self) -> str:
        return identity(self.path, self.served_model, self.messages, self.parameters)

    @property
    def images(self) -> tuple[SentImage, ...]:
        """In the order in which they were sent; one that is sent twice stands twice."""
        return tuple(
            SentImage.model_validate(inner)
            for message in self.messages or ()
            for inner in _images(message)
        )

    @property
    def completion_tokens(self) -> int | None:
        return self._tokens("completion_tokens")

    @property
    def prompt_tokens(self) -> int | None:
        return self._tokens("prompt_tokens")

    @property
    def tpot_s(self) -> float | None:
        """Time per output token after the first; None unless the answer was streamed, and counted.

        (latency - TTFT) / (completion tokens - 1), as vLLM's and EvalScope's benchmarks have it.
        """
        count = self.completion_tokens
        if self.ttft_s is None or self.latency_s is None or count is None or count < 2:
            return None
        return (self.latency_s - self.ttft_s) / (count - 1)

    def _tokens(self, name: str) -> int | None:
        count = (self.usage or {}).get(name)
        return count if isinstance(count, int) and not isinstance(count, bool) else None


def _images(message: Any) -> Iterator[dict[str, Any]]:
    parts = message.get("content") if isinstance(message, dict) else None
    for part in parts if isinstance(parts, list) else ():
        kind = part.get("type") if isinstance(part, dict) else None
        inner = part.get(kind) if isinstance(kind, str) else None
        if isinstance(inner, dict) and {"sha256", "media_type", "bytes"} <= inner.keys():
            yield inner


def identity(
    path: str, served_model: str | None, messages: list[Any] | None, parameters: dict[str, Any]
) -> str:
    """sha256 of what was asked: equal for two requests that ask the same, images by their hash."""
    asked = [path.strip("/"), served_model, messages, parameters]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode("ascii")).hexdigest()


class Replay(_Row):
    """A request of a resumed run that got the answer of request `id`: no model was asked."""

    id: str
    session: int
    job: AnyText
    sample: AnyText | None
    at: str


def effective(requests: Sequence[RecordedRequest]) -> list[RecordedRequest]:
    """One job's requests without the failures that a later session has asked again."""
    last = max((one.session for one in requests), default=1)
    return [one for one in requests if one.status == "ok" or one.session == last]


def read_replays(folder: Path) -> Iterator[Replay]:
    """What resumed sessions answered from the record; none where no session was resumed."""
    path = folder / REPLAYS_NAME
    if path.exists():
        yield from map(Replay.model_validate, jsonl.read(path))


def read_requests(folder: Path) -> Iterator[RecordedRequest]:
    """The requests in the order in which they ended; a last line that was cut is dropped.

    Raises FileNotFoundError where no gateway ever wrote, ValueError for a broken line elsewhere.
    """
    yield from map(RecordedRequest.model_validate, jsonl.read(folder / RECORD_NAME))
