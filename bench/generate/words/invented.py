"""Names, addresses and companies, put together by chance from made-up words. That somebody or
something bears one of these names is chance as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.generate.numbers import digits
from bench.generate.words import en, ko, ru


@dataclass(frozen=True)
class Words:
    """`surnames`, `given`, `second`: a pair of lists, for women and for men."""

    surnames: tuple[tuple[str, ...], tuple[str, ...]]
    given: tuple[tuple[str, ...], tuple[str, ...]]
    second: tuple[tuple[str, ...], tuple[str, ...]]
    towns: tuple[str, ...]
    streets: tuple[str, ...]
    companies: tuple[str, ...]
    forms: tuple[str, ...]
    goods: tuple[tuple[str, str, int], ...]  # name, unit, price of one in hundredths


@dataclass(frozen=True)
class Person:
    surname: str
    given: str
    second: str  # the patronymic; "" where the language has none
    male: bool
    language: str

    @property
    def full(self) -> str:
        """As a form has it: surname first in ru and ko."""
        if self.language == "en":
            return f"{self.given} {self.surname}"
        if self.language == "ko":
            return f"{self.surname}{self.given}"
        return " ".join(filter(None, (self.surname, self.given, self.second)))


WORDS = {
    "en": Words(
        (en.SURNAMES, en.SURNAMES), (en.WOMEN, en.MEN), ((), ()), en.TOWNS, en.STREETS,
        en.COMPANIES, en.FORMS, en.GOODS,
    ),
    "ru": Words(
        (tuple(ru.feminine(name) for name in ru.SURNAMES), ru.SURNAMES), (ru.WOMEN, ru.MEN),
        (ru.DAUGHTERS, ru.SONS), ru.TOWNS, ru.STREETS, ru.COMPANIES, ru.FORMS, ru.GOODS,
    ),
    "ko": Words(
        (ko.SURNAMES, ko.SURNAMES), (ko.WOMEN, ko.MEN), ((), ()), ko.TOWNS, ko.STREETS,
        ko.COMPANIES, ko.FORMS, ko.GOODS,
    ),
}  # fmt: skip


def person(rng: Random, language: str) -> Person:
    words, male = WORDS[language], rng.random() < 0.5
    second = words.second[male]
    return Person(
        rng.choice(words.surnames[male]),
        rng.choice(words.given[male]),
        rng.choice(second) if second else "",
        male,
        language,
    )


def company(rng: Random, language: str) -> str:
    words = WORDS[language]
    name, form = rng.choice(words.companies), rng.choice(words.forms)
    return form.format(name=name)


def postal(rng: Random, language: str) -> str:
    """A street address on one line; its postal code is of no place."""
    words = WORDS[language]
    town, street, house = rng.choice(words.towns), rng.choice(words.streets), rng.randint(1, 98)
    if language == "ru":
        flat = f", кв. {rng.randint(1, 180)}" if rng.random() < 0.5 else ""
        return f"000{digits(rng, 3)}, г. {town}, {street}, д. {house}{flat}"
    if language == "ko":
        return f"{town} {street} {house} (우편번호 00{digits(rng, 3)})"
    return f"{house} {street}, {town} ZZ{rng.randint(1, 99)} {rng.randint(1, 9)}ZZ"
