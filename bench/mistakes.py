"""What kind of mistake an answer is, by stated rules (docs/mistakes.md). Pure; changes no score."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq, Levenshtein

from bench import absent_answers, values
from bench.fields import FieldRule, compare
from bench.fields.verdict import DIFFERENT
from bench.schema import MistakeKind

CUT = frozenset(("length", "max_tokens"))  # finish reasons

# Without a field type, a reference from this length is a page's text and not a value.
PAGE = 100  # characters
# Shares of the page's text. A page with at most NEARLY wrong is no mistake: its CER says the rest.
NEARLY, ALMOST_NOTHING, SHORTER, LONGER, BEGUN, TRUE_WORDS = 0.05, 0.1, 0.9, 1.1, 0.8, 0.7

_UNSPACED = re.compile(r"[ᄀ-ᇿ぀-ヿ㄰-㆏㐀-鿿가-힣]")
AS_TEXT = ("text", "address", "person_name", "document_number")  # a part of one says something
_ORDER: tuple[MistakeKind, ...] = ("partial", "wrong_format", "truncated", "wrong_value")


def mistake(
    prediction: str | None,
    references: Sequence[str],
    *,
    right: bool | None,
    finish_reason: str | None = None,
    rule: FieldRule | None = None,
) -> MistakeKind | None:
    """None where the answer is right, or where nothing says whether it is (`right` is None).

    `prediction` is None where the request failed. `right` is the word of the task's exact rule. Of
    several references the one counts that the answer comes closest to. `rule` is the declared one
    of the sample's field.
    """
    if prediction is None:
        return "request_failed"
    if right is not False or not references:
        return None
    return "truncated" if finish_reason in CUT else _told(prediction, references, rule)


def _told(prediction: str, references: Sequence[str], rule: FieldRule | None) -> MistakeKind | None:
    if absent_answers.says_nothing(prediction):
        return "missed"
    if rule is None and min(len(_plain(text)) for text in references) >= PAGE:
        return _of_page(prediction, references)
    found = {_of_value(prediction, text, rule or _type_of(text)) for text in references}
    kind = next(kind for kind in _ORDER if kind in found)
    if kind != "wrong_value":
        return kind
    if absent_answers.refuses(prediction):
        return "refused"
    return "missed" if absent_answers.says_no_value(prediction) else kind


def _type_of(reference: str) -> FieldRule:
    if values.is_date(reference):
        return FieldRule(type="date")
    return FieldRule(type="amount" if values.is_amount(reference) else "text")


def _of_value(prediction: str, reference: str, rule: FieldRule) -> MistakeKind:
    """By the reading of the type first; what it cannot read or decide, by looser rules."""
    said, wanted = _plain(prediction), _plain(reference)
    verdict = compare(prediction, (reference,), rule)
    if verdict.match:
        return "wrong_format"
    another = verdict.reason in DIFFERENT
    if rule.type in ("amount", "number"):
        return "wrong_value" if another else _of_amount(said, wanted)
    if rule.type == "date":
        return "wrong_value" if another else _of_date(said, wanted)
    if another and rule.type not in AS_TEXT:
        return "wrong_value"
    return _of_text(said, wanted)


def _of_amount(said: str, wanted: str) -> MistakeKind:
    """A part of a number is another number, so there is no part of an amount."""
    same = bool(set(values.amounts(wanted)) & set(values.amounts(said)))
    if same and values.is_amount(said):
        return "wrong_format"
    if _stands_in(wanted, said):
        return "partial"
    return "wrong_format" if same else "wrong_value"


def _of_date(said: str, wanted: str) -> MistakeKind:
    if _stands_in(wanted, said):
        return "partial"
    if values.same_date(said, wanted):
        return "wrong_format"
    return "partial" if _stands_in(said, wanted) else "wrong_value"


def _of_text(said: str, wanted: str) -> MistakeKind:
    words, wanted_words = re.findall(r"\w+", said), re.findall(r"\w+", wanted)
    if "".join(words) == "".join(wanted_words):
        return "wrong_format"
    if wanted.startswith(said) and not _stands_in(said, wanted):
        return "truncated"
    if _stands_in(wanted, said) or _follows(wanted_words, words):
        return "partial"
    # In the order of the reference, but a word may be left out in the middle.
    rest = iter(wanted_words)
    return "partial" if words and all(word in rest for word in words) else "wrong_value"


def _of_page(prediction: str, references: Sequence[str]) -> MistakeKind | None:
    said = _plain(prediction)
    page = min(
        map(_plain, references), key=lambda text: Levenshtein.normalized_distance(text, said)
    )
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


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _stands_in(part: str, whole: str) -> bool:
    """As a piece of its own: no digit goes on at either end, no letter of a spaced script."""
    start = whole.find(part) if part else -1
    while start >= 0:
        end = start + len(part)
        if not _goes_on(whole[start - 1 : start + 1] if start else "") and not _goes_on(
            whole[end - 1 : end + 1]
        ):
            return True
        start = whole.find(part, start + 1)
    return False


def _goes_on(pair: str) -> bool:
    """A number runs through, or a word; Korean puts its endings directly behind a value."""
    if len(pair) < 2 or not (pair[0].isalnum() and pair[1].isalnum()):
        return False
    return not any(map(_UNSPACED.match, pair))


def _follows(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return bool(part) and any(
        list(whole[at : at + size]) == list(part) for at in range(len(whole) - size + 1)
    )
