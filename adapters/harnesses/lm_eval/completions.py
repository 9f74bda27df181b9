"""An echoed answer of a completions endpoint -> the log-probability of what stands at its end.

lm-eval takes the numbers by their place, from the count of its own tokenizer: a mark that a server
puts before the text then moves all of them. Here they are counted from the text's end.
"""

import re

PARTIAL = re.compile(r"bytes:(\\x[0-9a-fA-F]{2})+")


class Unclear(Exception):  # noqa: N818  (it says what the answer is)
    """The numbers of the continuation cannot be told from the others; the message says why."""


def split_pair(text, continuation):
    """lm-eval's rule: spaces at the end of a text belong to what follows."""
    spaces = len(text) - len(text.rstrip())
    return (text[:-spaces], text[-spaces:] + continuation) if spaces else (text, continuation)


def continuation(choice, text, followed, tokens=None):
    """(log-probability, whether each token was the likeliest) of `followed`, behind `text`.

    `choice` echoes both and has one new token after them. `tokens`: how many the model's own
    tokenizer makes of `followed`; without it the tokens' own texts tell.
    """
    said = choice["logprobs"]
    numbers, tops = said["token_logprobs"][:-1], said["top_logprobs"][:-1]
    if tokens is None:
        tokens = _counted(said, text, followed)
    if not 0 < tokens < len(numbers):
        raise Unclear("%d of %d tokens are the continuation's" % (tokens, len(numbers)))
    mine, best = numbers[-tokens:], tops[-tokens:]
    if any(not isinstance(one, (int, float)) for one in mine):
        raise Unclear("a token of the continuation has no number")
    greedy = all(one >= max(top.values()) for one, top in zip(mine, best))
    return sum(mine), greedy


def _counted(said, text, followed):
    """How many tokens `followed` is, told from its end: what stands before cannot move that."""
    left, count = len(followed.encode("utf-8")), 0
    for token in reversed(said["tokens"][:-1]):
        if left <= 0:
            break
        left -= _size(token)
        count += 1
    if left == 0:
        return count
    behind = [place for place in (said.get("text_offset") or [])[:-1] if place >= len(text)]
    if not behind or behind[0] != len(text):
        raise Unclear(
            "a token reaches over the end of the prompt: name the model's `tokenizer`, a folder"
        )
    return len(behind)


def _size(token):
    """In bytes; a token that is a part of a character is said as bytes:\\xe4."""
    return token.count("\\x") if PARTIAL.fullmatch(token) else len(token.encode("utf-8"))
