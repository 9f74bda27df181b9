"""An extraction's fields beside the answer's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.parts import Part, parsed, parts


def found(reference: Any, answer: Any) -> list[Part]:
    return list(parts(parsed(json.dumps(reference)), parsed(json.dumps(answer))))


def values(reference: Any, answer: Any) -> dict[str, str | None]:
    return {one.place: one.value for one in found(reference, answer)}


def test_each_field_of_the_reference_is_a_part_in_its_order() -> None:
    reference = {"total": 12.50, "paid": None, "seller": {"name": "A", "vat": True}}
    answer = {"seller": {"name": "B"}, "total": "12,50", "more": "x"}
    assert found(reference, answer) == [
        Part("total", "total", "12.5", "12,50"),
        Part("paid", "paid", None, None),
        Part("seller.name", "seller.name", "A", "B"),
        Part("seller.vat", "seller.vat", "true", None),
    ]


def test_numbers_stay_as_they_are_written() -> None:
    assert list(parts(parsed('{"a": 1.10, "b": 1e3, "c": 7}'), parsed('{"a": 1.1, "b": NaN}'))) == [
        Part("a", "a", "1.10", "1.1"),
        Part("b", "b", "1e3", "NaN"),
        Part("c", "c", "7", None),
    ]


def test_line_items_are_paired_by_likeness_and_not_by_place() -> None:
    reference = {"items": [{"name": "green tea", "price": "3"}, {"name": "bread", "price": "2"}]}
    answer = {"items": [{"name": "extra"}, {"name": "bread", "price": "2"}, {"name": "gren tea"}]}
    assert values(reference, answer) == {
        "items[0].name": "gren tea",
        "items[0].price": None,
        "items[1].name": "bread",
        "items[1].price": "2",
    }
    assert {one.path for one in found(reference, answer)} == {"items.name", "items.price"}


def test_a_list_of_values_has_one_path() -> None:
    assert [
        (one.path, one.place, one.value) for one in found({"tags": ["a", "b"]}, {"tags": "b"})
    ] == [
        ("tags", "tags[0]", None),
        ("tags", "tags[1]", "b"),
    ]


@pytest.mark.parametrize("answer", [None, [], "text", 5, {"items": "x"}, {"items": {"a": 1}}])
def test_an_answer_of_another_shape_has_nothing(answer: Any) -> None:
    assert values({"items": [{"price": "1"}]}, answer) == {"items[0].price": None}


def test_what_is_no_single_value_is_shown_as_json() -> None:
    assert values({"total": "1"}, {"total": {"value": 1.50}}) == {"total": '{"value": "1.5"}'}


def test_no_json_and_json_too_deep_are_none() -> None:
    assert parsed("[" * 100_000) is None
    assert parsed("no") is None
    assert parsed(None) is None


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=4), trees, max_size=4)


@given(objects)
def test_the_reference_itself_is_wholly_right(reference: dict[str, Any]) -> None:
    assert all(one.value == one.reference for one in found(reference, reference))


@given(objects, trees)
def test_the_parts_are_those_of_the_reference_whatever_the_answer(
    reference: dict[str, Any], answer: Any
) -> None:
    mine = [(one.place, one.reference) for one in found(reference, answer)]
    assert mine == [(one.place, one.reference) for one in found(reference, reference)]
    assert len({place for place, _ in mine}) == len(mine)
