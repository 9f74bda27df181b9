"""Confusion, F1 and consistency against counts made by hand and by simulation."""

from __future__ import annotations

import random

import pytest

from bench.classification import classification, consistency
from bench.quality_rows import Classification
from bench.schema import Record

CLASSES = ("bill", "form", "letter")


def record(name: str, wanted: str, said: str | None, *, of: str = "", doc: str = "") -> Record:
    """`said` is None for a failed request, and "?" for an answer that names no class."""
    return Record(
        job="j",
        id=name,
        variant_of=of or name,
        doc_id=doc or of or name,
        doc_type=None,
        field=None,
        language=None,
        references=(wanted,),
        prediction=said,
        value=None if said == "?" else said,
        status="failed" if said is None else "answered",
        scores={},
    )


def summed(*pairs: tuple[str, str | None]) -> Classification:
    found = classification([record(str(n), *pair) for n, pair in enumerate(pairs)], CLASSES, seed=0)
    assert found is not None
    return found


def test_the_matrix_has_a_row_a_class_and_columns_for_no_class_and_failures() -> None:
    found = summed(
        ("bill", "bill"), ("bill", "form"), ("bill", "?"), ("form", "form"), ("form", None)
    )
    assert found.matrix == ((1, 1, 0, 1, 0), (0, 1, 0, 0, 1), (0, 0, 0, 0, 0))
    assert found.accuracy == 2 / 5
    bill, form, letter = found.per_class
    assert (bill.precision, bill.recall, bill.f1, bill.n) == (1.0, 1 / 3, 0.5, 3)
    assert (form.precision, form.recall, form.f1, form.n) == (0.5, 0.5, 0.5, 2)
    assert (letter.precision, letter.recall, letter.f1, letter.n) == (None, None, None, 0)
    assert found.macro_f1 == 0.5


def test_a_class_that_is_only_answered_counts_in_macro_f1() -> None:
    assert summed(("bill", "letter"), ("bill", "bill")).macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_of_several_right_classes_the_answered_one_counts() -> None:
    both = record("a", "bill", "form").model_copy(update={"references": ("bill", "form")})
    found = classification([both], CLASSES, seed=0)
    assert found is not None
    assert (found.accuracy, found.matrix[1][1]) == (1.0, 1)


def test_without_references_there_is_nothing() -> None:
    unknown = record("a", "bill", "form").model_copy(update={"references": ()})
    assert classification([unknown], CLASSES, seed=0) is None


def test_consistency_is_the_share_of_pairs_of_orders_that_agree() -> None:
    said = ["bill", "bill", "form", "?", None]
    orders = [record(f"a~{n}", "bill", one, of="a") for n, one in enumerate(said)]
    assert consistency(orders) == 1 / 6  # the pairs of four answers: one agrees
    steady = [record(f"b~{n}", "bill", "letter", of="b") for n in range(3)]
    assert consistency(orders + steady) == (1 / 6 + 1) / 2
    assert consistency(orders[:1]) is None


def test_two_answers_without_a_class_do_not_agree() -> None:
    assert consistency([record(f"a~{n}", "bill", "?", of="a") for n in range(2)]) == 0.0


def test_the_interval_is_around_the_value_and_narrows_with_documents() -> None:
    dice = random.Random(4)

    def drawn(count: int) -> Classification:
        pairs = [
            (wanted, wanted if dice.random() < 0.8 else dice.choice(CLASSES))
            for wanted in (dice.choice(CLASSES) for _ in range(count))
        ]
        return summed(*pairs)

    few, many = drawn(40), drawn(4000)
    for one in (few, many):
        assert one.macro_f1_interval is not None
        assert one.macro_f1 is not None
        assert one.macro_f1_interval.low < one.macro_f1 < one.macro_f1_interval.high
    assert few.macro_f1_interval is not None
    assert many.macro_f1_interval is not None
    width = [one.high - one.low for one in (few.macro_f1_interval, many.macro_f1_interval)]
    assert 5 < width[0] / width[1] < 20  # the square root of 100, about


def test_documents_are_drawn_whole() -> None:
    """Ten orders of one document say no more than one: the interval must not narrow."""
    pairs = [("bill", "bill"), ("form", "form"), ("letter", "bill"), ("form", "letter")] * 5
    once = [record(f"{n}", *pair) for n, pair in enumerate(pairs)]
    ten = [record(f"{n}~{k}", *pair, of=f"{n}") for n, pair in enumerate(pairs) for k in range(10)]
    one, other = (classification(rows, CLASSES, seed=3) for rows in (once, ten))
    assert one is not None
    assert other is not None
    assert other.macro_f1_interval == one.macro_f1_interval
    assert (one.orders, other.orders, other.consistency) == (1, 10, 1.0)


def test_fewer_than_five_documents_have_no_interval() -> None:
    assert summed(*[("bill", "bill")] * 4).macro_f1_interval is None
