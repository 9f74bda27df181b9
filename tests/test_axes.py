"""The four axes: what each counts, what it leaves out, and the reason where it says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.axes import axes
from bench.fields import FieldRule
from bench.page_text import Page
from bench.quality_rows import Axes, Interval
from bench.schema import Range, Record, Result

PAGE = Page.of("The Copper Wren\n14/11/2024\nTotal £23.80")
DATE, AMOUNT = FieldRule(type="date"), FieldRule(type="amount")


def record(name: str, value: str | None, **more: Any) -> Record:
    given: dict[str, Any] = {
        "job": "j",
        "id": name,
        "doc_id": name,
        "doc_type": None,
        "field": None,
        "language": None,
        "references": ("x",),
        "prediction": value,
        "value": value,
        "status": "answered",
        "scores": {},
    }
    return Record(**(given | more))


def failed(name: str, **more: Any) -> Record:
    return record(name, None, status="failed", **more)


def result(metric: str, value: float | None, **more: Any) -> Result:
    given: dict[str, Any] = {
        "metric": metric,
        "level": "global",
        "group": "all",
        "value": value,
        "value_answered": value,
        "n": 10,
        "answered": 9,
        "failed": 1,
        "higher_is_better": True,
        "range": Range(low=0, high=1),
        "unit": "share",
        "interval": None,
    }
    return Result(**(given | more))


def of(records: list[Record], asks: Any = "question", **more: Any) -> Axes:
    given: dict[str, Any] = {"results": (), "pages": {}, "asks": asks} | more
    return axes(records, **given)


class TestAccuracy:
    """What the report's first bounded metric says, from 0 to 1."""

    def test_is_the_first_metric_s_value(self) -> None:
        interval = Interval(low=0.6, high=0.9, confidence=0.95, method="m", clusters=8)
        first = result("exact_match", 0.75, interval=interval)
        found = of([], results=[result("exact_match", 0.1, level="field"), first]).accuracy
        assert (found.value, found.n, found.measure) == (0.75, 10, "exact_match")
        assert found.interval == interval
        assert found.reason is None

    def test_one_minus_a_distance_with_a_worst_value(self) -> None:
        interval = Interval(low=0.5, high=1.5, confidence=0.95, method="m", clusters=8)
        distance = {"higher_is_better": False, "range": Range(low=0, high=2), "interval": interval}
        found = of([], results=[result("distance", 0.5, **distance)]).accuracy
        assert found.value == 0.75
        assert found.interval is not None
        assert (found.interval.low, found.interval.high) == (0.25, 0.75)

    def test_an_error_rate_without_a_worst_value_is_passed_over(self) -> None:
        cer = result("cer", 0.2, higher_is_better=False, range=Range(low=0, high=None))
        assert of([], results=[cer, result("1_minus_ned", 0.9)]).accuracy.value == 0.9
        alone = of([], results=[cer]).accuracy
        assert alone.value is None
        assert alone.reason == "cer: no metric of the task has a worst value to count from"

    def test_nothing_measured(self) -> None:
        assert of([]).accuracy.reason == "no sample has a reference"
        unmeasured = of([], results=[result("teds", None)]).accuracy
        assert unmeasured.reason == "teds cannot measure these references"


class TestGroundedness:
    """Given values that stand on the page."""

    def test_is_the_share_of_values_found(self) -> None:
        records = [
            record("a", "The Copper Wren"),
            record("b", "Starlight Diner"),
            record("c", "2024-11-14", field="date"),
            record("d", "23.80", field="total"),
        ]
        pages = dict.fromkeys("abcd", PAGE)
        types = {"date": DATE, "total": AMOUNT}
        found = of(records, pages=pages, field_types=types).groundedness
        assert (found.value, found.n) == (0.75, 4)

    def test_leaves_out_what_gives_no_value(self) -> None:
        records = [
            record("a", "The Copper Wren"),
            record("b", "N/A"),
            record("c", ""),
            record("d", "I cannot help with that."),
            record("e", None),
            record("f", "The Copper Wren"),  # its document has no transcript
            record("g", "x"),  # too short
            failed("h"),
        ]
        pages = dict.fromkeys("abcdegh", PAGE)
        assert of(records, pages=pages).groundedness.n == 1

    def test_of_an_extraction_its_fields_count(self) -> None:
        records = [
            record("a", '{"total": "99.99", "date": null}'),
            record("a#total", "99.99", part_of="a", field="total", doc_id="a"),
            record("a#date", None, part_of="a", field="date", doc_id="a", prediction=""),
        ]
        found = of(records, "extraction", pages={"a": PAGE}).groundedness
        assert (found.value, found.n) == (0, 1)

    @pytest.mark.parametrize("asks", ["transcription", "parsing", "classification"])
    def test_is_of_values_alone(self, asks: str) -> None:
        found = of([record("a", "The Copper Wren")], asks, pages={"a": PAGE}).groundedness
        assert found.value is None
        assert found.reason == f"a {asks} asks for no value of the page"

    def test_says_what_is_missing(self) -> None:
        without = of([record("a", "The Copper Wren")]).groundedness
        assert without.reason == "the task has no transcripts"
        elsewhere = of([record("a", "The Copper Wren")], pages={"b": PAGE}).groundedness
        assert elsewhere.reason is not None
        assert elsewhere.reason.startswith("no given value could be looked for")


class TestRelevancy:
    """Answers of the asked kind, right or wrong."""

    @pytest.mark.parametrize(
        ("value", "field", "of_kind"),
        [
            ("Starlight Diner", None, True),
            ("I cannot help with that.", None, False),
            ("", None, False),
            (None, None, False),
            ("<think>The total is", None, False),
            ("<think>hm</think> 23.80", None, True),
            ("not found", None, True),
            ("2024-11-14", "date", True),
            ("It is dated 2024-11-14.", "date", True),
            ("The Copper Wren", "date", False),
            ("none", "date", True),
            ("23.80", "total", True),
            ("It is 23.80.", "total", True),
            ("between 20.00 and 30.00", "total", False),
            ("a lot", "total", False),
        ],
    )
    def test_of_a_question(self, value: str | None, field: str | None, of_kind: bool) -> None:  # noqa: FBT001
        types = {"date": DATE, "total": AMOUNT}
        found = of([record("a", value, field=field)], field_types=types).relevancy
        assert (found.value, found.n) == (of_kind, 1)

    def test_silence_is_an_answer_where_there_is_none(self) -> None:
        assert of([record("a", "", answerable=False)]).relevancy.value == 1

    def test_of_a_classification(self) -> None:
        records = [record("a", "Invoice"), record("b", "a nice picture"), record("c", None)]
        found = of(records, "classification", classes=("invoice", "receipt")).relevancy
        assert found.value == pytest.approx(1 / 3)

    def test_of_an_extraction(self) -> None:
        records = [
            record("a", '{"total": 5}'),
            record("a#total", "5", part_of="a", doc_id="a"),
            record("b", "[5]"),
            record("c", "the total is 5"),
            record("d", None),
        ]
        found = of(records, "extraction").relevancy
        assert (found.value, found.n) == (0.25, 4)

    @pytest.mark.parametrize("asks", ["transcription", "parsing"])
    def test_of_a_page(self, asks: str) -> None:
        found = of([record("a", "one"), record("b", " \n"), record("c", "|---|")], asks).relevancy
        assert found.value == pytest.approx(1 / 3)

    def test_failed_requests_are_left_out(self) -> None:
        assert of([record("a", "x"), failed("b")]).relevancy.n == 1
        alone = of([failed("b")]).relevancy
        assert (alone.value, alone.reason) == (None, "no request was answered")


class TestStability:
    """Restraint where there is no answer, and one class whatever the order of the options."""

    def test_no_answer_accuracy(self) -> None:
        records = [
            record("a", "not given", answerable=False),
            record("b", "23.80", answerable=False),
            record("c", "not given"),
            failed("d", answerable=False),
        ]
        found = of(records).stability
        assert (found.value, found.n, found.measure) == (0.5, 2, "no-answer accuracy")

    def test_an_unread_extraction_left_nothing_out_on_purpose(self) -> None:
        parts: dict[str, Any] = {"answerable": False, "field": "tip", "references": ()}
        records = [
            record("a", "no JSON at all"),
            record("a#tip", None, part_of="a", prediction="", **parts),
            record("b", "{}"),
            record("b#tip", None, part_of="b", prediction="", **parts),
            record("c", '{"tip": "5.00"}'),
            record("c#tip", "5.00", part_of="c", **parts),
        ]
        found = of(records, "extraction").stability
        assert (found.value, found.n) == (0.5, 2)

    def test_agreement_of_orders(self) -> None:
        chosen = {"a": ["invoice", "Invoice", "receipt"], "b": ["letter", "letter", "letter"]}
        records = [
            record(f"{name}~{place}", value, variant_of=name, doc_id=name)
            for name, values in chosen.items()
            for place, value in enumerate(values)
        ]
        classes = ("invoice", "receipt", "letter")
        found = of(records, "classification", classes=classes).stability
        assert found.value == (1 + 3) / 6
        assert (found.n, found.measure) == (6, "agreement of orders")

    def test_answers_without_a_class_do_not_agree(self) -> None:
        records = [record(f"a~{n}", "no idea", variant_of="a") for n in range(2)]
        classes = ("invoice", "receipt")
        assert of(records, "classification", classes=classes).stability.value == 0

    def test_one_order_is_no_agreement(self) -> None:
        records = [record("a~1", "invoice", variant_of="a"), failed("a~2", variant_of="a")]
        found = of(records, "classification", classes=("invoice",)).stability
        assert found.value is None
        assert found.reason == "no unanswerable sample, and nothing asked in several orders"

    def test_the_mean_of_both(self) -> None:
        records = [
            record("a~1", "x", variant_of="a"),
            record("a~2", "x", variant_of="a"),
            record("b", "wrong", answerable=False),
        ]
        found = of(records, "classification").stability
        assert (found.value, found.n) == (0.5, 3)
        assert found.measure == "mean of no-answer accuracy and agreement of orders"


def test_intervals_are_over_documents() -> None:
    records = [
        record(f"{doc}-{n}", "wren" if doc % 2 else "", doc_id=str(doc))
        for doc in range(20)
        for n in range(3)
    ]
    found = of(records).relevancy
    assert found.interval is not None
    assert found.interval.clusters == 20
    assert found.interval.low < 0.5 < found.interval.high
    assert of(records, seed=0) == of(records, seed=0)
    assert of(records[:6]).relevancy.interval is None


@given(st.lists(st.tuples(st.none() | st.text(), st.booleans()), max_size=8), st.text())
def test_every_axis_is_a_share_or_has_a_reason(
    answers: list[tuple[str | None, bool]], page: str
) -> None:
    records = [
        record(str(n), value, answerable=answerable)
        for n, (value, answerable) in enumerate(answers)
    ]
    pages = {record.doc_id: Page.of(page) for record in records}
    for asks in ("question", "extraction", "classification", "transcription", "parsing"):
        for name, axis in of(records, asks, pages=pages):
            assert (axis.value is None) == (axis.reason is not None), name
            assert axis.value is None or 0 <= axis.value <= 1
            assert (axis.n == 0) == (axis.value is None)
