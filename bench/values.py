"""Which amounts and dates a text may mean, for telling another form of a value from another value.

Diagnosis only: no score depends on it. Reads English, German, Russian and Korean month forms.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

DateOrder = Literal["day first", "month first"]

_SPACES = " \u00a0\u202f"  # between the groups of a number: plain, no-break, narrow
_NUMBER = re.compile(rf"\d{{1,3}}(?:[{_SPACES}']\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*")
_CURRENCY = re.compile(
    r"[$£€¥₩₽₹]|원|руб(?:л\w*|\.)?|(?<![^\W\d_])(?:USD|EUR|Euro|GBP|CHF|RM|MYR|RUB|KRW|JPY|CNY)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_MONTHS = (
    *(("jan", "jän", "янв"), ("feb", "фев"), ("mar", "mär", "мар"), ("apr", "апр")),
    *(("may", "mai", "мая", "май"), ("jun", "июн"), ("jul", "июл"), ("aug", "авг")),
    *(("sep", "сен"), ("oct", "okt", "окт"), ("nov", "ноя"), ("dec", "dez", "дек")),
)
_MONTH = {short: number for number, known in enumerate(_MONTHS, start=1) for short in known}
_WORD = r"(?P<month>[^\W\d_]{3,9})\.?"
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?:[-./]|년 ?)(?P<month>\d\d?)(?:[-./]|월 ?)(?P<day>\d\d?)(?!\d)"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<one>\d\d?) ?[-./] ?(?P<other>\d\d?) ?[-./] ?(?P<year>\d{4}|\d\d)(?!\d)"
)
_NAMED = (
    re.compile(
        rf"(?<!\d)(?P<day>\d\d?)(?:st|nd|rd|th)?\.?[ -]*{_WORD},?[ -]*(?P<year>\d{{4}}|\d\d)(?!\d)"
    ),
    re.compile(rf"{_WORD} ?(?P<day>\d\d?)(?:st|nd|rd|th)?,? +(?P<year>\d{{4}})(?!\d)"),
)


def amounts(text: str) -> list[Decimal]:
    """Every number of the text, each with one meaning.

    The last separator is the decimal one, if both kinds occur or one or two digits follow it;
    otherwise separators group digits: `12,500` is twelve thousand five hundred.
    """
    return [_amount(match[0]) for match in _NUMBER.finditer(text)]


def _amount(number: str) -> Decimal:
    number = re.sub(rf"[{_SPACES}']", "", number)
    marks = re.findall(r"[.,]", number)
    tail = re.search(r"[.,](\d+)$", number)
    single = marks and marks.count(marks[-1]) == 1
    if tail and single and (len(set(marks)) == 2 or len(tail[1]) != 3):
        whole = re.sub(r"[.,]", "", number[: tail.start()])
        return Decimal(f"{whole}.{tail[1]}")
    return Decimal(re.sub(r"[.,]", "", number))


def is_amount(text: str) -> bool:
    """One number and nothing but a sign, a currency and marks of emphasis or quotation."""
    left, numbers = _NUMBER.subn("", text)
    return numbers == 1 and not re.search(r"\w", _CURRENCY.sub("", left))


def is_date(text: str) -> bool:
    """A date and nothing else but marks."""
    named = (*_NAMED, _YEAR_FIRST, _NUMERIC)
    return any(not re.search(r"\w", rx.sub("", text)) and rx.search(text) for rx in named)


def same_date(one: str, other: str) -> bool:
    """Both hold a date that is the same one.

    A numeric date may have its day or its month first. Both texts are read by one order, then by
    the other: 06/03/2018 is 2018-03-06 in one of them, but never 03/06/2018.
    """
    orders: tuple[DateOrder, ...] = ("day first", "month first")
    return any(set(dates(one, order)) & set(dates(other, order)) for order in orders)


def dates(text: str, order: DateOrder) -> Iterator[dt.date]:
    """Every date of the text that the calendar has; two-digit years from 1970 to 2069."""
    for match in _YEAR_FIRST.finditer(text):
        yield from _date(match["year"], int(match["month"]), match["day"])
    for match in _NUMERIC.finditer(text):
        day, month = match["one"], match["other"]
        if order == "month first":
            day, month = month, day
        yield from _date(match["year"], int(month), day)
    for named in _NAMED:
        for match in named.finditer(text):
            month_number = _MONTH.get(match["month"].casefold()[:3])
            if month_number:
                yield from _date(match["year"], month_number, match["day"])


def _date(year: str, month: int, day: str) -> Iterator[dt.date]:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        yield dt.date(number, month, int(day))
    except ValueError:
        return
