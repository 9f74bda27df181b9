"""Other fields' values that are passed over unread are none that reading would have found."""

from __future__ import annotations

import datetime as dt
import random
from unittest import mock

import pytest

from bench.fields import FieldRule
from bench.mistakes import elsewhere
from bench.mistakes.elsewhere import of_another_field

RULES = [
    FieldRule(type="date", locale="ru"),
    FieldRule(type="date"),
    FieldRule(type="amount", locale="ru"),
    FieldRule(type="number"),
    FieldRule(type="phone", country="RU"),
    FieldRule(type="document_number"),
    FieldRule(type="person_name", name_order="any"),
    FieldRule(type="address", locale="ru"),
    FieldRule(type="text"),
]
WORDS = (
    *("Smith, John", "John Smith", "Smlth John Peter", "Smith John Peter", "№ 12-34", "1234"),
    *(
        "ул. Ленина, д. 5",
        "улица Ленина дом 5",
        "AB 12-34",
        "ab1234",
        "١٢٣٤",
        "１２３４",
        "12²4",
        "",
    ),
)


def value(dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.3:
        day = dt.date(1999, 1, 1) + dt.timedelta(37 * dice.randrange(6))
        forms = (f"{day:%d.%m.%Y}", f"{day:%d.%m.%y}", f"{day:%Y-%m-%d}", f"{day:%Y%m%d}")
        named = (f"{day:%d %b %Y}", f"{day.year}年{day.month}月{day.day}日")
        return dice.choice((*forms, *named))
    if chance < 0.6:
        cents = dice.choice((0, 5, 50, 502, 520, 1234, 120_000))
        whole, part = divmod(cents, 100)
        written = (f"{cents / 100:,.2f} USD", f"{whole} руб. {part:02} коп.", f"{cents / 100:g}e0")
        return dice.choice((*written, f"{whole},{part:02}", f"{whole}"))
    if chance < 0.75:
        number = dice.choice(("9123456789", "9123456780", "3012345678"))
        return dice.choice((f"+7{number}", f"8 ({number[:3]}) {number[3:]}", f"{number} доб. 5"))
    return dice.choice(WORDS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.type}-{rule.locale}")
def test_nothing_is_passed_over_that_reading_finds(rule: FieldRule) -> None:
    dice = random.Random(8)
    found = 0
    for _ in range(600):
        said = value(dice)
        if dice.random() < 0.3:
            said = dice.choice(("The value is ", "Total: ", "")) + said + dice.choice((" EUR", "."))
        references, others = (value(dice),), {str(n): (value(dice),) for n in range(4)}
        with mock.patch.object(elsewhere, "_may_be", return_value=True):
            expected = of_another_field(said, references, rule, others)
        assert of_another_field(said, references, rule, others) == expected, (said, others)
        found += expected
    assert found > 10
