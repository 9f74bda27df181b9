"""Numbers and amounts of money, exact. Number words, fractions and other units are not read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import NamedTuple, get_args

from bench.fields.currencies import (
    NO_MINOR_UNIT,
    ROUBLES_AND_KOPECKS,
    may_be,
    narrower,
    unit_of,
)
from bench.fields.locales import DecimalMark
from bench.fields.normalise import VALUE
from bench.fields.rule import FieldRule
from bench.fields.verdict import Kind, Reason

_EXACT = Context(prec=5000)  # two values of 1,000 digits and their product fit
_SCIENTIFIC = re.compile(r"(?P<digits>\d+(?:[.,]\d+)?|[.,]\d+)e(?P<power>[-+]?\d\d?)")
# From the first digit to the last; 25,- and 25.-- are whole amounts.
_DIGITS = re.compile(r"[.,]?\d(?:.*\d)?(?:[.,]-{1,2})?", re.DOTALL)
_SIGN, _AROUND_SIGN = re.compile(r"[-+()]"), re.compile(r" ?[-+] ?")
_WHOLE = re.compile(r"(?<=[.,])-{1,2}$")


class Quantity(NamedTuple):
    """`unit`: a currency's code, a mark that several use (`$`), `%`, or None: it is not said."""

    value: Decimal
    unit: str | None = None


def numbers(text: str, mark: DecimalMark | None = None) -> tuple[Decimal, ...]:
    """What unsigned digits with separators may mean; `mark` decides where it can.

    A decimal mark stands once, with digits behind it. Groups have three digits behind a first one
    that does not begin with 0, and one separator: a space, `'`, or the mark that is not decimal.
    """
    found: dict[DecimalMark, Decimal] = {}
    for one, form in _FORMS.items():
        if match := form.fullmatch(text):
            whole = _GROUPING.sub("", match["whole"] or "0")
            found[one] = Decimal(f"{whole}.{match['part'] or '0'}")
    if mark in found:
        return (found[mark],)
    return tuple(dict.fromkeys(found.values()))


def _form(mark: DecimalMark) -> re.Pattern[str]:
    group = f"[ '{',' if mark == '.' else '.'}]"
    return re.compile(
        rf"(?P<whole>\d+|[1-9]\d{{0,2}}(?P<group>{group})\d{{3}}(?:(?P=group)\d{{3}})*)?"
        rf"(?:(?<=\d)|(?=[{mark}]))(?:[{mark}](?P<part>\d+))?"
    )


_FORMS = {mark: _form(mark) for mark in get_args(DecimalMark)}
_GROUPING = re.compile(r"[ '.,]")


class _Parts(NamedTuple):
    """A signed number and what stands on both sides of it."""

    negative: bool
    before: str
    digits: str
    behind: str


def _apart(text: str) -> _Parts | None:
    """At most one sign, before the number or its mark, or behind; (5.00) is -5.00."""
    found = _DIGITS.search(text)
    if not found:
        return None
    before, digits, behind = text[: found.start()], found[0], text[found.end() :]
    signs = _SIGN.findall(before + behind)
    if signs == ["(", ")"] and before.startswith("(") and behind.endswith(")"):
        before, behind = before[1:], behind[:-1]
    elif len(signs) > 1 or signs in (["("], [")"]) or "+" in behind:
        return None
    if signs:
        before, behind = (_AROUND_SIGN.sub("", side) for side in (before, behind))
    return _Parts(bool(signs) and signs != ["+"], before.strip(), digits, behind.strip())


def _read_number(text: str, rule: FieldRule) -> tuple[Quantity, ...]:
    parts = _apart(text)
    if parts is None or parts.before or parts.behind not in ("", "%") or "(" in text:
        return ()
    if found := _SCIENTIFIC.fullmatch(parts.digits):
        read: tuple[Decimal, ...] = (
            Decimal(f"{found['digits'].replace(',', '.')}e{found['power']}"),
        )
    else:
        read = numbers(parts.digits, rule.convention.decimal_mark)
    return tuple(Quantity(_signed(one, parts), parts.behind or None) for one in read)


def _read_amount(text: str, rule: FieldRule) -> tuple[Quantity, ...]:
    if found := ROUBLES_AND_KOPECKS.fullmatch(text):
        text = f"{found['whole'].strip()},{found['part']:0>2} ₽"
    parts = _apart(text)
    if parts is None:
        return ()
    known, unit = _unit(parts, rule.convention.currencies, rule.currency)
    if not known:
        return ()
    read = numbers(_WHOLE.sub("00", parts.digits), rule.convention.decimal_mark)
    if unit in NO_MINOR_UNIT:
        read = tuple(one for one in read if one == one.to_integral_value()) or read
    return tuple(Quantity(_signed(one, parts), unit) for one in read)


def _unit(parts: _Parts, here: Mapping[str, str], declared: str | None) -> tuple[bool, str | None]:
    """Whether every mark is known and they agree, and what they say."""
    units = [unit_of(mark, here, declared) for mark in (parts.before, parts.behind) if mark]
    if not units:
        return True, declared
    first, last = units[0], units[-1]
    unit = narrower(first, last) if first and last else None
    return unit is not None, unit


def _signed(value: Decimal, parts: _Parts) -> Decimal:
    return -value if parts.negative and value else value


def _agree(one: Quantity, reference: Quantity, rule: FieldRule) -> Reason:
    same: Reason = "equal_value"
    if one.value != reference.value:
        if not _near(one.value, reference.value, rule):
            return "different_value"
        same = "within_tolerance"
    if one.unit == reference.unit:
        return same
    if one.unit is None or reference.unit is None:
        return "unit_unstated"
    return "ambiguous" if may_be(one.unit) & may_be(reference.unit) else "different_unit"


def _near(value: Decimal, reference: Decimal, rule: FieldRule) -> bool:
    apart = _EXACT.abs(_EXACT.subtract(value, reference))
    share = _EXACT.multiply(rule.relative_tolerance or Decimal(0), _EXACT.abs(reference))
    return apart <= max(rule.tolerance or Decimal(0), share)


def _shown(one: Quantity) -> str:
    return f"{one.value:f}" + (f" {one.unit}" if one.unit else "")


NUMBER = Kind(VALUE, _read_number, _agree, _shown)
AMOUNT = Kind(VALUE, _read_amount, _agree, _shown)
