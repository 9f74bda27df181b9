"""Word error rate: edits (insert, delete, substitute) over the words of the reference.

Words are what white space divides, after the task's policy; punctuation belongs to its word. A
no-break space joins: 1 234,56 written with one is one word, unless the policy collapses it. Micro
over the corpus, as jiwer's `wer` of two lists: the sum of the edits over the sum of the reference
lengths. jiwer divides at U+0020 alone, so that a line break joins two words; here it does not. It
has no upper bound.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from bench.metrics.cer import rate
from bench.metrics.metric import Metric, Part, Policy

_BETWEEN_WORDS = re.compile(r"[^\S\u00a0\u2007\u202f]+")


def wer(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    """Edits and words for the reference that gives the lowest rate.

    What was answered to an empty reference counts as edits over a length of 0, as with `cer`.
    """
    said = _words(policy.apply(prediction))
    parts = [_part(said, _words(policy.apply(text))) for text in references]
    return min(parts, key=rate)


def whole_reference_deleted(references: tuple[str, ...], policy: Policy) -> Part:
    """The reference with the most words, all of them missing: a rate of 1."""
    length = float(max(len(_words(policy.apply(text))) for text in references))
    return Part(length, length)


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(text) if word.strip()]


def _part(said: list[str], reference: list[str]) -> Part:
    return Part(float(Levenshtein.distance(said, reference)), float(len(reference)))


WER = Metric(
    name="wer",
    summary="word error rate, micro over the corpus",
    higher_is_better=False,
    low=0.0,
    high=None,
    unit="edits per reference word",
    measure=wer,
    worst=whole_reference_deleted,
)
