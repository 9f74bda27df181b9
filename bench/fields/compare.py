"""A predicted value against its references, by the rule of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from bench.fields.choices import BOOLEAN, ENUMERATED
from bench.fields.dates import DATE
from bench.fields.normalise import normalised
from bench.fields.phones import PHONE
from bench.fields.quantities import AMOUNT, NUMBER
from bench.fields.rule import FieldRule
from bench.fields.verdict import DIFFERENT, MATCHING, NEARNESS, Kind, Reason, Verdict
from bench.fields.words import ADDRESS, DOCUMENT_NUMBER, FREE_TEXT, PERSON_NAME
from bench.schema import FieldType

KINDS: dict[FieldType, Kind[Any]] = {
    "date": DATE,
    "amount": AMOUNT,
    "number": NUMBER,
    "phone": PHONE,
    "document_number": DOCUMENT_NUMBER,
    "person_name": PERSON_NAME,
    "address": ADDRESS,
    "boolean": BOOLEAN,
    "enumerated": ENUMERATED,
    "text": FREE_TEXT,
}
LONGEST = 1_000  # characters of a value that is read
LONGEST_TEXT = 100_000
KEPT, LONGEST_KEPT = 4096, 200  # texts of each rule whose readings are kept, and their characters

T = TypeVar("T")


def compare(prediction: str, references: Sequence[str], rule: FieldRule) -> Verdict:
    """Against the nearest of `references`, of which there is at least one. Never raises on text.

    Texts that are equal by the steps of the type match, readable or not. What is longer than
    LONGEST characters (text: LONGEST_TEXT) is neither normalised nor read.
    """
    verdicts = [_verdict(prediction, reference, rule) for reference in references]
    return min(verdicts, key=lambda one: (NEARNESS[one.reason], one.read_reference or ""))


def reason(prediction: str, references: Sequence[str], rule: FieldRule) -> Reason:
    """That of `compare`, without what was read."""
    if len(references) == 1:
        return _against(prediction, references[0], rule)
    reasons = (_against(prediction, reference, rule) for reference in references)
    return min(reasons, key=NEARNESS.__getitem__)


def _verdict(prediction: str, reference: str, rule: FieldRule) -> Verdict:
    found = _against(prediction, reference, rule)
    shown: list[str | None] = [None, None]
    if not _too_long(prediction, reference, rule):
        texts = [_as_text(text, rule) for text in (prediction, reference)]
        show, meant = KINDS[rule.type].show, [_meanings(text, rule) for text in texts]
        shown = [" | ".join(map(show, meanings)) or None for meanings in meant]
        if found == "equal_text":
            shown = [*texts]
    return Verdict(found in MATCHING, found, *shown)


def _against(prediction: str, reference: str, rule: FieldRule) -> Reason:
    if prediction == reference:
        return "equal_text"
    if _too_long(prediction, reference, rule):
        return "too_long"
    one, other = _as_text(prediction, rule), _as_text(reference, rule)
    if one == other:
        return "equal_text"
    said, wanted = _meanings(one, rule), _meanings(other, rule)
    if not wanted:
        return "unreadable_reference"
    if not said:
        return "unreadable_prediction"
    agree = KINDS[rule.type].agree
    return _summed_up([agree(one, other, rule) for one in said for other in wanted])


def _too_long(prediction: str, reference: str, rule: FieldRule) -> bool:
    limit = LONGEST_TEXT if rule.type == "text" else LONGEST
    return max(len(prediction), len(reference)) > limit


def _as_text(text: str, rule: FieldRule) -> str:
    found = rule.texts.get(text)
    if found is None:
        found = normalised(text, rule.steps or KINDS[rule.type].steps)
        _remember(rule.texts, text, found)
    return found


def _meanings(text: str, rule: FieldRule) -> tuple[Any, ...]:
    found = rule.meanings.get(text)
    if found is None:
        found = KINDS[rule.type].read(text, rule)
        _remember(rule.meanings, text, found)
    return found


def _remember(known: dict[str, T], text: str, found: T) -> None:
    """The same texts come again soon: by another metric, and to tell the kind of a mistake."""
    if len(text) <= LONGEST_KEPT:
        if len(known) >= KEPT:
            known.clear()
        known[text] = found


def _summed_up(reasons: Sequence[Reason]) -> Reason:
    """Of several readings it is known that they differ only where no two can agree."""
    if len(reasons) == 1:
        return reasons[0]
    return min(reasons, key=NEARNESS.__getitem__) if DIFFERENT.issuperset(reasons) else "ambiguous"
