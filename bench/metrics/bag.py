"""Text found in whatever order: F1 over the multiset of words, or of characters.

Source: the text reading tracks of CC-OCR (Yang et al. 2024), whose evaluator counts each word as
often as both texts have it; its macro F1 is the mean over the pages. Words are what white space
divides; `bag_of_characters_f1` is its rule for scripts without spaces (Chinese, Japanese; it takes
it for Korean and Arabic as well): every character but white space. CC-OCR compares in lower case
(`case: fold`) and removes Markdown's ### and ***, which is not done here. Two empty texts score 1;
of several references the best counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from bench.metrics.metric import Part, Policy, similarity
from bench.metrics.token_f1 import multiset_f1


def bag_of_words_f1(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    return _f1(str.split, prediction, references, policy)


def bag_of_characters_f1(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    return _f1(_characters, prediction, references, policy)


def _f1(
    pieces: Callable[[str], Iterable[str]],
    prediction: str,
    references: tuple[str, ...],
    policy: Policy,
) -> Part:
    said = Counter(pieces(policy.apply(prediction)))
    found = (multiset_f1(said, Counter(pieces(policy.apply(text)))) for text in references)
    return Part(max(found), 1.0)


def _characters(text: str) -> str:
    return "".join(text.split())


BAG_OF_WORDS_F1 = similarity(
    "bag_of_words_f1",
    "F1 over words in whatever order, mean over the samples",
    bag_of_words_f1,
    unit="F1",
    takes_policy=True,
)
BAG_OF_CHARACTERS_F1 = similarity(
    "bag_of_characters_f1",
    "F1 over characters in whatever order, mean over the samples",
    bag_of_characters_f1,
    unit="F1",
    takes_policy=True,
)
