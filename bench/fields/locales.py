"""What a locale settles: the order of a numeric date, the decimal mark, whose dollar it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd"]
DecimalMark = Literal[".", ","]
Locale = Literal["ru", "en", "en-US", "en-GB", "ko", "de", "de-CH", "fr", "es", "es-MX", "zh", "ja"]


@dataclass(frozen=True)
class Convention:
    """None where people of the locale write it both ways."""

    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    currencies: Mapping[str, str] = field(default_factory=dict)


LOCALES: dict[Locale, Convention] = {
    "ru": Convention("dmy", ","),
    "en": Convention(None, "."),
    "en-US": Convention("mdy", ".", {"$": "USD"}),
    "en-GB": Convention("dmy", "."),
    "ko": Convention("ymd", "."),
    "de": Convention("dmy", ","),
    "de-CH": Convention("dmy", "."),
    "fr": Convention("dmy", ","),
    "es": Convention("dmy", ","),
    "es-MX": Convention("dmy", ".", {"$": "MXN"}),
    "zh": Convention("ymd", ".", {"¥": "CNY", "元": "CNY"}),
    "ja": Convention("ymd", ".", {"¥": "JPY"}),
}


def _numbered(text: str) -> dict[str, int]:
    """Twelve months, divided by commas, each with its spellings."""
    months = text.split(",")
    return {name: number for number, known in enumerate(months, 1) for name in known.split()}


# Full names and the abbreviations in use, in lower case. No name has two numbers among them.
MONTHS: dict[str, int] = {
    **_numbered(
        "january jan, february feb, march mar, april apr, may, june jun, july jul, august aug,"
        "september sept sep, october oct, november nov, december dec"
    ),
    **_numbered(
        "января январь янв, февраля февраль февр фев, марта март мар, апреля апрель апр, мая май,"
        "июня июнь июн, июля июль июл, августа август авг, сентября сентябрь сент сен,"
        "октября октябрь окт, ноября ноябрь нояб ноя, декабря декабрь дек"
    ),
    **_numbered(
        "januar jänner jän, februar feber, märz maerz mrz mär, april, mai, juni, juli, august,"
        "september, oktober okt, november, dezember dez"
    ),
    **_numbered(
        "janvier janv, février fevrier févr fevr fév, mars, avril avr, mai, juin, juillet juil,"
        "août aout, septembre, octobre, novembre, décembre decembre déc"
    ),
    **_numbered(
        "enero ene, febrero, marzo, abril abr, mayo, junio, julio, agosto ago,"
        "septiembre setiembre set, octubre, noviembre, diciembre dic"
    ),
}

# A weekday beside a date is passed over and not checked.
WEEKDAYS_BEFORE = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat "
    "sun понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles jueves viernes sábado domingo"
)
WEEKDAYS_BEHIND = r"(?:[월화수목금토일]요일|(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?)"
WEEKDAYS_IN_BRACKETS = "[월화수목금토일月火水木金土日]"
