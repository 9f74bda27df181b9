"""Whether an endpoint's log-probabilities can be believed: asked before any log-likelihood task.

lm-eval sends the prompt and its continuation with `echo`, and takes the numbers by their place.
Endpoints that leave one out, shift them or give none make it score at chance, with exit code 0.
"""

import json
import urllib.error
import urllib.request

from bench_protocol import Unsupported

PROMPT = "The capital of France is"
TOLERANCE = 0.05  # nats: what another batch or a rounded weight changes


class Unusable(Exception):  # noqa: N818  (it says what the endpoint's numbers are)
    """The reason why they cannot be used."""


def require_logprobs(model):
    """Raise Unsupported with the reason, unless echo and log-probabilities are as lm-eval takes
    them. Two requests to `completions` at the model's base_url; job.json's `model`.
    """
    try:
        first = _echoed(model, PROMPT)
        _check(first, PROMPT)
        again = PROMPT + first["tokens"][-1]
        second = _echoed(model, again)
        _check(second, again)
        _check_continued(first, second)
    except Unusable as reason:
        raise Unsupported(
            "the log-probabilities of %s cannot be used: %s" % (model["served_id"], reason)
        ) from None


def _echoed(model, prompt):
    """The log-probabilities of one request: tokens, token_logprobs, top_logprobs."""
    asked = {"model": model["served_id"], "prompt": prompt, "echo": True, "logprobs": 1}
    asked.update(max_tokens=1, temperature=0)
    request = urllib.request.Request(  # noqa: S310  (the core's own loopback address)
        model["base_url"] + "/completions",
        data=json.dumps(asked).encode("ascii"),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=model["timeout_s"]) as response:
            choice = json.loads(response.read())["choices"][0]
    except urllib.error.HTTPError as error:
        error.close()
        raise Unusable("HTTP %d from completions" % error.code) from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Unusable("%s: %s" % (type(error).__name__, error)) from None
    found = choice.get("logprobs") if isinstance(choice, dict) else None
    if not isinstance(found, dict):
        raise Unusable("the answer has no logprobs")
    for name in ("tokens", "token_logprobs", "top_logprobs"):
        if not isinstance(found.get(name), list) or not found[name]:
            raise Unusable("the answer has no logprobs.%s" % name)
    return found


def _check(found, prompt):
    """One answer in itself: the prompt's tokens, then one new one, each with its number."""
    tokens, numbers, tops = found["tokens"], found["token_logprobs"], found["top_logprobs"]
    if not all(isinstance(token, str) for token in tokens):
        raise Unusable("logprobs.tokens are no texts")
    if not len(tokens) == len(numbers) == len(tops):
        raise Unusable(
            "%d tokens, %d logprobs, %d top_logprobs" % (len(tokens), len(numbers), len(tops))
        )
    text = "".join(tokens)
    # Some tokenizers put a space or a mark of the text's begin before the first token.
    if prompt not in "".join(tokens[:-1]):
        kept = prompt in text
        raise Unusable("the new token is missing" if kept else "the prompt is not echoed")
    if numbers[0] is not None:
        raise Unusable("the first token has a logprob: the numbers are shifted")
    _check_numbers(numbers, tops)


def _check_numbers(numbers, tops):
    """Logprobs from the second token on: numbers, none above its place's best, the new one best."""
    for number, top in zip(numbers[1:], tops[1:]):
        if not _is_logprob(number):
            raise Unusable("%r is no logprob" % (number,))
        if not isinstance(top, dict) or not top or not all(map(_is_logprob, top.values())):
            raise Unusable("top_logprobs has no number for a token")
        if max(top.values()) < number - TOLERANCE:
            raise Unusable("a token is likelier than the likeliest")
    if max(tops[-1].values()) > numbers[-1] + TOLERANCE:
        raise Unusable("the new token is not the likeliest at temperature 0")
    if len(numbers) > 3 and len(set(numbers[1:])) == 1:
        raise Unusable("all tokens have the same logprob")


def _is_logprob(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0


def _check_continued(first, second):
    """The token that was new, as a part of the prompt, keeps its number; that shows a shift.

    Where its text changed how the prompt is cut into tokens, nothing can be said.
    """
    place = len(first["tokens"]) - 1
    if second["tokens"][: place + 1] != first["tokens"]:
        return
    was, now = first["token_logprobs"][place], second["token_logprobs"][place]
    if abs(was - now) > TOLERANCE:
        raise Unusable("a token has %.3f when it is new and %.3f when it is echoed" % (was, now))
