"""Token F1 of SQuAD: the harmonic mean of precision and recall over the words of an answer.

Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016,
and its evaluate-v1.1.py: lower case, then ASCII punctuation removed, then the English articles a,
an, the, then split at white space; words count as often as they occur; the best reference counts.
Where answer or reference has no word left, both scripts of SQuAD part: v1.1 gives 0 even to equal
texts. Here v2.0's rule holds: 1 where neither has one, else 0.
"""

from __future__ import annotations

import re
import string
from collections import Counter

from bench.metrics.metric import Part, Policy, similarity

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b")


def token_f1(prediction: str, references: tuple[str, ...], _policy: Policy) -> Part:
    said = _words(prediction)
    return Part(max(multiset_f1(said, _words(text)) for text in references), 1.0)


def multiset_f1(one: Counter[str], other: Counter[str]) -> float:
    """2 x common / (one + other), from 0 to 1; 1 where both are empty."""
    total = one.total() + other.total()
    return 2.0 * (one & other).total() / total if total else 1.0


def _words(text: str) -> Counter[str]:
    return Counter(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


TOKEN_F1 = similarity("token_f1", "F1 over words, normalised as SQuAD does", token_f1, unit="F1")
