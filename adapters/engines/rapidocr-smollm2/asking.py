"""A chat request and the page's text -> the request to the language model."""

from __future__ import annotations

import json
import math

from bench_images import RequestError

# The page comes first: what the model has read of it serves the next question as well.
PAGE = "Text of the page:\n%s"
QUESTION = "\n\n%s"
NUMBERS = (
    *("temperature", "top_p", "top_k", "min_p", "seed"),
    *("presence_penalty", "frequency_penalty", "repeat_penalty"),
)
UNKNOWN_HERE = ("tools", "functions", "logprobs", "logit_bias")
FORMATS = ("text", "json_object", "json_schema")


def completion(body, page, question, most_tokens):
    """llama.cpp's chat request for the prompt about the page, and the messages that end with the
    page, which questions about it share; RequestError for what cannot be done.

    `most_tokens` bounds the answer where the request names no bound. Parameters that stand neither
    here nor in UNKNOWN_HERE are ignored.
    """
    for name in UNKNOWN_HERE:
        if body.get(name):
            raise RequestError("unsupported_parameter", "%s: this engine has none" % name)
    asked = {"temperature": 0.0, "max_tokens": _bound(body, most_tokens)}
    asked.update(
        (name, _number(name, body[name])) for name in NUMBERS if body.get(name) is not None
    )
    if body.get("stop") is not None:
        asked["stop"] = _stops(body["stop"])
    if body.get("response_format") is not None:
        asked["response_format"] = _format(body["response_format"])
    shown = PAGE % without_marks(page).strip()
    system = _system(body["messages"])
    asked["messages"] = [*system, _user(shown + QUESTION % question)]
    return asked, [*system, _user(shown)]


def without_marks(page):
    """A page on which the model's own marks are printed (<|im_end|>) must not end its turn."""
    return page.replace("<|", "< |")


def _user(text):
    return {"role": "user", "content": _sound(text)}


def _system(messages):
    """The system messages; what the user said is asked apart."""
    first = messages[:-1]
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if roles[-1] != "user" or set(roles[:-1]) - {"system", "developer"}:
        said = "system messages, then one user message: earlier turns are not read, not %s" % roles
        raise RequestError("unsupported_messages", said)
    return [{"role": "system", "content": _sound(_text(message))} for message in first]


def _text(message):
    content = message.get("content")
    if isinstance(content, str):
        return content
    texts = [
        part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        for part in (content if isinstance(content, list) else [None])
    ]
    if not all(isinstance(text, str) for text in texts):
        raise RequestError("unsupported_content", "a system message must be text")
    return "\n".join(texts)


def _sound(text):
    """llama.cpp takes UTF-8 alone."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RequestError("invalid_text", "a message is no Unicode text: %s" % error) from error
    return text


def _bound(body, most_tokens):
    # max_completion_tokens is the newer word.
    for name in ("max_completion_tokens", "max_tokens"):
        bound = body.get(name)
        if bound is None:
            continue
        if type(bound) is not int or not 1 <= bound < 2**31:
            raise RequestError("invalid_parameter", "%s must be an integer of at least 1" % name)
        return bound
    return most_tokens


def _number(name, value):
    if type(value) not in (int, float) or not math.isfinite(value):
        raise RequestError("invalid_parameter", "%s must be a number, not %r" % (name, value))
    return value


def _stops(value):
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise RequestError("invalid_parameter", "stop must be a text or a list of texts")
    return [_sound(stop) for stop in stops]


def _format(value):
    """As it came: llama.cpp takes what it cannot use for no format at all, so look here."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in FORMATS:
        said = "response_format must be an object with a type of %s" % ", ".join(FORMATS)
        raise RequestError("invalid_parameter", said)
    if kind == "json_schema":
        named = value.get("json_schema")
        if not isinstance(named, dict) or not isinstance(named.get("schema"), dict):
            said = "response_format.json_schema must be an object with an object `schema`"
            raise RequestError("invalid_parameter", said)
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except ValueError as error:
        said = "response_format cannot be read: %s" % error
        raise RequestError("invalid_parameter", said) from error
    return value
