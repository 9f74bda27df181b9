"""ANLS* and its keys: by hand, and against the package anls-star 1.0.1 on fuzzed records."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, cast

import pytest
from anls_star import anls_score
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metrics import METRICS, Part, Policy
from bench.metrics.anls_star import REFERENCE, KeyScore, key_scores
from bench.metrics.assignment import assignment
from bench.metrics.structure import DEPTH

WORDS = ["a", "ab", "abc", "abx", "AB  c", "", " ", "x", "total 12", "total 13", "N/A"]
VALUES = [*WORDS, None, 1, 0, 2.5, True, False, 10**30]


def ours(said: Any, true: Any) -> float:
    """Both as JSON; a text as it is."""
    found = METRICS["anls_star"].measure(_text(said), (_text(true),), Policy()).value
    assert found is not None
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def theirs(said: Any, true: Any) -> float:
    """In a tuple, as the package has the options of an answer."""
    return cast("float", anls_score((true,), said))


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [
        ({"a": "hello"}, {"a": "hello"}, 1.0),
        ({"a": "Hello "}, {"a": "hello"}, 1.0),
        ({"a": "1", "b": "2"}, {"a": "1"}, 0.5),
        ({"a": "1"}, {"a": "1", "b": "2"}, 0.5),
        ({"a": "1"}, {"a": "1", "b": None}, 1.0),
        ({"a": "1", "b": None}, {"a": "1"}, 0.5),  # a key made up without a value counts
        ({"a": "abcd"}, {"a": "abef"}, 0.5),  # 0.5 is kept
        ({"a": "abcd"}, {"a": "aefg"}, 0.0),
        (["b", "a"], ["a", "b"], 1.0),
        (["a"], ["a", "b"], 0.5),
        (["a", "a"], ["a"], 0.5),
        ([{"n": "x", "p": "1"}], [{"n": "x", "p": "2"}], 0.5),
        ({"a": 1.50}, {"a": "1.5"}, 1.0),
        ({"a": True}, {"a": "true"}, 1.0),
        ({}, {}, 1.0),
        ([], {}, 1.0),
        ({"a": "x"}, {}, 0.0),
        ({"a": {"b": "x"}}, {"a": "x"}, 0.0),
        ("{'a': '1'}", {"a": "1"}, 0.0),  # no JSON
        ('{"a": "1"', {"a": "1"}, 0.0),
        ('{"a": "1"}', '{"a": "1"', pytest.approx(0.9)),  # a broken reference is text
        ("a", ["a", "b"], 0.0),  # a list is no list of options
        ("abx", "abc", pytest.approx(2 / 3)),
        ("42", "42", 1.0),
    ],
)
def test_anls_star_by_hand(said: Any, true: Any, expected: float) -> None:
    assert ours(said, true) == expected


def test_the_best_of_several_references_counts() -> None:
    metric = METRICS["anls_star"]
    references = ('{"a": "x"}', '{"a": "y"}', "y")
    assert metric.measure('{"a": "y"}', references, Policy()) == Part(1.0, 1.0)
    assert metric.measure("y", references, Policy()) == Part(1.0, 1.0)


def near(value: Any, g: random.Random, *, spoil: Callable[[], Any]) -> Any:
    """What a model might say: keys and items left out, changed, in another order."""
    if isinstance(value, dict):
        return {key: near(one, g, spoil=spoil) for key, one in value.items() if g.random() > 0.1}
    if isinstance(value, list):
        kept = [near(one, g, spoil=spoil) for one in value if g.random() > 0.1]
        g.shuffle(kept)
        return [*kept, *([spoil()] if g.random() < 0.1 else [])]
    return value if g.random() < 0.6 else g.choice(VALUES)


def invoice(g: random.Random) -> dict[str, Any]:
    """Objects in objects, lists of texts, and line items that all have the same keys."""
    return {
        "head": {key: g.choice(VALUES) for key in g.sample("abcd", g.randint(0, 4))},
        "notes": [g.choice(VALUES) for _ in range(g.randint(0, 5))],
        "items": [{key: g.choice(WORDS) for key in "npq"} for _ in range(g.randint(0, 4))],
        **{key: g.choice(VALUES) for key in g.sample("xyz", g.randint(0, 3))},
    }


def ragged(g: random.Random, depth: int) -> Any:
    kind = g.random()
    if not depth or kind < 0.4:
        return g.choice([*VALUES, {}, []])
    if kind < 0.7:
        return {key: ragged(g, depth - 1) for key in g.sample("abcd", g.randint(0, 3))}
    return [ragged(g, depth - 1) for _ in range(g.randint(0, 3))]


@pytest.mark.thorough
def test_equal_to_the_package_on_600_records() -> None:
    g = random.Random(20261121)
    scores = []
    for _ in range(600):
        true = invoice(g)
        items = true["items"]
        said = near(true, g, spoil=lambda: "made up")
        # Line items keep their keys: with ragged ones the package's number hangs on their order.
        said["items"] = [{**dict.fromkeys("npq", "q"), **near(one, g, spoil=dict)} for one in items]
        scores.append(theirs(said, true))
        assert ours(said, true) == pytest.approx(scores[-1], abs=1e-9)
    assert sum(0.2 < one < 0.9 for one in scores) > 300


def test_equal_to_the_package_on_ragged_trees_but_for_ties() -> None:
    """Where pairings tie, its number changes with the order of a list; ours does not."""
    g = random.Random(7)
    apart = 0
    for _ in range(1000):
        true = {"a": ragged(g, 3), "b": ragged(g, 2)}
        said = near(true, g, spoil=lambda: ragged(g, 1))
        apart += abs(ours(said, true) - theirs(said, true)) > 1e-9
    assert apart < 40


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_order_never_changes_a_score(g: random.Random) -> None:
    true = [ragged(g, 2) for _ in range(3)]
    said = near(true, g, spoil=lambda: ragged(g, 1))
    score = ours(said, true)
    g.shuffle(true)
    g.shuffle(said)
    assert ours(said, true) == pytest.approx(score, abs=1e-12)


def plain(scores: dict[str, Any]) -> dict[str, Any]:
    """Ours or the package's, as dicts of score and children."""
    return {
        key: (one.score if isinstance(one, KeyScore) else one.anls_score, plain(one.children))
        for key, one in scores.items()
    }


def test_the_keys_score_as_in_the_package() -> None:
    true = {
        "total": "12.50",
        "seller": {"name": "ACME", "town": "Bonn"},
        "items": [{"n": "pen", "p": "1"}, {"n": "ink", "p": "2"}],
        "void": None,
    }
    said = {
        "total": "12.50",
        "seller": {"name": "ACNE", "city": "Bonn"},
        "items": [{"n": "ink", "p": "3"}, {"n": "pen", "p": "1"}, {"n": "cap", "p": "9"}],
        "more": None,
    }
    found = key_scores(json.dumps(said), json.dumps(true))
    package = cast("Any", anls_score((true,), said, return_key_scores=True))
    assert plain(found) == plain(package[1])
    assert found["total"] == KeyScore(1.0)
    assert found["seller"].children["name"].score == 0.75
    assert found["seller"].children["town"].score == found["seller"].children["city"].score == 0
    assert found["items"].children == {"n": KeyScore(1.0), "p": KeyScore(0.5)}
    assert found["void"].score == 1.0
    assert "more" not in found


@pytest.mark.parametrize(
    ("prediction", "reference"), [("no", '{"a": 1}'), ("{}", "no"), ("[" * 99, "{}")]
)
def test_no_keys_without_two_structures(prediction: str, reference: str) -> None:
    assert key_scores(prediction, reference) == {}


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_assignment_is_the_best_of_all(weights: list[list[int]]) -> None:
    from itertools import permutations

    pairs = assignment(weights)
    assert len(pairs) == len({i for i, _ in pairs}) == len({j for _, j in pairs})
    assert len(pairs) == min(len(weights), 3)
    wide = weights if len(weights) <= 3 else [list(column) for column in zip(*weights, strict=True)]
    orders = permutations(range(len(wide[0])), len(wide))
    best = max(sum(wide[i][j] for i, j in enumerate(order)) for order in orders)
    assert sum(weights[i][j] for i, j in pairs) == best


def test_a_reference_over_the_limits_is_null_and_such_an_answer_is_0() -> None:
    metric = METRICS["anls_star"]
    long = json.dumps(["x"] * (REFERENCE.items + 1))
    many = json.dumps([["x"] * 100] * 25)
    deep = "[" * (DEPTH + 2) + "]" * (DEPTH + 2)
    for text in (long, many, deep):
        assert metric.measure(text, (text,), Policy()) == Part(0.0, 0.0)
        assert metric.worst((text,), Policy()) == Part(0.0, 0.0)
        assert metric.measure("x", (text, "x"), Policy()) == Part(1.0, 1.0)
    made_up = json.dumps(["x"] * 1000)
    assert metric.measure(made_up, ('["x"]',), Policy()) == Part(0.0, 1.0)
    assert metric.measure(deep, ("[]",), Policy()) == Part(0.0, 1.0)
