"""requests.jsonl as the core reads it: every request of every job with its answer, or why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, InstanceOf

RECORD_NAME: Final = "requests.jsonl"
IMAGES_NAME: Final = "images"

FailureKind = Literal["connection", "timeout", "http", "malformed", "interrupted"]

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


class RecordedRequest(_Row):
    """One request of a harness. Times in seconds; `latency_s` is the last attempt's alone.

    `text` is the answer byte for byte; None where the request failed and, with `content_null`,
    where the model answered a null content. `response` is the endpoint's raw body; bytes that are
    no UTF-8 stand in it as lone surrogates (surrogateescape). In `messages` an image's data URL is
    replaced by its sha256, media type and size; the image lies in images/.
    """

    id: str
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
    ttft_s: float | None
    latency_s: float | None


def read_requests(folder: Path) -> Iterator[RecordedRequest]:
    """The requests in the order in which they ended; a last line that was cut is dropped.

    Raises FileNotFoundError where no gateway ever wrote, ValueError for a broken line elsewhere.
    """
    with (folder / RECORD_NAME).open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield RecordedRequest.model_validate(json.loads(line))
