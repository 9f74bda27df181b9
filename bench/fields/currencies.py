"""The marks of currencies. A mark that several currencies use stays what it is: `$` is no USD."""

from __future__ import annotations

import re
from collections.abc import Mapping


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CODES = _codes(
    "AED AMD ARS AUD BHD BRL BYN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS INR "
    "JPY KRW KWD KZT MXN MYR NOK NZD PHP PLN RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
OPEN: dict[str, frozenset[str]] = {
    "$": _codes("USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP"),
    "¥": _codes("JPY CNY"),
    "元": _codes("CNY TWD HKD"),
    "kr": _codes("SEK NOK DKK"),
}
NO_MINOR_UNIT = _codes("JPY KRW VND CLP")  # ISO 4217: no digits behind the mark

# In lower case, as `value/1` leaves them; a point behind one is taken as well.
_WRITTEN: dict[str, str] = {
    "RUB": "₽ руб рубль рубля рублей р rub rur",
    "USD": "us$ u.s.$ 美元",
    "EUR": "€ euro euros евро",
    "GBP": "£ ￡",
    "JPY": "円 yen jp¥ 엔 日元",
    "CNY": "rmb 人民币 cn¥",
    "KRW": "₩ ￦ 원 won",
    "CHF": "sfr fr",
    "MYR": "rm",
    "INR": "₹",
    "TRY": "₺",
    "UAH": "₴ грн",
    "KZT": "₸ тенге",
    "PLN": "zł",
    "AUD": "a$ au$",
    "CAD": "c$ ca$",
    "NZD": "nz$",
    "SGD": "s$",
    "HKD": "hk$",
    "TWD": "nt$",
    "MXN": "mx$",
    "BRL": "r$",
    "$": "$ dollar dollars долл доллар доллара долларов",
    "¥": "¥ ￥",
    "元": "元",
    "kr": "kr",
}
MARKS: dict[str, str] = {
    **{code.lower(): code for code in CODES},
    **{mark: unit for unit, marks in _WRITTEN.items() for mark in marks.split()},
}
ROUBLES_AND_KOPECKS = re.compile(
    r"(?P<whole>[-+]? ?\d[\d ]*) ?(?:₽|руб|рубль|рубля|рублей|р)\.?"
    r",? ?(?P<part>\d\d?) ?(?:коп|копейка|копейки|копеек|к)\.?"
)


def unit_of(mark: str, here: Mapping[str, str], declared: str | None) -> str | None:
    """The currency code of `mark`, or the open mark itself; None where it is no mark."""
    unit = MARKS.get(mark) or MARKS.get(mark.removesuffix("."))
    if unit not in OPEN:
        return unit
    if declared in OPEN[unit]:
        return declared
    return here.get(unit, unit)


def narrower(one: str, other: str) -> str | None:
    """Of two marks at one amount (`$5 USD`) the one that says more; None where they disagree."""
    if one == other or other in OPEN.get(one, ()):
        return other
    return one if one in OPEN.get(other, ()) else None


def may_be(unit: str) -> frozenset[str]:
    return OPEN.get(unit, frozenset((unit,)))
