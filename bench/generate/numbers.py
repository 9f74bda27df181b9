"""Numbers as papers print them, with their check digits; from ranges that nobody is given."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

_MONTHS = {
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}
_INN_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def digits(rng: Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def day(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))


def date_text(when: date, style: str) -> str:
    """`dots` 13.09.1985, `slashes` 13/09/1985, `ko` 1985년 9월 13일, `hyphens` 1985-09-13,
    `ru` 13 сентября 1985 and the sign of a year, `en` 13 September 1985.
    """
    if style in _MONTHS:
        month = _MONTHS[style].split()[when.month - 1]
        return f"{when.day} {month} {when.year}" + (" г." if style == "ru" else "")
    if style == "ko":
        return f"{when.year}년 {when.month}월 {when.day}일"
    return when.strftime({"dots": "%d.%m.%Y", "slashes": "%d/%m/%Y", "hyphens": "%Y-%m-%d"}[style])


def amount(hundredths: int, language: str) -> str:
    """`1,234.50` in en, `1 234,50` in ru; in ko whole won: `123,450`."""
    sign, rest = "-" if hundredths < 0 else "", abs(hundredths)
    whole = f"{rest // 100:,}"
    if language == "ko":
        return f"{sign}{whole}"
    if language == "ru":
        return f"{sign}{whole.replace(',', ' ')},{rest % 100:02}"
    return f"{sign}{whole}.{rest % 100:02}"


def snils(nine: str) -> str:
    """`900-123-456 78`: nine digits and the two that check them.

    The control number of the Pension Fund of Russia: the digits times 9 down to 1, summed, modulo
    101, where 100 counts as 00.
    """
    total = sum(int(one) * weight for one, weight in zip(nine, range(9, 0, -1), strict=True))
    check = total % 101 % 100
    return f"{nine[:3]}-{nine[3:6]}-{nine[6:]} {check:02}"


def inn(nine: str) -> str:
    """The tax number of a Russian company: nine digits and one that checks them."""
    total = sum(int(one) * weight for one, weight in zip(nine, _INN_WEIGHTS, strict=True))
    return f"{nine}{total % 11 % 10}"


def unissued_snils(rng: Random) -> str:
    """From 900 up, far above those given out."""
    return snils("9" + digits(rng, 8))


def unissued_inn(rng: Random) -> str:
    """Of the region 00, which does not exist."""
    return inn("00" + digits(rng, 7))


def unissued_phone(rng: Random, language: str) -> str:
    """Area code 000 in ru, Ofcom's numbers for drama in en, 010-0xxx in ko, which is not used."""
    if language == "ru":
        return f"+7 (000) {digits(rng, 3)}-{digits(rng, 2)}-{digits(rng, 2)}"
    if language == "en":
        return f"01632 960{digits(rng, 3)}"
    return f"010-0{digits(rng, 3)}-{digits(rng, 4)}"
