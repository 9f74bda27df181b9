"""Calendar days. Eras (昭和, 民國), days in words and dates without a year are not read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from bench.fields.locales import (
    MONTHS,
    WEEKDAYS_BEFORE,
    WEEKDAYS_BEHIND,
    WEEKDAYS_IN_BRACKETS,
    DateOrder,
)
from bench.fields.normalise import VALUE
from bench.fields.rule import FieldRule
from bench.fields.verdict import Kind, equal

_WEEKDAY = re.compile(
    rf"^(?:{'|'.join(sorted(WEEKDAYS_BEFORE.split(), key=len, reverse=True))})\.?,? "
    rf"| ?\((?:{WEEKDAYS_BEHIND}|{WEEKDAYS_IN_BRACKETS})\)$| {WEEKDAYS_BEHIND}$"
)
_YEAR = r" ?(?:г\.?|год|года)"  # the Russian word behind a year
_ORDER_OF: dict[DateOrder, tuple[int, int, int]] = {  # where year, month and day stand
    "dmy": (2, 1, 0),
    "mdy": (2, 0, 1),
    "ymd": (0, 1, 2),
}
_NUMERIC = re.compile(rf"(\d{{1,4}})([-./ ])(\d\d?)\2(\d{{1,4}})(?:\.|{_YEAR})?")
_COMPACT = re.compile(r"\d{8}")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_AROUND_MARK = re.compile(r" ?([-./]) ?")
_CHARACTERS = re.compile(
    r"(?P<year>\d{4}) ?[年년] ?(?P<month>\d\d?) ?[月월] ?(?P<day>\d\d?) ?[日일号號]"
)
_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_NAMED = (
    re.compile(
        rf'(?:the |den |le )?"?(?P<day>\d\d?)"?(?:st|nd|rd|th|er|º)?\.?(?: of | de |[ -])?{_MONTH}'
        rf"(?: del?|,)?[ -]?(?P<year>\d{{4}}|\d\d)(?:{_YEAR})?"
    ),
    re.compile(rf"{_MONTH} ?(?P<day>\d\d?)(?:st|nd|rd|th)?(?:, ?| )(?P<year>\d{{4}})"),
    re.compile(rf"(?P<year>\d{{4}})[ -]?{_MONTH}[ -]?(?P<day>\d\d?)"),
)


def _read(text: str, rule: FieldRule) -> tuple[dt.date, ...]:
    if not _DIGIT.search(text):
        return ()
    if not (text[0].isdecimal() and text[-1].isdecimal()):
        text = _WEEKDAY.sub("", text, count=1)
    days = _named(text, rule) if _LETTER.search(text) else ()
    return days or _by_order(_AROUND_MARK.sub(r"\1", text) if " " in text else text, rule)


def _named(text: str, rule: FieldRule) -> tuple[dt.date, ...]:
    """Year, month and day are told apart by what is written."""
    for form in (_CHARACTERS, *_NAMED):
        found = form.fullmatch(text)
        if found and (month := _month(found["month"])):
            return tuple(_days(found["year"], month, found["day"], rule))
    return ()


def _month(written: str) -> int | None:
    return int(written) if written.isdigit() else MONTHS.get(written)


def _by_order(text: str, rule: FieldRule) -> tuple[dt.date, ...]:
    """By the declared order or, where the calendar has no such day, by every order in which it has
    one. Four digits before two are always a year.
    """
    if found := _NUMERIC.fullmatch(text):
        written = dict.fromkeys(_ORDER_OF, (found[1], found[3], found[4]))
    elif _COMPACT.fullmatch(text):
        day_first = (text[:2], text[2:4], text[4:])
        written = dict.fromkeys(_ORDER_OF, day_first) | {"ymd": (text[:4], text[4:6], text[6:])}
    else:
        return ()
    declared = rule.convention.date_order
    if declared and (days := tuple(_in_order(declared, written[declared], rule))):
        return days
    return tuple(
        dict.fromkeys(
            day for order, parts in written.items() for day in _in_order(order, parts, rule)
        )
    )


def _in_order(order: DateOrder, parts: tuple[str, str, str], rule: FieldRule) -> Iterator[dt.date]:
    year, month, day = (parts[place] for place in _ORDER_OF[order])
    if len(year) in (2, 4) and len(month) <= 2 and len(day) <= 2:
        yield from _days(year, int(month), day, rule)


def _days(year: str, month: int, day: str, rule: FieldRule) -> Iterator[dt.date]:
    """Two digits of a year without `century_from` are one of two centuries."""
    years = [int(year)]
    if len(year) == 2:
        first = rule.century_from
        years = [1900 + years[0], 2000 + years[0]]
        if first is not None:
            years = [first + (years[0] - first) % 100]
    for one in years:
        try:
            yield dt.date(one, month, int(day))
        except ValueError:
            continue


DATE = Kind(VALUE, _read, equal)
