"""Whether a value stands on a page: in any format, with a slip, and not by chance."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fields import FieldRule
from bench.page_text import Page
from bench.schema import FieldType

INVOICE = Page.of(
    "Rechnung Nr. RE-2024-0192\nTischlerei Brandt GmbH\nWerkstraße 8\n97070 Würzburg\n"
    "9. August 2024\n4 Stühle Eiche 145,00 580,00\nGesamtbetrag 1.190,00 €\nTel. 0931 4550112"
)
FORM = Page.of(
    "성명: 김하늘\n주소: 서울특별시 중구\n세종대로 110\n사고일: 2024년 2월 3일\n3 500,00"
)


def typed(kind: FieldType, **declared: str) -> FieldRule:
    return FieldRule.model_validate({"type": kind, **declared})


@pytest.mark.parametrize(
    ("value", "kind", "there"),
    [
        ("Tischlerei Brandt GmbH", "text", True),
        ("TISCHLEREI  BRANDT GMBH", "text", True),
        ("Tischlerei Brandl GmbH", "text", True),  # one letter misread
        ("Werkstraße 8, 97070 Würzburg", "address", True),  # over two lines
        ("97070 Würzburg, Werkstraße 8", "address", True),  # the other way round
        ("Schreinerei Hoffmann KG", "text", False),
        ("Brandt", "text", True),
        ("Brand", "text", False),  # a piece of a word
        ("1190", "amount", True),
        ("1,190.00 EUR", "amount", True),
        ("145", "amount", True),
        ("1191", "amount", False),
        ("1190 or 145", "amount", True),
        ("1190 or 146", "amount", False),
        ("2024-08-09", "date", True),
        ("09.08.2024", "date", True),
        ("2024-08-10", "date", False),
        ("RE 2024 0192", "document_number", True),
        ("RE-2024-0193", "document_number", False),
        ("+49 931 4550112", "phone", True),
        ("0931 4550113", "phone", False),
        ("8", "number", None),
        ("ab", "text", None),
        ("", "text", None),
        ("--- !", "text", None),
        ("yes", "boolean", None),
        ("Nein", "text", None),
    ],
)
def test_a_german_invoice(value: str, kind: FieldType, there: bool | None) -> None:  # noqa: FBT001
    assert INVOICE.holds(value, typed(kind)) is there


@pytest.mark.parametrize(
    ("value", "kind", "there"),
    [
        ("김하늘", "person_name", True),
        ("박서준", "person_name", False),
        ("서울특별시 중구 세종대로 110", "address", True),
        ("2024-02-03", "date", True),
        ("2024-03-02", "date", False),
        ("500", "amount", True),  # 3 of 500,00, or 3500,00: either may be meant
        ("3500", "amount", True),
    ],
)
def test_a_korean_form(value: str, kind: FieldType, there: bool) -> None:  # noqa: FBT001
    assert FORM.holds(value, typed(kind)) is there


def test_the_declared_order_of_a_date_counts() -> None:
    page = Page.of("Date 03/06/2018")
    assert page.holds("2018-03-06", typed("date"))
    assert page.holds("2018-06-03", typed("date"))
    assert not page.holds("2018-03-06", typed("date", locale="en-GB"))
    assert page.holds("2018-06-03", typed("date", locale="en-GB"))


def test_an_empty_page_says_nothing() -> None:
    for text in ("", " \n", "***"):
        assert Page.of(text).holds("Tischlerei Brandt GmbH") is None


def test_a_choice_from_a_list_need_not_stand_there() -> None:
    rule = FieldRule(type="enumerated", values=(("paid",), ("open",)))
    assert INVOICE.holds("paid", rule) is None


@given(st.text(), st.text())
def test_any_page_answers(page: str, value: str) -> None:
    assert Page.of(page).holds(value) in (True, False, None)
    assert Page.of(f"{page}\n{value}\n{page}").holds(value) is not False


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["text", "amount", "date", "phone", "address"])
def test_a_page_of_a_megabyte_is_read_once(kind: FieldType) -> None:
    page = Page.of("1 2 11.12.2024 word " * 50_000)
    started = time.process_time()
    for _ in range(3):
        page.holds("13.12.2025 Werkstraße 71234567", typed(kind))
    assert time.process_time() - started < 15  # seconds; 4 where it was written


def test_the_values_of_real_receipts_stand_on_them_and_hardly_on_others(shared_data: Path) -> None:
    """What is labelled is on its own page, but for one; on another's only if that has it too."""
    kinds: dict[str, FieldType] = {
        "company": "text",
        "date": "date",
        "address": "address",
        "total": "amount",
    }
    annotated = (shared_data / "sroie" / "annotations.jsonl").read_text("utf-8")
    receipts = [json.loads(line) for line in annotated.splitlines()]
    pages = [Page.of(receipt["text"]) for receipt in receipts]
    own, foreign = [], []
    for place, receipt in enumerate(receipts):
        another = (place + 1) % len(receipts)
        for field, value in receipt["fields"].items():
            own.append(pages[place].holds(value, typed(kinds[field])))
            if field != "total" and receipts[another]["fields"].get(field) != value:
                foreign.append(pages[another].holds(value, typed(kinds[field])))
    assert len(own) >= 300
    assert own.count(True) >= 0.99 * len(own)
    assert foreign.count(True) <= 0.03 * len(foreign)
