"""A job's mistakes by field, over what was judged."""

from __future__ import annotations

from typing import Any

from bench.mistake_groups import EXAMPLES, mistake_groups
from bench.schema import Record, Score

RIGHT = {"m": Score(value=1, numerator=1, denominator=1)}
WRONG = {"m": Score(value=0, numerator=0, denominator=1)}


def record(name: str, **more: Any) -> Record:
    given: dict[str, Any] = {
        "job": "j",
        "id": name,
        "doc_id": name,
        "doc_type": None,
        "field": None,
        "language": None,
        "references": ("x",),
        "prediction": "y",
        "value": "y",
        "status": "answered",
        "scores": WRONG if more.get("mistake") else RIGHT,
    }
    return Record(**(given | more))


def test_all_fields_first_then_each() -> None:
    everything, date, total = mistake_groups(
        [
            record("a", field="total", mistake="wrong_value"),
            record("b", field="total"),
            record("c", field="date", mistake="missed"),
            record("d", field="total", mistake="wrong_value"),
        ]
    )
    assert (everything.field, date.field, total.field) == (None, "date", "total")
    assert (everything.n, total.n) == (4, 3)
    assert list(everything.kinds) == ["wrong_value", "missed"]
    assert total.kinds["wrong_value"].n == 2
    assert total.kinds["wrong_value"].share == 2 / 3
    assert total.kinds["wrong_value"].examples == ("a", "d")
    assert date.kinds["missed"].share == 1


def test_a_field_without_mistakes_says_so() -> None:
    _, date = mistake_groups([record("a", field="date")])
    assert (date.n, date.kinds) == (1, {})


def test_an_answer_is_told_by_its_fields() -> None:
    everything, total = mistake_groups(
        [
            record("a"),
            record("a#total", field="total", part_of="a", mistake="missed"),
            record("b", mistake="request_failed", status="failed", prediction=None, value=None),
        ]
    )
    assert everything.n == 2
    assert set(everything.kinds) == {"missed", "request_failed"}
    assert total.kinds["missed"].examples == ("a#total",)


def test_what_nothing_judges_is_left_out() -> None:
    unmeasured = {"m": Score(value=None, numerator=0, denominator=0)}
    assert mistake_groups([record("a", scores={}), record("b", scores=unmeasured)]) == ()
    assert mistake_groups([]) == ()
    assert mistake_groups([record("a", scores={}), record("b")])[0].n == 1


def test_examples_are_the_first_few() -> None:
    (group,) = mistake_groups([record(str(n), mistake="partial") for n in range(20)])
    assert group.kinds["partial"].n == 20
    assert group.kinds["partial"].examples == tuple(str(n) for n in range(EXAMPLES))
