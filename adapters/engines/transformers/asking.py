"""The body of a request -> what is asked: messages and images, prompts, and how to answer.

Whatever this engine would have to ignore or to guess is refused, with the parameter's name.
"""

from __future__ import annotations

import math
import numbers
from typing import NamedTuple

from bench_images import RequestError, asked_of, decoded

ROLES = ("system", "developer", "user", "assistant")
# Each would change the answer; `n` and `best_of` are looked at apart.
NOT_HERE = (
    *("tools", "functions", "logit_bias", "suffix", "prompt_logprobs"),
    *("presence_penalty", "frequency_penalty", "min_tokens", "ignore_eos"),
    *("guided_json", "guided_regex", "guided_choice", "structured_outputs", "use_beam_search"),
)
MOST_TOP = 20  # top_logprobs of a token
MOST_STOPS = 64


class Wish(NamedTuple):
    """How to answer. A temperature of 0 is greedy; None leaves the model's own setting."""

    max_tokens: int
    temperature: float
    top_p: float
    top_k: int  # 0: all
    repetition_penalty: object  # None or a number
    seed: object  # None or an integer
    stop: tuple  # of texts, none of them empty


class Conversation(NamedTuple):
    """`messages`: {"role", "content"}, a content being a list of {"type": "text", "text"} and
    {"type": "image"}; the images stand in their order in `images`.
    """

    messages: list
    images: list


class Completion(NamedTuple):
    prompts: list  # each a text or a list of token ids
    echo: bool
    top: object  # None: no log-probabilities; else how many of the likeliest tokens


def wish(body, most_tokens):
    """RequestError for what cannot be done. `most_tokens`: where the request names no bound."""
    for name in NOT_HERE:
        if body.get(name):
            raise RequestError("unsupported_parameter", "%s: this engine has none" % name)
    for name in ("n", "best_of"):
        if body.get(name) not in (None, 1):
            raise RequestError("unsupported_parameter", "%s must be 1: one answer a request" % name)
    form = body.get("response_format")
    if form is not None and form != {"type": "text"}:
        raise RequestError("unsupported_parameter", "response_format: only text is made here")
    return Wish(
        max_tokens=_bound(body, most_tokens),
        temperature=_number(body, "temperature", 0.0, 2),
        top_p=_number(body, "top_p", 1.0, 1),
        top_k=_whole(body, "top_k", 0, -1),
        repetition_penalty=_number(body, "repetition_penalty", None, 10),
        seed=_whole(body, "seed", None, -(2**63)),
        stop=_stops(body.get("stop")),
    )


def conversation(body):
    """RequestError where a message is not what the API says, or has what cannot be read here."""
    if body.get("logprobs") or body.get("top_logprobs"):
        raise RequestError("unsupported_parameter", "logprobs: ask /v1/completions for them")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RequestError("invalid_body", "the body must have a list `messages`, not empty")
    found = Conversation([], [])
    for number, message in enumerate(messages, start=1):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ROLES:
            said = "message %d: role must be one of %s, not %r"
            raise RequestError("invalid_message", said % (number, ", ".join(ROLES), role))
        content = _parts(message, number, found.images)
        # The newer word, which the models' templates do not know.
        role = "system" if role == "developer" else role
        found.messages.append({"role": role, "content": content})
    return found


def _parts(message, number, images):
    content = message.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list) or not content:
        said = "message %d: content must be a text or a list of parts" % number
        raise RequestError("invalid_message", said)
    parts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            parts.append({"type": "text", "text": _sound(part["text"])})
        elif kind == "image_url":
            images.append(_picture(part, len(images) + 1))
            parts.append({"type": "image"})
        else:
            said = "message %d: cannot read a part of type %r" % (number, kind)
            raise RequestError("unsupported_content", said)
    return parts


def _picture(part, number):
    try:
        (content,), _ = asked_of({"messages": [{"role": "user", "content": [part]}]})
        return decoded(content)
    except RequestError as error:
        said = "image %d: %s" % (number, error)
        raise RequestError(error.code, said, error.status) from error


def completion(body):
    """The prompts of /v1/completions, and whether they are to be echoed with their numbers."""
    given = body.get("prompt")
    if isinstance(given, str) or _are_ids(given):
        given = [given]
    if not isinstance(given, list) or not given:
        said = "prompt must be a text, a list of token ids, or a list of either"
        raise RequestError("invalid_prompt", said)
    for prompt in given:
        if not isinstance(prompt, str) and not _are_ids(prompt):
            said = "a prompt must be a text or a list of token ids, not %.80r" % (prompt,)
            raise RequestError("invalid_prompt", said)
    echo = body.get("echo") or False
    if not isinstance(echo, bool):
        raise RequestError("invalid_parameter", "echo must be true or false")
    top = None
    if body.get("logprobs") is not None and body["logprobs"] is not False:
        top = 1 if body["logprobs"] is True else _whole(body, "logprobs", None, 0)
        if top > MOST_TOP:
            raise RequestError("invalid_parameter", "logprobs must be at most %d" % MOST_TOP)
    prompts = [_sound(prompt) if isinstance(prompt, str) else prompt for prompt in given]
    return Completion(prompts, echo, top)


def _are_ids(value):
    return isinstance(value, list) and bool(value) and all(type(one) is int for one in value)


def _bound(body, most_tokens):
    # max_completion_tokens is the newer word.
    for name in ("max_completion_tokens", "max_tokens"):
        if body.get(name) is not None:
            return _whole(body, name, None, 0)
    return most_tokens


def _whole(body, name, default, least):
    value = body.get(name)
    if value is None:
        return default
    if type(value) is not int or not least <= value < 2**63:
        raise RequestError(
            "invalid_parameter", "%s must be a whole number, %d or more" % (name, least)
        )
    return value


def _number(body, name, default, most):
    """A number up to `most`; of those here a temperature alone may be 0."""
    value = body.get(name)
    if value is None:
        return default
    sound = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not sound or not math.isfinite(value) or not 0 <= value <= most:
        raise RequestError("invalid_parameter", "%s must be a number from 0 to %g" % (name, most))
    if value == 0 and name != "temperature":
        raise RequestError("invalid_parameter", "%s must be above 0" % name)
    return float(value)


def _stops(value):
    stops = [value] if isinstance(value, str) else value or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise RequestError(
            "invalid_parameter", "stop must be a text or a list of texts, none empty"
        )
    if len(stops) > MOST_STOPS:
        raise RequestError("invalid_parameter", "stop: at most %d texts" % MOST_STOPS)
    return tuple(stops)


def _sound(text):
    """A tokenizer takes UTF-8 alone."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RequestError("invalid_text", "a message is no Unicode text: %s" % error) from error
    return text
