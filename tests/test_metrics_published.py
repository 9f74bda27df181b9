"""The metrics that others published, by cases worked out by hand from their sources."""

from __future__ import annotations

import pytest

from bench.metrics import METRICS, Part, Policy

FOLD = Policy(case="fold", whitespace="collapse")


def value(name: str, prediction: str, *references: str, policy: Policy | None = None) -> float:
    found = METRICS[name].measure(prediction, references, policy or Policy()).value
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("prediction", "references", "expected"),
    [
        ("kitten", ("sitting",), 4 / 7),
        ("ab", ("ax",), 0.5),
        ("", ("",), 1.0),
        ("", ("abc",), 0.0),
        ("abc", ("",), 0.0),
        ("Abc", ("abc",), 2 / 3),
        ("abc", ("xyz", "abd"), 2 / 3),
    ],
)
def test_one_minus_ned_has_no_threshold(
    prediction: str, references: tuple[str, ...], expected: float
) -> None:
    assert value("1-ned", prediction, *references) == pytest.approx(expected)


def test_one_minus_ned_folds_by_the_policy() -> None:
    assert value("1-ned", " ABC", "abc", policy=FOLD) == 1.0


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        ("The cat sat.", "a cat sat", 1.0),
        ("cat", "the cat sat", 2 / 3),  # precision 1, recall 1/2
        ("cat cat", "cat", 2 / 3),  # a word counts as often as it occurs
        ("U.S.A.", "USA", 1.0),
        ("dog", "cat", 0.0),
        ("«cat»", "cat", 0.0),  # its punctuation is ASCII's
        ("theatre", "atre", 0.0),
        ("", "", 1.0),
        ("the", "", 1.0),
        ("the", "cat", 0.0),
        ("cat", ".", 0.0),
    ],
)
def test_token_f1_normalises_as_squad(prediction: str, reference: str, expected: float) -> None:
    assert value("token_f1", prediction, reference) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("prediction", "reference", "words", "characters"),
    [
        ("b a", "a b", 1.0, 1.0),
        ("a b", "ab", 0.0, 1.0),
        ("a a b", "a b b", 2 / 3, 2 / 3),
        ("請求書", "書求請", 0.0, 1.0),
        ("", "", 1.0, 1.0),
        (" \n", "", 1.0, 1.0),
        ("", "a", 0.0, 0.0),
        ("A", "a", 0.0, 0.0),
    ],
)
def test_a_bag_has_no_order(
    prediction: str, reference: str, words: float, characters: float
) -> None:
    assert value("bag_of_words_f1", prediction, reference) == pytest.approx(words)
    assert value("bag_of_characters_f1", prediction, reference) == pytest.approx(characters)


@pytest.mark.parametrize(
    ("prediction", "reference", "pix2struct", "vlmevalkit"),
    [
        ("105", "100", 1, 1),
        ("95", "100", 1, 1),
        ("105.01", "100", 0, 0),
        ("-100", "100", 0, 0),
        ("2010", "1990", 1, 1),  # a year is a number
        ("5%", "0.05", 1, 1),
        ("5%", "5", 0, 0),
        ("1,250", "1250", 0, 0),
        ("1,250", "1,250", 1, 1),
        ("Yes", "yes", 1, 1),
        ("Yes ", "yes", 0, 1),
        ("50% ", "50%", 0, 1),
        (" yes", " yes", 1, 0),
        ("0.0", "0", 0, 0),
        ("0", "0", 1, 1),
        ("0.001", "0", 0, 0),
        ("nan", "NaN", 1, 0),
        ("inf", "inf", 1, 0),
        ("1e400", "5", 0, 0),
        ("", "", 1, 1),
    ],
)
def test_relaxed_accuracy_by_two_rules(
    prediction: str, reference: str, pix2struct: float, vlmevalkit: float
) -> None:
    assert value("relaxed_accuracy", prediction, reference) == pix2struct
    assert value("relaxed_accuracy_vlmevalkit", prediction, reference) == vlmevalkit
    assert value("relaxed_accuracy", prediction, "another", reference) == pix2struct


@pytest.mark.parametrize(
    ("equal", "expected"),
    [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)],
)
def test_vqa_accuracy_of_ten_annotators(equal: int, expected: float) -> None:
    """Antol et al.: three of the other nine, over the ten ways to leave one out."""
    references = ("yes",) * equal + tuple(f"no {number}" for number in range(10 - equal))
    assert value("vqa_accuracy", "yes", *references) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("prediction", "reference"),
    [
        ("Yes", "yes"),
        ("the  dog", "a dog"),
        ("two", "2"),
        ("none", "0"),
        ("dont", "don't"),
        ("couldnt've", "couldn't've"),
        ("y'allll", "y'all'll"),
        ("1,000", "1000"),
        ("red/blue", "red blue"),
        ("red, blue", "red blue"),
        ("end.", "end"),
        ("3.5", "3.5"),
        ("a\nb", "b"),
    ],
)
def test_vqa_accuracy_normalises_both_sides(prediction: str, reference: str) -> None:
    assert value("vqa_accuracy", prediction, *[reference] * 4) == 1.0


@pytest.mark.parametrize(
    ("prediction", "reference"), [("3.5", "35"), ("cat", "cats"), ("10", "1 0")]
)
def test_vqa_accuracy_keeps_what_tells_apart(prediction: str, reference: str) -> None:
    assert value("vqa_accuracy", prediction, *[reference] * 4) == 0.0


def test_vqa_accuracy_is_null_where_no_answer_could_reach_1() -> None:
    metric = METRICS["vqa_accuracy"]
    assert metric.measure("yes", ("yes",) * 3, Policy()) == Part(0.0, 0.0)
    assert metric.worst(("yes",) * 3, Policy()) == Part(0.0, 0.0)
    assert metric.worst(("yes",) * 4, Policy()) == Part(0.0, 1.0)


@pytest.mark.parametrize(
    ("prediction", "references", "text", "formula"),
    [
        ("The answer is 142.", ("42",), 1, 1),
        ("TOTAL", ("total",), 1, 0),
        ("line one\nline two", ("One line",), 1, 0),
        ("x ^ { 2 }", ("x^{2}",), 0, 1),
        ("x", ("y", "x"), 1, 1),
        ("x", ("",), 0, 0),
        (" ", ("",), 1, 1),
        ("", ("x",), 0, 0),
    ],
)
def test_ocrbench_asks_whether_the_answer_holds_the_reference(
    prediction: str, references: tuple[str, ...], text: float, formula: float
) -> None:
    assert value("ocrbench_containment", prediction, *references) == text
    assert value("ocrbench_containment_hme", prediction, *references) == formula
