"""What amounts and dates a text may mean."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bench import values


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("54.50", ["54.50"]),
        ("1,204.50 or 1.204,50", ["1204.50", "1204.50"]),
        ("12,500원", ["12500"]),
        ("1 250,00 ₽", ["1250"]),
        ("1\u202f250,00", ["1250"]),
        ("1'250.00", ["1250"]),
        ("1.234.567", ["1234567"]),
        ("7,5", ["7.5"]),
        ("none", []),
    ],
)
def test_amounts(text: str, amounts: list[str]) -> None:
    assert values.amounts(text) == [Decimal(one) for one in amounts]


@pytest.mark.parametrize(
    "text", ["54.50", "**54.50**", "RM 54.50", "54,50 Euro", "₩12500", "-2.09"]
)
def test_is_amount(text: str) -> None:
    assert values.is_amount(text)


@pytest.mark.parametrize("text", ["Total 54.50", "54.50 51.42", "", "RM", "3 apples"])
def test_is_no_amount(text: str) -> None:
    assert not values.is_amount(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("06/03/2018", "2018-03-06"),
        ("06/03/2018", "June 3, 2018"),
        ("06/03/18", "6.3.2018"),
        ("9. August 2024", "09-Aug-24"),
        ("6 марта 2024 г.", "2024년 3월 6일"),
        ("1st May 2024", "01.05.2024"),
    ],
)
def test_same_date(one: str, other: str) -> None:
    assert values.same_date(one, other)
    assert values.same_date(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("06/03/2018", "03/06/2018"),
        ("06/03/2018", "07/03/2018"),
        ("31/02/2018", "31/02/2018"),
        ("06/03/2018", "06/03"),
        ("12 Main Street 2018", "12.05.2018"),
    ],
)
def test_other_dates_and_no_dates(one: str, other: str) -> None:
    assert not values.same_date(one, other)
