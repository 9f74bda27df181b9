"""A value against its reference: by the reading of its type first, then by looser rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench import values
from bench.fields import FieldRule, reason
from bench.fields.verdict import DIFFERENT, MATCHING
from bench.page_text import plain, stands_in
from bench.quality_rows import MistakeKind

AS_TEXT = ("text", "address", "person_name", "document_number")  # a part of one says something

LONGEST = 10_000  # characters that are read as a number or a date


def type_of(reference: str) -> FieldRule:
    if values.is_date(reference):
        return FieldRule(type="date")
    return FieldRule(type="amount" if values.is_amount(reference) else "text")


def of_value(prediction: str, reference: str, rule: FieldRule) -> MistakeKind:
    """By the reading of the type first; what it cannot read or decide, by looser rules."""
    said, wanted = plain(prediction), plain(reference)
    found = reason(prediction, (reference,), rule)
    if found in MATCHING:
        return "wrong_format"
    another = found in DIFFERENT
    if len(said) > LONGEST and rule.type not in AS_TEXT:
        return "partial" if stands_in(wanted, said) else "wrong_value"
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
    if stands_in(wanted, said):
        return "partial"
    return "wrong_format" if same else "wrong_value"


def _of_date(said: str, wanted: str) -> MistakeKind:
    if stands_in(wanted, said):
        return "partial"
    if values.same_date(said, wanted):
        return "wrong_format"
    return "partial" if stands_in(said, wanted) else "wrong_value"


def _of_text(said: str, wanted: str) -> MistakeKind:
    words, wanted_words = re.findall(r"\w+", said), re.findall(r"\w+", wanted)
    if "".join(words) == "".join(wanted_words):
        return "wrong_format"
    if wanted.startswith(said) and not stands_in(said, wanted):
        return "truncated"
    if stands_in(wanted, said) or _follows(wanted_words, words):
        return "partial"
    # In the order of the reference, but a word may be left out in the middle.
    rest = iter(wanted_words)
    return "partial" if words and all(word in rest for word in words) else "wrong_value"


def _follows(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return bool(part) and any(
        list(whole[at : at + size]) == list(part) for at in range(len(whole) - size + 1)
    )
