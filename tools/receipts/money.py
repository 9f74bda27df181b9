"""Amounts in whole cents, and amounts, quantities and dates as tills print them."""

from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Country = Literal["GB", "IE", "US", "DE", "AT"]

MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
SYMBOLS: dict[Country, str] = {"GB": "£", "IE": "€", "US": "$", "DE": "€", "AT": "€"}


def cents(value: Decimal) -> int:
    """A sum of money in whole cents, half a cent rounded away from zero."""
    return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def number(value: Decimal, country: Country) -> str:
    """With the decimals that it has: 1.759 is `1.759`, in German `1,759`."""
    text = f"{value:,f}"
    if country in {"DE", "AT"}:
        return text.translate(str.maketrans(",.", ".,"))
    return text


def plain(amount: int, country: Country) -> str:
    return number(Decimal(amount).scaleb(-2), country)


def priced(amount: int, country: Country) -> str:
    """With the sign of the currency: `£12.40`, `-$1.00`, `12,40 €`."""
    if country in {"DE", "AT"}:
        return f"{plain(amount, country)} {SYMBOLS[country]}"
    sign = "-" if amount < 0 else ""
    return f"{sign}{SYMBOLS[country]}{plain(abs(amount), country)}"


def percent(rate: Decimal, country: Country) -> str:
    gap = " " if country == "AT" else ""
    return f"{number(rate, country)}{gap}%"


DateStyle = Literal["slashes", "us", "named", "us-named", "short", "dots", "dots-short", "german"]


@dataclass(frozen=True)
class Moment:
    day: date
    clock: time

    def date_as(self, style: DateStyle) -> str:
        d = self.day
        return {
            "slashes": f"{d:%d/%m/%Y}",
            "us": f"{d:%m/%d/%Y}",
            "named": f"{d.day} {MONTHS_EN[d.month - 1]} {d.year}",
            "us-named": f"{MONTHS_EN[d.month - 1]} {d.day}, {d.year}",
            "short": f"{d.day:02}-{MONTHS_EN[d.month - 1]}-{d:%y}",
            "dots": f"{d:%d.%m.%Y}",
            "dots-short": f"{d:%d.%m.%y}",
            "german": f"{d.day}. {MONTHS_DE[d.month - 1]} {d.year}",
        }[style]

    def time_as(self, country: Country) -> str:
        if country != "US":
            return f"{self.clock:%H:%M}"
        hour = self.clock.hour % 12 or 12
        return f"{hour}:{self.clock:%M} {'AM' if self.clock.hour < 12 else 'PM'}"
