"""Key-information F1 by cases worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.fields import FieldRule
from bench.metrics import METRICS, Part, Policy
from bench.metrics.kie import ANSWER, REFERENCE

TYPED = Policy(
    fields={
        "total": FieldRule(type="amount", locale="en"),
        "date": FieldRule(type="date", locale="de"),
        "items.price": FieldRule(type="amount", locale="en"),
        "items.codes": FieldRule(type="document_number"),
    }
)


def part(name: str, said: Any, *trues: Any, policy: Policy | None = None) -> tuple[float, float]:
    texts = tuple(one if isinstance(one, str) else json.dumps(one) for one in (said, *trues))
    found = METRICS[name].measure(texts[0], texts[1:], policy or Policy())
    return found.numerator, found.denominator


def item(name: str, price: str) -> dict[str, str]:
    return {"name": name, "price": price}


TEA, CAKE, MILK = item("tea", "1.00"), item("cake", "2.50"), item("milk", "1.00")


@pytest.mark.parametrize(
    ("said", "true", "entity", "group"),
    [
        pytest.param({"a": "x"}, {"a": "x"}, (2, 2), (0, 0), id="alone"),
        pytest.param({"a": "y"}, {"a": "x"}, (0, 2), (0, 0), id="wrong value"),
        pytest.param({"b": "x"}, {"a": "x"}, (0, 2), (0, 0), id="wrong key"),
        pytest.param({}, {"a": "x", "b": "y"}, (0, 2), (0, 0), id="missed"),
        pytest.param({"a": "x", "b": "y"}, {"a": "x"}, (2, 3), (0, 0), id="made up"),
        pytest.param({"a": None, "b": " "}, {"a": None}, (0, 0), (0, 0), id="nothing is none"),
        pytest.param({"a": ["x", "x"]}, {"a": ["x"]}, (2, 3), (0, 0), id="twice"),
        pytest.param({"a": ["y", "x"]}, {"a": ["x", "y"]}, (4, 4), (0, 0), id="list, any order"),
        pytest.param({"a": "x"}, {"a": ["x"]}, (2, 2), (0, 0), id="list of one"),
        pytest.param({"a": 1.50, "b": True}, {"a": "1.5", "b": "true"}, (4, 4), (0, 0), id="JSON"),
        pytest.param({"i": [TEA, CAKE]}, {"i": [CAKE, TEA]}, (8, 8), (4, 4), id="any order"),
        pytest.param({"i": TEA}, {"i": [TEA]}, (4, 4), (2, 2), id="object as a list of one"),
        pytest.param({"i": [TEA]}, {"i": [TEA, CAKE]}, (4, 6), (2, 3), id="missed item"),
        pytest.param({"i": [TEA]}, {"j": [TEA]}, (0, 4), (0, 2), id="other kind of group"),
        # Tea's price is milk's: values in the wrong rows are wrong.
        pytest.param(
            {"i": [item("tea", "2.50"), item("cake", "1.00")]},
            {"i": [TEA, CAKE]},
            (4, 8),
            (0, 4),
            id="rows mixed up",
        ),
        # The most entities agree where milk, whose price is tea's, is paired with tea.
        pytest.param({"i": [MILK, CAKE]}, {"i": [CAKE, TEA]}, (6, 8), (2, 4), id="paired by most"),
        pytest.param(
            {"i": [{"n": "a", "more": {"x": "1", "y": ["2", "3"]}}]},
            {"i": [{"more": {"y": ["3", "2"], "x": "1"}, "n": "a"}]},
            (8, 8),
            (0, 2),  # KIEval joins the values of a key: their order counts in a whole group
            id="nested in a group",
        ),
        pytest.param({"i": [{}, {"a": None}]}, {"i": [TEA]}, (0, 2), (0, 1), id="empty groups"),
        pytest.param([TEA], [TEA, "x"], (4, 5), (2, 2), id="a list as the whole"),
        pytest.param("no JSON", {"i": [TEA]}, (0, 2), (0, 1), id="text"),
        pytest.param('"x"', {"a": "x"}, (0, 1), (0, 0), id="JSON text"),
        pytest.param({"a": "x"}, {}, (0, 1), (0, 0), id="beside an empty reference"),
    ],
)
def test_by_text(
    said: Any, true: Any, entity: tuple[float, float], group: tuple[float, float]
) -> None:
    assert part("kieval_entity_f1", said, true) == entity
    assert part("kieval_group_f1", said, true) == group


def test_the_policy_folds_values_and_no_keys() -> None:
    fold = Policy(case="fold", whitespace="collapse")
    assert part("kieval_entity_f1", {"a": " X  y"}, {"a": "x Y"}, policy=fold) == (2, 2)
    assert part("kieval_entity_f1", {"A": "x"}, {"a": "x"}, policy=fold) == (0, 2)


def test_typed_values_are_right_where_they_mean_the_same() -> None:
    true = {
        "total": "1,234.50",
        "date": "1.2.2024",
        "note": "Hi",
        "items": [
            {"name": "tea", "price": "3.00", "codes": ["A-1", "B-2"]},
            {"name": "milk", "price": "1.00"},
        ],
    }
    said = {
        "total": 1234.5,
        "date": "2024-02-01",
        "note": "hi",
        "items": [
            {"name": "milk", "price": 1},
            {"name": "tea", "price": "3", "codes": ["B2", "A 1"]},
        ],
    }
    assert part("kie_typed_entity_f1", said, true, policy=TYPED) == (16, 18)  # all but the note
    assert part("kie_typed_group_f1", said, true, policy=TYPED) == (4, 4)
    assert part("kieval_entity_f1", said, true, policy=TYPED) == (4, 18)  # the names
    assert part("kieval_group_f1", said, true, policy=TYPED) == (0, 4)


def test_a_typed_group_is_right_only_as_a_whole() -> None:
    true, more = {"items": [TEA]}, {"items": [TEA | {"price": "1", "extra": "x"}]}
    assert part("kie_typed_entity_f1", more, true, policy=TYPED) == (4, 5)
    assert part("kie_typed_group_f1", more, true, policy=TYPED) == (0, 2)


def test_between_pairings_of_equal_sums_whole_groups_decide() -> None:
    """Whichever row goes with which, two entities agree."""
    true = {"i": [{"a": "1", "b": "2"}, {"a": "1"}]}
    said = {"i": [{"a": "1"}, {"a": "1", "c": "3"}]}
    assert part("kieval_entity_f1", said, true) == (4, 6)
    assert part("kieval_group_f1", said, true) == (2, 4)
    assert part("kie_typed_group_f1", said, true) == (2, 4)


def test_the_best_of_several_references_counts() -> None:
    references = ({"a": "x", "b": "y"}, {"a": "x"}, "no JSON")
    assert part("kieval_entity_f1", {"a": "x"}, *references) == (2, 2)
    assert part("kieval_entity_f1", {"b": "y"}, *references) == (2, 3)


@pytest.mark.parametrize("name", ["kieval_entity_f1", "kieval_group_f1"])
def test_what_cannot_be_measured(name: str) -> None:
    metric, many = METRICS[name], json.dumps({"i": [TEA] * (REFERENCE.items + 1)})
    deep = '{"i":' * 60 + "1" + "}" * 60
    for true in ("no JSON", "42", many, deep, "[" * 100_000):
        assert metric.measure(json.dumps({"i": [TEA]}), (true,), Policy()) == Part(0.0, 0.0)
        assert metric.worst((true,), Policy()) == Part(0.0, 0.0)


def test_an_answer_over_the_limits_is_none() -> None:
    true = {"i": [TEA, CAKE]}
    assert part("kieval_entity_f1", {"i": [TEA] * ANSWER.items}, true)[0] == 2 * 2
    for said in ({"i": [TEA] * (ANSWER.items + 1)}, {"i": ["x"] * ANSWER.values}, "[" * 100_000):
        assert part("kieval_entity_f1", said, true) == (0, 4)


def test_a_failed_request_misses_the_largest_reference() -> None:
    references = tuple(json.dumps(one) for one in ({"i": [TEA]}, {"i": [TEA, CAKE]}, {}))
    assert METRICS["kieval_entity_f1"].worst(references, Policy()) == Part(0.0, 4.0)
    assert METRICS["kieval_group_f1"].worst(references, Policy()) == Part(0.0, 2.0)


def test_a_policy_stays_hashable() -> None:
    assert hash(TYPED) == hash(Policy())
    assert Policy() != TYPED
