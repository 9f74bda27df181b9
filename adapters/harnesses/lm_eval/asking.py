"""Requests of lm-eval's own benchmarks to the gateway. Standard library only."""

import base64
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

from bench_protocol import media_type

PICTURE = "<image>"  # where lm-eval's tasks say that an image stands
STOPS = 4  # the API takes no more of them; lm-eval's own clients send the first four as well


def request_of(asked):
    """lm-eval's words for one generation -> the request's; (parameters, number of stops left out).

    As its own clients: 256 tokens and temperature 0 where a task names neither.
    """
    left = dict(asked)
    left.pop("do_sample", None)
    stops = left.pop("until", None) or []
    stops = [stops] if isinstance(stops, str) else list(stops)
    found = [
        left.pop(name, None)
        for name in ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
    ]
    body = {"max_tokens": next((one for one in found if one is not None), 256), "temperature": 0}
    if stops:
        body["stop"] = stops[:STOPS]
    # An answer is read whole: it is handed to lm-eval at once.
    for name in ("stream", "stream_options"):
        left.pop(name, None)
    return dict(body, **left), max(0, len(stops) - STOPS)


def with_images(messages, images):
    """The messages with `images`, whole files, where the texts say so; else before the last text.

    Each image goes into the first place that is left.
    """
    if not images:
        return messages
    places = sum(one["content"].count(PICTURE) for one in messages)
    left, built = list(images), []
    for number, message in enumerate(messages):
        if places == len(images):
            parts = _interleaved(message["content"], left)
        elif number == len(messages) - 1:
            parts = [_picture(one) for one in left] + [_text(message["content"])]
        else:
            parts = [_text(message["content"])]
        plain = len(parts) == 1 and parts[0]["type"] == "text"
        built.append(dict(message, content=parts[0]["text"] if plain else parts))
    return built


def _interleaved(text, left):
    parts = []
    for number, piece in enumerate(text.split(PICTURE)):
        if number:
            parts.append(_picture(left.pop(0)))
        if piece:
            parts.append(_text(piece))
    return parts or [_text("")]


def _text(text):
    return {"type": "text", "text": text}


def _picture(content):
    coded = base64.b64encode(content).decode("ascii")
    url = "data:%s;base64,%s" % (media_type(content), coded)
    return {"type": "image_url", "image_url": {"url": url}}


def post(model, sample, path, body):
    """(the answer's first choice, None) or (None, why there is none). Nothing is repeated here."""
    request = urllib.request.Request(  # noqa: S310  (the core's own loopback address)
        model["base_url"] + path,
        data=json.dumps(dict(body, model=model["served_id"])).encode("ascii"),
        headers={
            "Content-Type": "application/json",
            "X-Bench-Sample": urllib.parse.quote(sample, safe=""),
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=model["timeout_s"]) as response:
            return json.loads(response.read())["choices"][0], None
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode("utf-8", "replace")
        return None, "HTTP %d: %s" % (error.code, said)
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        return None, "%s: %s" % (type(error).__name__, error)
