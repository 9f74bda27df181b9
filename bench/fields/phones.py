"""Telephone numbers. A national number is made international by the declared country's plan."""

from __future__ import annotations

import re
from typing import NamedTuple

from bench.fields.normalise import VALUE
from bench.fields.phone_plans import PLANS
from bench.fields.rule import FieldRule
from bench.fields.verdict import Kind, Reason

_EXTENSION = re.compile(r"[ ,;]*(?:ext\.?|x|#|доб\.?|вн\.?|내선|内線|durchwahl|poste) ?(\d{1,6})$")
_NUMBER = re.compile(r"(?P<plus>\+?)[\d ()./-]*\d[\d ()./-]*")
_SHORTEST, _LONGEST = 5, 15  # digits; E.164 allows 15


class Phone(NamedTuple):
    """`digits` begin with the country's code where it is `international`."""

    digits: str
    international: bool
    extension: str = ""


def _read(text: str, rule: FieldRule) -> tuple[Phone, ...]:
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    found = _NUMBER.fullmatch(text)
    if not found:
        return ()
    international = bool(found["plus"]) or text.startswith("00")
    if international:
        text = text.replace("(0)", "", 1)  # +49 (0)30: the 0 is for callers at home
    digits = re.sub(r"\D", "", text).removeprefix("" if found["plus"] else "00")
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return ()
    if not international:
        digits, international = _dialled(digits, rule.country)
    return (Phone(digits, international, extension[1] if extension else ""),)


def _dialled(digits: str, country: str | None) -> tuple[str, bool]:
    if country is None:
        return digits, False
    plan = PLANS[country]
    for trunk in plan.trunks:
        if digits.startswith(trunk) and len(digits) - len(trunk) in plan.lengths:
            return plan.code + digits[len(trunk) :], True
    return (plan.code + digits, True) if len(digits) in plan.bare else (digits, False)


def _agree(one: Phone, other: Phone, _rule: FieldRule) -> Reason:
    """A number without its country or area may be the one that ends with it."""
    if one == other:
        return "equal_value"
    if one.international == other.international or one.extension != other.extension:
        return "different_value"
    national, whole = (other, one) if one.international else (one, other)
    ends = {national.digits, national.digits[1:]}
    return "ambiguous" if any(map(whole.digits.endswith, ends)) else "different_value"


def _shown(one: Phone) -> str:
    behind = f" ext. {one.extension}" if one.extension else ""
    return f"{'+' if one.international else ''}{one.digits}{behind}"


PHONE = Kind(VALUE, _read, _agree, _shown)
