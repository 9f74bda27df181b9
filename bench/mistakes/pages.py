"""A page's text against the transcript that it should be."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import LCSseq, Levenshtein

from bench import absent_answers
from bench.page_text import plain
from bench.quality_rows import MistakeKind

# Without a field type, a reference from this length is a page's text and not a value.
PAGE = 100  # characters
# Shares of the page's text. A page with at most NEARLY wrong is no mistake: its CER says the rest.
NEARLY, ALMOST_NOTHING, SHORTER, LONGER, BEGUN, TRUE_WORDS = 0.05, 0.1, 0.9, 1.1, 0.8, 0.7


def of_page(prediction: str, references: Sequence[str]) -> MistakeKind | None:
    said = plain(prediction)
    page = min(map(plain, references), key=lambda text: Levenshtein.normalized_distance(text, said))
    if Levenshtein.distance(said, page) <= NEARLY * len(page):
        return None
    words, wanted = said.split(), page.split()
    common: int = LCSseq.similarity(words, wanted)
    own = common >= TRUE_WORDS * len(words)  # what was said is the page's text
    if not own and absent_answers.refuses(prediction):
        return "refused"
    share = len(said) / len(page)
    if share < ALMOST_NOTHING:
        return "missed"
    if share < SHORTER:
        begun = Levenshtein.distance(said, page[: len(said)]) <= (1 - BEGUN) * len(said)
        return "truncated" if begun else "partial" if own else "wrong_value"
    whole = common >= TRUE_WORDS * len(wanted)
    return "partial" if share > LONGER and whole else "wrong_value"
