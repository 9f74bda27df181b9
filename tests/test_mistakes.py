"""The kinds of mistakes against cases that were labelled before the rules were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fields import FieldRule
from bench.metrics import METRICS, Policy
from bench.mistakes import mistake
from bench.quality_rows import MistakeKind
from bench.schema import FieldType

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "mistakes_cases.jsonl").read_text("utf-8").splitlines()
]
AMOUNT, TEXT = FieldRule(type="amount"), FieldRule(type="text")
RULES = [
    FieldRule(type=kind, values=(("yes",), ("no",)) if kind == "enumerated" else ())
    for kind in get_args(FieldType)
]
POLICY = Policy(case="fold", whitespace="collapse", unicode="nfkc")


def exactly(prediction: str | None, reference: str) -> bool:
    if prediction is None:
        return False
    return METRICS["exact_match"].measure(prediction, (reference,), POLICY).value == 1


def rule_of(case: dict[str, Any]) -> FieldRule | None:
    return FieldRule(type=case["field_type"]) if case["field_type"] else None


def kind_of(case: dict[str, Any]) -> MistakeKind | None:
    said, reference = case["prediction"], case["reference"]
    return mistake(
        said,
        (reference,),
        right=exactly(said, reference),
        finish_reason=case["finish_reason"],
        rule=rule_of(case),
    )


def test_the_cases_hold_every_kind_that_needs_no_page_in_four_languages() -> None:
    assert len(CASES) >= 50
    of_a_page = {"hallucinated", "wrong_field", "wrong_script"}  # test_mistakes_page.py
    assert {case["kind"] for case in CASES} == {*get_args(MistakeKind), None} - of_a_page
    assert {case["language"] for case in CASES} == {"en", "de", "ru", "ko"}


def test_nine_of_ten_labelled_cases_are_told_right() -> None:
    wrong = [(case, kind_of(case)) for case in CASES if kind_of(case) != case["kind"]]
    assert len(wrong) <= 0.1 * len(CASES), wrong


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}-{case['kind']}")
def test_what_is_right_is_never_a_mistake(case: dict[str, Any]) -> None:
    reference = case["reference"]
    assert mistake(reference, (reference,), right=True, rule=rule_of(case)) is None


def test_nothing_is_said_where_nothing_says_whether_it_is_right() -> None:
    assert mistake("54.50", (), right=None) is None
    assert mistake("54.50", ("51.42",), right=None) is None
    assert mistake(None, (), right=None) == "request_failed"


def wrong(said: str, *references: str, **how: Any) -> MistakeKind | None:
    return mistake(said, references, right=False, **how)


def test_the_nearest_of_several_references_counts() -> None:
    assert wrong("Total: 23.80", "99.99", "£23.80", "23.80") == "partial"
    assert wrong("23,80 £", "99.99", "£23.80", rule=AMOUNT) == "wrong_format"


def test_another_currency_is_another_value() -> None:
    assert wrong("23,80 €", "£23.80", rule=AMOUNT) == "wrong_value"
    assert wrong("23,80 €", "£23.80", "23.80", rule=AMOUNT) == "wrong_format"


def test_what_the_task_declares_tells_a_format_from_a_value() -> None:
    """Without a declaration 1,204 may be 1204 and 03/06 may be 06/03."""
    german = FieldRule(type="amount", locale="de")
    assert wrong("1,204", "1.204", rule=AMOUNT) == "wrong_format"
    assert wrong("1,204", "1.204", rule=german) == "wrong_value"
    british = FieldRule(type="date", locale="en-GB")
    assert wrong("03/06/2018", "2018-03-06", rule=FieldRule(type="date")) == "wrong_format"
    assert wrong("03/06/2018", "2018-03-06", rule=british) == "wrong_value"
    assert wrong("+49 30 1234567", "030 1234567", rule=FieldRule(type="phone", country="DE")) == (
        "wrong_format"
    )
    assert wrong("yes", "no", rule=FieldRule(type="boolean")) == "wrong_value"


@pytest.mark.parametrize(
    ("said", "reference", "kind"),
    [
        ("545.0", "54.50", "wrong_value"),  # the same digits, another amount
        ("$54.50", "54.50", "wrong_format"),
        ("2018-03-06", "06/03/2018", "wrong_format"),
        ("03/06/2018", "06/03/2018", "wrong_value"),
    ],
)
def test_without_a_field_type_the_reference_tells_it(
    said: str, reference: str, kind: MistakeKind
) -> None:
    assert wrong(said, reference) == kind


def test_a_long_text_is_an_answer_whatever_words_it_holds() -> None:
    goods = "\n".join(f"Item {number} {number}.50" for number in range(40))
    page = f"The Copper Wren\n{goods}\nWe cannot provide refunds"
    assert wrong(page.replace("Item", "Irem"), page) == "wrong_value"
    assert wrong(f"{page}\n{page}", page) == "partial"
    assert wrong(page[:200], page) == "truncated"
    assert wrong(page[300:], page) == "partial"


@given(
    st.text(),
    st.lists(st.text(), min_size=1, max_size=3),
    st.sampled_from([None, *RULES]),
    st.sampled_from([None, "stop", "length"]),
)
def test_any_text_gets_a_kind(
    said: str, references: list[str], rule: FieldRule | None, finish: str | None
) -> None:
    kind = wrong(said, *references, rule=rule, finish_reason=finish)
    assert kind in get_args(MistakeKind)


@pytest.mark.thorough
def test_a_megabyte_is_told_quickly() -> None:
    page = "Total 54.50\n" * 20
    assert wrong("1 2 " * 250_000, "54.50", rule=AMOUNT) == "wrong_value"
    assert wrong("ab " * 300_000, "14 Mill Lane", rule=TEXT) == "wrong_value"
    assert wrong(page * 4000, page) == "partial"
