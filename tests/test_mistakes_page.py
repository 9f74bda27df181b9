"""The kinds that a transcript and the other fields tell apart, against cases labelled before."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fields import FieldRule
from bench.metrics import METRICS, Policy
from bench.mistakes import mistake
from bench.page_text import Page
from bench.quality_rows import MistakeKind
from bench.schema import FieldType

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "mistakes_cases_page.jsonl").read_text("utf-8").split("\n")
    if line
]
POLICY = Policy(case="fold", whitespace="collapse", unicode="nfkc")
AMOUNT, TEXT, NAME = (FieldRule(type=kind) for kind in ("amount", "text", "person_name"))
RULES = [
    FieldRule(type=kind, values=(("yes",), ("no",)) if kind == "enumerated" else ())
    for kind in get_args(FieldType)
]
PAGE = Page.of("Счёт 317\nПоставщик: ООО «Ромашка»\nИтого 4 400,00\nНДС 880,00\nК оплате 5 280,00")


def exactly(case: dict[str, Any]) -> bool | None:
    """As the task's exact match says it; it has nothing to say where there is no reference."""
    said, references = case["prediction"], case["references"]
    if said is None or not references:
        return None if references == [] and said is not None else False
    return METRICS["exact_match"].measure(said, tuple(references), POLICY).value == 1


def kind_of(case: dict[str, Any]) -> MistakeKind | None:
    return mistake(
        case["prediction"],
        case["references"],
        right=exactly(case),
        finish_reason=case["finish_reason"],
        rule=FieldRule(type=case["rule"]),
        page=None if case["page"] is None else Page.of(case["page"]),
        others=case["others"],
        field=case["field"],
        answerable=case["answerable"],
    )


def test_the_cases_hold_every_kind_in_six_languages() -> None:
    assert len(CASES) >= 90
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert {case["expected"] for case in CASES} == {*get_args(MistakeKind), None}
    assert {case["language"] for case in CASES} == {"en", "de", "ru", "ko", "zh", "ja"}


def test_nineteen_of_twenty_labelled_cases_are_told_right_and_most_of_each_kind() -> None:
    wrong = [(case["id"], kind_of(case)) for case in CASES if kind_of(case) != case["expected"]]
    assert len(wrong) <= 0.05 * len(CASES), wrong
    kinds = {case["id"]: case["expected"] for case in CASES}
    missed = Counter(kinds[name] for name, _ in wrong)
    for kind, n in Counter(kinds.values()).items():
        assert missed[kind] <= 0.1 * n, (kind, wrong)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_is_right_is_never_a_mistake(case: dict[str, Any]) -> None:
    for reference in case["references"]:
        kind = mistake(
            reference,
            case["references"],
            right=True,
            rule=FieldRule(type=case["rule"]),
            page=Page.of(case["page"] or ""),
            others=case["others"],
        )
        assert kind is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_without_a_page_and_other_fields_nothing_is_said_of_them(case: dict[str, Any]) -> None:
    if case["answerable"]:
        kind = mistake(
            case["prediction"],
            case["references"],
            right=exactly(case),
            rule=FieldRule(type=case["rule"]),
        )
        assert kind not in ("hallucinated", "wrong_field")


def wrong(said: str, *references: str, **how: Any) -> MistakeKind | None:
    return mistake(said, references, right=False, **how)


def test_a_value_on_the_page_is_not_made_up() -> None:
    assert wrong("4400.00", "5 280,00", rule=AMOUNT, page=PAGE) == "wrong_value"
    assert wrong("4500.00", "5 280,00", rule=AMOUNT, page=PAGE) == "hallucinated"
    assert wrong("4500.00", "4 400,00", rule=AMOUNT, page=PAGE) == "wrong_value"  # a misread digit


def test_the_field_s_own_name_among_the_others_is_passed_over() -> None:
    others = {"net": ["4 400,00"], "price": ["5 280,00"]}
    how: dict[str, Any] = {"rule": AMOUNT, "page": PAGE, "others": others}
    assert wrong("4 400,00", "880,00", field="vat", **how) == "wrong_field"
    assert wrong("4 400,00", "880,00", field="net", **how) == "wrong_value"


def test_a_value_that_two_fields_share_belongs_to_neither_alone() -> None:
    others = {"net": ["880,00"], "total": ["880.00"]}
    assert wrong("0,88", "880,00", rule=AMOUNT, others=others) == "wrong_value"
    assert wrong("880", "0,88", rule=AMOUNT, others=others) == "wrong_field"


def test_a_date_that_may_be_this_field_s_is_not_only_the_other_s() -> None:
    day = FieldRule(type="date")
    others = {"issued": ["05/06/2018"]}  # 5 June or 6 May
    assert wrong("2018-05-06", "2018-06-05", rule=day, others=others) == "wrong_value"
    assert wrong("2018-05-06", "2019-06-05", rule=day, others=others) == "wrong_field"


def test_a_misread_name_goes_to_the_field_that_it_is_nearer_to() -> None:
    others = {"guest": ["Margarete Whitlock"]}
    assert wrong("Margarets Whitlock", "Margaret Whitlock", rule=NAME, others=others) == (
        "wrong_value"
    )
    assert wrong("Margarets Whitlock", "John Smith", rule=NAME, others=others) == "wrong_field"


def test_what_stands_on_the_page_in_that_script_is_no_wrong_script() -> None:
    page = Page.of("성명 이도윤\nName Lee Do Yun")
    assert wrong("Lee Do Yun", "이도윤", rule=NAME) == "wrong_script"
    assert wrong("Lee Do Yun", "이도윤", rule=NAME, page=page) == "wrong_value"


def test_a_long_answer_is_no_made_up_value() -> None:
    story = "It is hard to say which of the many numbers on this sheet is meant. " * 6
    assert wrong(story, "ООО «Ромашка»", rule=TEXT, page=PAGE) == "wrong_value"


@pytest.mark.parametrize(
    ("said", "reference", "rule", "kind"),
    [
        ("Romashka", "Ромашка", TEXT, "wrong_script"),
        ("Daisy", "Ромашка", TEXT, "wrong_script"),  # it may be a translation
        ("Kim Ha-neul", "김하늘", NAME, "wrong_script"),
        ("Peter Brown", "김하늘", NAME, "wrong_value"),  # names are not translated
        ("Сидоров", "Sidorov", NAME, "wrong_script"),
        ("Cмит", "Смит", NAME, "wrong_script"),  # the C is Latin
        ("Смид", "Смит", NAME, "wrong_value"),
        ("Ромашка Ltd", "Ромашка", TEXT, "partial"),
        ("12", "двенадцать", TEXT, "wrong_value"),  # digits have no script
        ("five hundred", "500", AMOUNT, "wrong_value"),
    ],
)
def test_another_script(said: str, reference: str, rule: FieldRule, kind: MistakeKind) -> None:
    assert wrong(said, reference, rule=rule) == kind


def test_where_there_is_no_answer_silence_is_right_and_a_refusal_is_none() -> None:
    def unanswerable(said: str | None, **how: Any) -> MistakeKind | None:
        return mistake(said, (), right=None, answerable=False, **how)

    assert unanswerable("") is None
    assert unanswerable("не указано") is None
    assert unanswerable("880,00") == "hallucinated"
    assert unanswerable("880,00", others={"vat": ["880.00"]}, rule=AMOUNT) == "wrong_field"
    assert unanswerable("I cannot help with that.") == "refused"
    assert unanswerable("880,", finish_reason="length") == "truncated"
    assert unanswerable(None) == "request_failed"


@given(
    st.text(),
    st.lists(st.text(), min_size=1, max_size=3),
    st.sampled_from([None, *RULES]),
    st.text() | st.just("Total 54.50 on 06/03/2018"),
    st.dictionaries(st.text(), st.lists(st.text(), max_size=2), max_size=3),
)
def test_any_text_gets_a_kind(
    said: str,
    references: list[str],
    rule: FieldRule | None,
    page: str,
    others: dict[str, list[str]],
) -> None:
    how: dict[str, Any] = {"rule": rule, "page": Page.of(page), "others": others}
    assert wrong(said, *references, **how) in get_args(MistakeKind)
    assert wrong(said, answerable=False, **how) in (*get_args(MistakeKind), None)


@pytest.mark.thorough
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.type)
@pytest.mark.parametrize(
    "said",
    ["1 2 " * 250_000, "01.02.2024 " * 90_000, "(" * 1_000_000, "\ud800" * 1_000_000],
    ids=["numbers", "dates", "marks", "surrogates"],
)
def test_a_megabyte_is_told_in_bounded_time(said: str, rule: FieldRule) -> None:
    started = time.process_time()
    assert wrong(said, "54.50", rule=rule, page=PAGE, others={"net": ["4 400,00"]}) is not None
    assert time.process_time() - started < 5  # seconds; 1 where it was written
