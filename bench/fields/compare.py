"""A predicted value against its references, by the rule of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def compare(prediction: str, references: Sequence[str], rule: FieldRule) -> Verdict:
    """Against the nearest of `references`, of which there is at least one. Never raises on text.

    Texts that are equal by the steps of the type match, readable or not. What is longer than
    LONGEST characters (text: LONGEST_TEXT) is neither normalised nor read.
    """
    verdicts = (_against(prediction, reference, rule) for reference in references)
    return min(verdicts, key=lambda one: (NEARNESS[one.reason], one.read_reference or ""))


def _against(prediction: str, reference: str, rule: FieldRule) -> Verdict:
    limit = LONGEST_TEXT if rule.type == "text" else LONGEST
    if max(len(prediction), len(reference)) > limit:
        return _verdict("equal_text" if prediction == reference else "too_long")
    kind = KINDS[rule.type]
    steps = rule.steps or kind.steps
    prediction, reference = normalised(prediction, steps), normalised(reference, steps)
    if prediction == reference:
        return _verdict("equal_text", prediction, reference)
    said, wanted = kind.read(prediction, rule), kind.read(reference, rule)
    shown = [" | ".join(map(kind.show, meanings)) or None for meanings in (said, wanted)]
    if not wanted:
        return _verdict("unreadable_reference", *shown)
    if not said:
        return _verdict("unreadable_prediction", *shown)
    reasons = [kind.agree(one, other, rule) for one in said for other in wanted]
    return _verdict(_summed_up(reasons), *shown)


def _summed_up(reasons: Sequence[Reason]) -> Reason:
    """Of several readings it is known that they differ only where no two can agree."""
    if len(reasons) == 1:
        return reasons[0]
    return min(reasons, key=NEARNESS.__getitem__) if DIFFERENT.issuperset(reasons) else "ambiguous"


def _verdict(reason: Reason, said: str | None = None, wanted: str | None = None) -> Verdict:
    return Verdict(reason in MATCHING, reason, said, wanted)
