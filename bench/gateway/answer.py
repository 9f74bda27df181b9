"""What counts as an answer of an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["chat", "completion"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is None for a null content. `usage` is the endpoint's own object."""

    text: str | None
    finish_reason: str | None
    usage: dict[str, Any] | None


class Malformed(Exception):  # noqa: N818  (it reads as what the answer is)
    """HTTP 200, yet not an answer; the message says why."""


def read_answer(body: bytes, kind: Kind) -> Answer:
    """The first choice of a whole body. Raises Malformed."""
    reply = parsed(body)
    choice = first_choice(reply)
    if choice is None:
        raise Malformed(f"the answer has no choices: {excerpt(body)}")
    if kind == "completion":
        text = choice.get("text")
        if not isinstance(text, str):
            raise Malformed(f"choices[0].text is no string: {excerpt(body)}")
    else:
        message = choice.get("message")
        if not isinstance(message, dict) or "content" not in message:
            raise Malformed(f"choices[0].message has no content: {excerpt(body)}")
        text = message["content"]
        if not isinstance(text, str | None):
            raise Malformed(f"choices[0].message.content is no string: {excerpt(body)}")
    return Answer(text, _word(choice.get("finish_reason")), _object(reply.get("usage")))


def parsed(body: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the answer is not JSON ({error}): {excerpt(body)}") from None
    if not isinstance(reply, dict):
        raise Malformed(f"the answer is no JSON object: {excerpt(body)}")
    return reply


def first_choice(reply: dict[str, Any]) -> dict[str, Any] | None:
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    return choices[0]


def excerpt(body: bytes, limit: int = 200) -> str:
    said = body[:limit].decode("utf-8", "backslashreplace")
    return said + "…" if len(body) > limit else said or "(empty body)"


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
