"""Pages of names and values: identity cards, insurance forms, applications."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.generate.card import card
from bench.generate.families.form_words import FORMS, IDENTITY, INSURANCE, FormWords
from bench.generate.flow import Flow
from bench.generate.numbers import amount, date_text, day, digits, unissued_phone
from bench.generate.page import GREY, Colour, Line, Page
from bench.generate.words import person, postal

STYLE = {"en": "slashes", "ru": "dots", "ko": "hyphens"}
_MONEY = {"en": 10_000, "ru": 1_000_000, "ko": 10_000_000}  # hundredths
_PAPERS: tuple[Colour, ...] = ((236, 242, 250), (244, 240, 228), (238, 246, 238))


def identity_card(language: str, rng: Random) -> Page:
    title, *names = rng.choice(IDENTITY[language])
    holder = person(rng, language)
    values = (
        holder.full,
        date_text(day(rng, date(1950, 1, 1), date(2005, 12, 31)), STYLE[language]),
        postal(rng, language),
        f"{rng.choice('XYZ')}00-{digits(rng, 6)}",
        date_text(day(rng, date(2026, 1, 1), date(2034, 12, 31)), STYLE[language]),
    )
    pairs = list(zip(names, values, strict=True))
    return card(language, title, [pairs[:3], pairs[3:]], paper=rng.choice(_PAPERS), height=600)


def insurance_form(language: str, rng: Random) -> Page:
    return _form(INSURANCE[language], language, rng)


def application_form(language: str, rng: Random) -> Page:
    return _form(rng.choice(FORMS[language]), language, rng)


def _form(words: FormWords, language: str, rng: Random) -> Page:
    """Sections of lines to be filled in, with values in them, and a place to sign."""
    flow = Flow(language, size=25)
    flow.mark()
    flow.line(words.title, size=34, bold=True)
    flow.paragraph(words.intro, 36 if language == "ko" else 62)
    flow.gap(0.3)
    for title, lines in words.sections:
        flow.rule()
        flow.line(title, bold=True)
        for name, kind in lines:
            flow.gap(0.12)
            flow.pair(name, _value(kind, language, rng), at=0.36)
            y = flow.y + 9
            start = flow.left + 0.36 * flow.across
            flow.shapes.append(Line((start, y), (flow.right, y), 1, GREY))
    flow.gap(0.8)
    flow.paragraph(words.declared, 36 if language == "ko" else 62)
    signed = date_text(day(rng, date(2023, 1, 1), date(2025, 12, 31)), STYLE[language])
    flow.signature(f"{words.date} {signed}", words.signature)
    return flow.page()


def _value(kind: str, language: str, rng: Random) -> str:
    """`kind`: what is asked for, or the values to choose from with | between them."""
    if "|" in kind:
        return rng.choice(kind.split("|"))
    made = {
        "person": lambda: person(rng, language).full,
        "address": lambda: postal(rng, language),
        "phone": lambda: unissued_phone(rng, language),
        "birth": lambda: date_text(day(rng, date(1950, 1, 1), date(2005, 12, 31)), STYLE[language]),
        "date": lambda: date_text(day(rng, date(2022, 1, 1), date(2025, 12, 31)), STYLE[language]),
        "number": lambda: f"{rng.choice('ABCD')}-{digits(rng, 6)}",
        "money": lambda: amount(rng.randint(5, 90) * _MONEY[language], language),
    }
    return made[kind]()
