"""Word error rate: edits (insert, delete, substitute) over the words of the reference.

Words are what white space divides, after the task's policy; punctuation belongs to its word. A
no-break space joins: 1 234,56 written with one is one word, unless the policy collapses it. Micro
over the corpus, as jiwer's `wer` of two lists: the sum of the edits over the sum of the reference
lengths. jiwer divides at U+0020 alone, so that a line break joins two words; here it does not. It
has no upper bound. A reference that is too long has no score (bench/metrics/edits.py).
"""

from __future__ import annotations

import re

from bench.metrics.cer import rate
from bench.metrics.edits import edits, measurable
from bench.metrics.metric import TOO_LONG, Metric, Part, Policy

_BETWEEN_WORDS = re.compile(r"[^\S\u00a0\u2007\u202f]+")


def wer(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    """Edits and words for the reference that gives the lowest rate.

    What was answered to an empty reference counts as edits over a length of 0, as with `cer`.
    """
    said = _words(policy.apply(prediction))
    parts = [_part(said, _words(text)) for text in measurable(map(policy.apply, references))]
    return min(parts, key=rate, default=TOO_LONG)


def whole_reference_deleted(references: tuple[str, ...], policy: Policy) -> Part:
    """The reference with the most words, all of them missing: a rate of 1."""
    texts = measurable(map(policy.apply, references))
    counts = [float(len(_words(text))) for text in texts]
    return Part(max(counts), max(counts)) if counts else TOO_LONG


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(text) if word.strip()]


def _part(said: list[str], reference: list[str]) -> Part:
    return Part(float(edits(said, reference)), float(len(reference)))


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
