"""Types that are compared as text: free text, names, addresses, numbers of documents."""

from __future__ import annotations

import re
from functools import cache

from bench.fields.normalise import DOCUMENT_NUMBER as NUMBER_STEPS
from bench.fields.normalise import TEXT, VALUE, WORDS, normalised
from bench.fields.rule import FieldRule
from bench.fields.verdict import Kind, Reason, equal


def _pairs(text: str) -> dict[str, str]:
    return dict(zip(*[iter(text.split())] * 2, strict=True))


# In lower case; ß is ss. What stands for two words in a language (`St`, `Dr`) is left out.
ABBREVIATIONS: dict[str, dict[str, str]] = {
    "ru": _pairs(
        "ул улица д дом г город кв квартира корп корпус пр-т проспект просп проспект "
        "пер переулок стр строение обл область пл площадь наб набережная б-р бульвар "
        "ш шоссе р-н район пос поселок оф офис"
    ),
    "en": _pairs(
        "rd road ave avenue ln lane blvd boulevard sq square hwy highway apt apartment pkwy parkway"
    ),
    "de": _pairs("str strasse pl platz"),
    "fr": _pairs("av avenue bd boulevard boul boulevard pl place rte route imp impasse sq square"),
    "es": _pairs("c/ calle av avenida avda avenida pza plaza pl plaza ctra carretera"),
}


def _read_text(text: str, _rule: FieldRule) -> tuple[str, ...]:
    return (text,)


def _read_number(text: str, rule: FieldRule) -> tuple[str, ...]:
    return _unless_empty(text if rule.steps else normalised(text, NUMBER_STEPS))


def _read_address(text: str, rule: FieldRule) -> tuple[str, ...]:
    if not rule.steps:
        language = (rule.locale or "").partition("-")[0]
        if language in ABBREVIATIONS:
            known = ABBREVIATIONS[language]
            text = _abbreviated(language).sub(lambda found: f"{known[found[0]]} ", text)
        text = normalised(text, WORDS)
    return _unless_empty(text)


@cache
def _abbreviated(language: str) -> re.Pattern[str]:
    """Whole words, but German `str` also as the end of one: Bahnhofstr."""
    known = sorted(map(re.escape, ABBREVIATIONS[language]), key=len, reverse=True)
    begin = r"(?<!\w)" if language != "de" else r"(?:(?<!\w)|(?=str))"
    return re.compile(rf"{begin}(?:{'|'.join(known)})(?:(?<=/)|(?!\w))")


def _read_name(text: str, rule: FieldRule) -> tuple[tuple[str, ...], ...]:
    """`Smith, John` is John Smith."""
    if not rule.steps:
        family, comma, given = text.partition(",")
        if comma and "," not in given:
            text = f"{given} {family}"
        text = normalised(text, WORDS)
    words = tuple(text.split())
    return (words,) if words else ()


def _same_name(one: tuple[str, ...], other: tuple[str, ...], rule: FieldRule) -> Reason:
    if one == other:
        return "equal_value"
    if sorted(one) != sorted(other):
        return "different_value"
    return "equal_value" if rule.name_order == "any" else "ambiguous"


def _unless_empty(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


FREE_TEXT = Kind(TEXT, _read_text, equal)
DOCUMENT_NUMBER = Kind(VALUE, _read_number, equal)
ADDRESS = Kind(TEXT, _read_address, equal)
PERSON_NAME = Kind(TEXT, _read_name, _same_name, " ".join)
