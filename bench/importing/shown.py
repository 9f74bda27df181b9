"""What a harness wrote down beside an answer: what it asked, its counts and its times.

None of it was seen on the wire, so none of it goes into a gateway's record: a question and its
pictures stand in asked.jsonl, tokens and times in predictions.jsonl, as the harness says them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.importing.found import number
from bench.protocol import Asked, Prediction
from bench.schema import AnyText

_PICTURES = ("image", "image_url", "input_image")


class Shown(Asked):
    """`images`: paths as the file has them, or data URLs. `unshown`: pictures of which the file
    has a hash alone.
    """

    question: AnyText | None = None
    images: tuple[AnyText, ...] = ()
    unshown: int = 0


@dataclass(frozen=True)
class Conversation:
    text: str | None = None
    images: tuple[str, ...] = ()


def conversation(messages: Any) -> Conversation:
    """What was asked, of chat messages in OpenAI's form or EvalScope's: the answer that stands
    behind it left out. One user's message is its text; of several each has its role before it.
    """
    said = [one for one in _list(messages) if isinstance(one, Mapping)]
    while said and said[-1].get("role") == "assistant":
        said.pop()
    if not said:
        return Conversation()
    texts = [(str(one.get("role")), _text(one.get("content"))) for one in said]
    images = tuple(name for one in said for name in _images(one.get("content")))
    if len(texts) == 1 and texts[0][0] == "user":
        return Conversation(texts[0][1], images)
    return Conversation("\n\n".join(f"{role}:\n{text}" for role, text in texts), images)


def written_messages(text: str) -> Conversation:
    """A prompt as text; lm-eval writes chat messages as a text of JSON."""
    if text.startswith("[{"):
        try:
            found = conversation(json.loads(text))
        except (ValueError, RecursionError):
            found = Conversation()
        if found.text is not None:
            return found
    return Conversation(text)


def measured(answer: Prediction, **said: Any) -> Prediction:
    """`tokens`, `latency_s` and `finish_reason` where they are what their names say.

    A failed request has none: what a harness writes for it is no measurement of an answer.
    """
    if answer.status == "failed":
        return answer
    return answer.model_copy(
        update={
            "tokens": count(said.get("tokens")),
            "latency_s": seconds(said.get("latency_s")),
            "finish_reason": _word(said.get("finish_reason")),
        }
    )


def count(value: Any) -> int | None:
    """A count of tokens; 0 is what a harness writes where it was given none."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if whole else None


def seconds(value: Any) -> float | None:
    found = None if isinstance(value, str) else number(value)
    return found if found is not None and found > 0 else None


def measures_said(harness: str, answers: Sequence[Prediction]) -> Iterator[str]:
    """A note of whose counts and times the records have."""
    timed = sum(one.latency_s is not None for one in answers)
    counted = sum(one.tokens is not None for one in answers)
    if timed or counted:
        kinds = [f"times of {timed}"] * bool(timed) + [f"tokens of {counted}"] * bool(counted)
        yield f"{' and '.join(kinds)} answers are {harness}'s own: bench measured none of them"


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = [one for one in _list(content) if isinstance(one, Mapping)]
    return "\n".join(one["text"] for one in parts if isinstance(one.get("text"), str))


def _images(content: Any) -> Iterator[str]:
    for part in _list(content):
        if not isinstance(part, Mapping) or part.get("type") not in _PICTURES:
            continue
        named = part.get("image_url", part.get("image"))
        named = named.get("url") if isinstance(named, Mapping) else named
        if isinstance(named, str) and named:
            yield named


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
