"""The log-probabilities of /v1/completions: of the prompt that is echoed, and of what was added.

The contract that lm-eval reads by place: a number for each token of the prompt and each new one,
null for the very first, and the likeliest tokens of the same places.
"""

from __future__ import annotations

from typing import NamedTuple

BLOCK = 256  # positions whose log-probabilities are held at once
BROKEN = "\ufffd"


class Scored(NamedTuple):
    """`logprobs[0]` and `tops[0]` are None: nothing stands before the first token."""

    ids: list
    logprobs: list
    tops: list  # of [(id, logprob), ...], likeliest first


def scored(model, ids, top, *, extend=False):
    """One pass over `ids`. `extend` adds the likeliest next token, which costs nothing more."""
    import torch

    with torch.inference_mode():
        given = torch.tensor([ids], device=model.device)
        logits = model(input_ids=given, attention_mask=torch.ones_like(given)).logits[0]
        if extend:
            ids = [*ids, int(logits[-1].argmax())]
        logprobs, tops = [None], [None]
        following = torch.tensor(ids[1:], device=logits.device)
        for start in range(0, len(following), BLOCK):
            wanted = following[start : start + BLOCK]
            block = logits[start : start + len(wanted)].float().log_softmax(-1)
            logprobs += block.gather(1, wanted[:, None])[:, 0].tolist()
            best = block.topk(max(top, 1), dim=-1)
            for numbers, tokens in zip(best.values.tolist(), best.indices.tolist()):
                tops.append(list(zip(tokens, numbers)))
    return Scored(list(ids), logprobs, tops)


def spelled(tokenizer, ids):
    """The text of each token where it stands; together they are the text.

    A token that is a part of a character is said by its bytes, as OpenAI says it: bytes:\\xe4.
    """
    return [spelled_after(tokenizer, ids[place - 1 : place], one) for place, one in enumerate(ids)]


def spelled_after(tokenizer, before, one):
    """`before`: the token in front of it, or nothing; some tokenizers drop a leading space."""
    alone = tokenizer.decode(before)
    both = tokenizer.decode([*before, one])
    text = both[len(alone) :] if both.startswith(alone) else tokenizer.decode([one])
    if BROKEN not in text and text:
        return text
    raw = tokenizer.convert_ids_to_tokens(one)
    return _bytes(raw) if isinstance(raw, str) else text


def _bytes(raw):
    if len(raw) == 6 and raw.startswith("<0x"):
        return "bytes:\\x" + raw[3:5].lower()
    alphabet = _alphabet()
    if raw and all(letter in alphabet for letter in raw):
        return "bytes:" + "".join("\\x%02x" % alphabet[letter] for letter in raw)
    return raw


def _alphabet(known={}):  # noqa: B006  (kept on purpose)
    """The letters that byte-level tokenizers spell bytes with: bytes_to_unicode of GPT-2."""
    if not known:
        kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
        moved = iter(range(256, 512))
        known.update((chr(byte if byte in kept else next(moved)), byte) for byte in range(256))
    return known


def reported(tokenizer, found, top, start):
    """The API's `logprobs` of the tokens from `start` on. text_offset counts characters."""
    tokens = spelled(tokenizer, found.ids)
    offsets = [0]
    for token in tokens[:-1]:
        offsets.append(offsets[-1] + len(token))
    tops = []
    for place in range(start, len(tokens)):
        if found.tops[place] is None:
            tops.append(None)
            continue
        before = found.ids[place - 1 : place]
        said = {}
        for one, number in found.tops[place][:top]:
            said.setdefault(spelled_after(tokenizer, before, one), number)
        said.setdefault(tokens[place], found.logprobs[place])
        tops.append(said)
    return {
        "tokens": tokens[start:],
        "token_logprobs": found.logprobs[start:],
        "top_logprobs": tops,
        "text_offset": [offset - offsets[start] for offset in offsets[start:]],
    }
