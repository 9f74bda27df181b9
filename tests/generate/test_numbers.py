"""Check digits, dates and amounts, against numbers known from elsewhere."""

from __future__ import annotations

import re
from datetime import date
from random import Random

import pytest

from bench.generate import numbers
from bench.generate.words import WORDS, Person, person
from bench.generate.words.ru import SURNAMES


@pytest.mark.parametrize(
    ("nine", "whole"),
    [
        ("112233445", "112-233-445 95"),  # the example in the Pension Fund's rule
        ("087654303", "087-654-303 00"),  # a sum of 202, twice 101
        ("000000030", "000-000-030 06"),
    ],
)
def test_snils(nine: str, whole: str) -> None:
    assert numbers.snils(nine) == whole


@pytest.mark.parametrize("whole", ["7707083893", "7736050003", "7702070139"])
def test_inn_of_known_companies(whole: str) -> None:
    assert numbers.inn(whole[:9]) == whole


def test_drawn_numbers_are_of_ranges_that_are_not_given_out() -> None:
    rng = Random(5)
    for _ in range(200):
        assert re.fullmatch(r"9\d\d-\d{3}-\d{3} \d\d", numbers.unissued_snils(rng))
        assert re.fullmatch(r"00\d{8}", numbers.unissued_inn(rng))
        assert numbers.unissued_phone(rng, "ru").startswith("+7 (000) ")
        assert numbers.unissued_phone(rng, "en").startswith("01632 960")
        assert numbers.unissued_phone(rng, "ko").startswith("010-0")


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("dots", "03.09.1985"),
        ("slashes", "03/09/1985"),
        ("hyphens", "1985-09-03"),
        ("ru", "3 сентября 1985 г."),
        ("en", "3 September 1985"),
        ("ko", "1985년 9월 3일"),
    ],
)
def test_dates(style: str, text: str) -> None:
    assert numbers.date_text(date(1985, 9, 3), style) == text


@pytest.mark.parametrize(
    ("hundredths", "language", "text"),
    [
        (123456, "en", "1,234.56"),
        (-5, "en", "-0.05"),
        (123456789, "ru", "1 234 567,89"),
        (-100, "ru", "-1,00"),
        (12345600, "ko", "123,456"),
    ],
)
def test_amounts(hundredths: int, language: str, text: str) -> None:
    assert numbers.amount(hundredths, language) == text


@pytest.mark.parametrize(
    ("language", "full"),
    [("en", "Anna Bell"), ("ru", "Bell Anna Ивановна"), ("ko", "BellAnna")],
)
def test_the_order_of_a_name(language: str, full: str) -> None:
    second = "Ивановна" if language == "ru" else ""
    assert Person("Bell", "Anna", second, male=False, language=language).full == full


def test_russian_names_agree_in_gender() -> None:
    for seed in range(100):
        one = person(Random(seed), "ru")
        assert one.male == (one.surname in SURNAMES) == one.second.endswith("ич")
        assert one.given in WORDS["ru"].given[one.male]
