"""Verdicts: what was read, the nearest reference, bounds, and what holds for any text."""

from __future__ import annotations

import datetime as dt
import sys
import time
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.fields import FieldRule, compare, reason
from bench.fields.compare import KINDS, LONGEST, LONGEST_TEXT
from bench.fields.currencies import CODES, MARKS, OPEN
from bench.fields.locales import LOCALES, MONTHS, Locale
from bench.fields.normalise import normalised
from bench.fields.verdict import MATCHING, NEARNESS, Reason, Verdict
from bench.schema import FieldType

VALUES = (("paid", "bezahlt"), ("open", "offen"))
RULES = [
    FieldRule(type=kind, locale=locale, values=VALUES if kind == "enumerated" else ())
    for kind in get_args(FieldType)
    for locale in (None, "ru", "en-US", "de", "ja")
]
RULE = st.sampled_from(RULES)
# Any text, and text that comes near to values.
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.text("0123456789.,-/ '()+%$€¥eE年月日年월일«»\u2212\u00a0№xo", max_size=16),
)


def rule(kind: FieldType, **more: Any) -> FieldRule:
    return FieldRule(type=kind, **more)


def read(text: str, how: FieldRule) -> tuple[Any, ...]:
    kind = KINDS[how.type]
    return kind.read(normalised(text, how.steps or kind.steps), how)


def test_a_verdict_says_what_was_read() -> None:
    assert compare("1 234,56 ₽", ("1234.65 RUB",), rule("amount")) == Verdict(
        match=False,
        reason="different_value",
        read_prediction="1234.56 RUB",
        read_reference="1234.65 RUB",
    )
    verdict = compare("06/03/2018", ("6 March 2018",), rule("date"))
    assert verdict.read_prediction == "2018-03-06 | 2018-06-03"
    assert verdict.read_reference == "2018-03-06"
    assert compare("n/a", ("6 March 2018",), rule("date")).read_prediction is None
    assert compare("Smith, John", ("John Smith",), rule("person_name")).read_prediction == (
        "john smith"
    )
    assert compare("030 1234567 ext. 5", ("030/1234567",), rule("phone", country="DE")) == Verdict(
        match=False,
        reason="different_value",
        read_prediction="+49301234567 ext. 5",
        read_reference="+49301234567",
    )


def test_the_nearest_of_several_references_counts() -> None:
    dates = ("7 March 2018", "06/03/2018", "6 March 2018")
    assert compare("2018-03-06", dates, rule("date")).reason == "equal_value"
    assert compare("2018-03-06", dates[:2], rule("date")).reason == "ambiguous"
    assert compare("2018-03-06", ("unknown", dates[0]), rule("date")).reason == "different_value"


@given(TEXT, st.lists(TEXT, min_size=1, max_size=3), RULE)
@example("x", ["\ud800"], FieldRule(type="text"))
@example("1" * LONGEST, ["1" * (LONGEST - 1) + "2"], FieldRule(type="number", tolerance=Decimal(1)))
def test_any_text_gets_a_verdict(said: str, references: list[str], how: FieldRule) -> None:
    verdict = compare(said, references, how)
    assert verdict.match == (verdict.reason in MATCHING)
    assert reason(said, references, how) == verdict.reason
    assert compare(said, references[::-1], how) == verdict
    more = compare(said, [*references, said], how)
    assert more.reason == "equal_text"
    assert NEARNESS[more.reason] <= NEARNESS[verdict.reason]


@given(TEXT, RULE)
def test_a_text_is_equal_to_itself(text: str, how: FieldRule) -> None:
    assert compare(text, (text,), how).reason == "equal_text"


@given(TEXT, TEXT, RULE)
def test_which_of_the_two_was_predicted_makes_no_difference(
    one: str, other: str, how: FieldRule
) -> None:
    there, back = compare(one, (other,), how), compare(other, (one,), how)
    assert there.match == back.match
    assert {there.reason, back.reason} in (
        {there.reason},
        {"unreadable_prediction", "unreadable_reference"},
    )


@given(TEXT, RULE.filter(lambda how: how.type not in ("amount", "number", "address")))
def test_reading_what_was_read_gives_it_again(text: str, how: FieldRule) -> None:
    """Amounts are shown with a point whatever their locale; they are formatted below."""
    meanings = read(text, how)
    if len(meanings) == 1:
        assert read(KINDS[how.type].show(meanings[0]), how) == meanings


MONTHS_OF = {
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre",
}
# The formats of each locale; %B is its month.
DATES: list[tuple[Locale, str]] = [
    *(("ru", form) for form in ("%d.%m.%Y", "%d %B %Y г.", "«%d» %B %Y года", "%Y-%m-%d")),
    *(("en-US", form) for form in ("%m/%d/%Y", "%B %d, %Y", "%Y-%m-%d")),
    *(("en-GB", form) for form in ("%d/%m/%Y", "%d %B %Y", "%B %d, %Y")),
    *(("de", form) for form in ("%d.%m.%Y", "%d. %B %Y")),
    *(("fr", form) for form in ("%d/%m/%Y", "%d %B %Y")),
    *(("es", form) for form in ("%d/%m/%Y", "%d de %B de %Y")),
    *(("ko", form) for form in ("%Y. %m. %d.", "%Y년 %m월 %d일", "%Y-%m-%d")),
    *(("zh", form) for form in ("%Y年%m月%d日", "%Y/%m/%d")),
    *(("ja", form) for form in ("%Y年%m月%d日", "%Y/%m/%d")),
]


@given(st.dates(dt.date(1000, 1, 1)), st.sampled_from(DATES))
def test_a_formatted_date_is_read_back(day: dt.date, way: tuple[Locale, str]) -> None:
    locale, form = way
    month = MONTHS_OF.get(locale[:2], " " * 11).split(" ")[day.month - 1]
    parts = {"%d": f"{day.day:02}", "%m": f"{day.month:02}", "%Y": f"{day.year}", "%B": month}
    for letter, part in parts.items():
        form = form.replace(letter, part)
    assert read(form, rule("date", locale=locale)) == (day,)


AMOUNT = st.decimals(
    min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False
)
# Group and decimal mark, what stands before and behind.
AMOUNTS: list[tuple[Locale, str, str, str, str, str]] = [
    ("ru", "\u00a0", ",", "", " ₽", "RUB"),
    ("ru", " ", ",", "", " руб.", "RUB"),
    ("ru", "\u2009", ",", "", " р.", "RUB"),
    ("en-US", ",", ".", "$", "", "USD"),
    ("en", ",", ".", "£", "", "GBP"),
    ("de", ".", ",", "", " €", "EUR"),
    ("de", "", ",", "EUR ", "", "EUR"),
    ("de-CH", "\u2019", ".", "CHF ", "", "CHF"),
    ("fr", "\u202f", ",", "", "\u00a0€", "EUR"),
    ("es", ".", ",", "", " euros", "EUR"),
    ("es-MX", ",", ".", "$", "", "MXN"),
    ("zh", ",", ".", "", "元", "CNY"),
    ("zh", ",", ".", "¥", "", "CNY"),
    ("ja", ",", ".", "", "円", "JPY"),
    ("ko", ",", ".", "₩", "", "KRW"),
]


@given(AMOUNT, st.sampled_from(AMOUNTS), st.sampled_from(["-", "\u2212"]))
def test_a_formatted_amount_is_read_back(
    value: Decimal, way: tuple[Locale, str, str, str, str, str], minus: str
) -> None:
    locale, group, mark, before, behind, code = way
    if code in ("JPY", "KRW"):
        value = value.to_integral_value()
    whole, _, part = f"{abs(value):,}".partition(".")
    digits = whole.replace(",", group) + (mark + part if part else "")
    text = (minus if value < 0 else "") + before + digits + behind
    assert read(text, rule("amount", locale=locale)) == ((value, code),)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", get_args(FieldType))
@pytest.mark.parametrize(
    "said",
    ["1" * 10**6, "1 " * 500_000, "\u0130" * 10**6, "(" * 10**6, "\ufdfa" * 10**6, "a," * 500_000],
    ids=["digits", "spaced", "folding", "brackets", "ligature", "commas"],
)
def test_a_megabyte_is_not_read(kind: FieldType, said: str) -> None:
    how = rule(kind, values=VALUES if kind == "enumerated" else ())
    begun = time.process_time()
    assert compare(said, ("1",), how).reason == "too_long"
    assert compare("1", (said,), how).reason == "too_long"
    assert compare(said, (said,), how).reason == "equal_text"
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("letter", ["1", " ", "1 ", "1,", "(", "-", "1.1", "a", ".", "руб", "1 р "])
def test_the_longest_value_that_is_read_is_read_at_once(letter: str) -> None:
    said = (letter * LONGEST)[:LONGEST]
    begun = time.process_time()
    for how in RULES:
        compare(said, ("1",), how)
    assert time.process_time() - begun < 2


def test_a_long_text_is_compared_up_to_its_bound() -> None:
    page = "Harbour & Vine " * (LONGEST_TEXT // 20)
    assert compare(page.upper(), (page,), rule("text")).reason == "equal_text"
    assert compare(page, (page + "x",), rule("text")).reason == "different_value"
    assert compare("x" * (LONGEST + 1), ("x",), rule("person_name")).reason == "too_long"


def test_the_tables_do_not_contradict_themselves() -> None:
    assert {*LOCALES} == {*get_args(Locale)}
    assert {*MONTHS.values()} == {*range(1, 13)}
    assert MONTHS["mar"] == 3
    assert {*NEARNESS} == {*get_args(Reason)}
    assert {*MARKS.values()} <= CODES | {*OPEN}
    assert all(codes <= CODES for codes in OPEN.values())
    assert {*KINDS} == {*get_args(FieldType)}


@pytest.mark.parametrize("kind", ["date", "text"])
def test_what_was_read_before_changes_no_verdict(
    kind: FieldType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read of late is kept, and let go of when there is much of it."""
    monkeypatch.setattr(sys.modules["bench.fields.compare"], "KEPT", 3)
    how = rule(kind, locale="ru")
    pairs = [(f"{day}.09.1985", f"{day} сентября 1985 г.") for day in (1, 2, 3, 4, 1, 5, 2)]
    fresh = [compare(said, (wanted,), rule(kind, locale="ru")) for said, wanted in pairs]
    assert [compare(said, (wanted,), how) for said, wanted in pairs] == fresh
    assert len(how.texts) <= 3
    long = "x" * 300
    compare(long, ("y",), how)
    assert long not in how.texts
    assert how == rule(kind, locale="ru")
