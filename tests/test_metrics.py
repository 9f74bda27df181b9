"""Properties of all metrics, and ANLS, CER, WER and exact match by hand."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.metrics import METRICS, Part, Policy

FEW = settings(max_examples=30)  # of each metric
KEEP = Policy()
FOLD = Policy(case="fold", whitespace="collapse", unicode="nfc")
NAMES = sorted(METRICS)
SYMMETRIC = ["anls", "anls_evalscope", "anls_vlmevalkit", "exact_match", "1-ned", "token_f1"]
SYMMETRIC += ["bag_of_words_f1", "bag_of_characters_f1", "teds", "teds_struct"]
# Few letters, so that texts meet; the odd ones change length in upper or lower case, or compose.
TEXT = st.text("abAB 12\n\u00df\u0130\u0131e\u0301\u00e9.", max_size=12)
TEXTS = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
# What a metric of tables, or of JSON, reads and a metric of texts takes as any other text.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 20) | st.sampled_from(["", "a", "ab", "abc", "AB"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
RECORD = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3).map(json.dumps)
CELL = st.sampled_from(["", "1", "12", "1 <b>2</b>", "&amp;"])
ROWS = st.lists(st.lists(CELL, max_size=3), max_size=3)


def html_table(rows: list[list[str]], *, head: bool) -> str:
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    lines = [f"<tr>{line}</tr>" for line in lines]
    if head and lines:
        lines[0] = f"<thead>{lines[0]}</thead>"
    return f"<table>{''.join(lines)}</table>"


TABLE = st.builds(html_table, ROWS, head=st.booleans())
OF_METRIC = {
    "teds": TABLE,
    "teds_struct": TABLE,
    "anls_star": RECORD | TEXT,
    "relaxed_accuracy": TEXT | st.integers(-50, 50).map(str) | st.just("nan"),
}


def text_of(name: str) -> st.SearchStrategy[str]:
    return OF_METRIC.get(name, TEXT)


def texts_of(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(text_of(name), min_size=1, max_size=3).map(tuple)


def score(name: str, prediction: str, *references: str, policy: Policy = KEEP) -> Part:
    return METRICS[name].measure(prediction, references, policy)


def edits(one: str, other: str) -> int:
    """Levenshtein's distance by the table of the textbook."""
    row = list(range(len(other) + 1))
    for letter in one:
        below = [row[0] + 1]
        for column, (diagonal, above) in enumerate(pairwise(row)):
            best = min(above, below[-1]) + 1
            below.append(min(best, diagonal + (letter != other[column])))
        row = below
    return row[-1]


def published_anls(prediction: str, references: tuple[str, ...]) -> float:
    """Biten et al., ICCV 2019, eq. 1, with tau = 0.5."""
    best = 0.0
    said = " ".join(prediction.lower().split())
    for reference in references:
        true = " ".join(reference.lower().split())
        longer = max(len(said), len(true))
        distance = edits(said, true) / longer if longer else 0.0
        best = max(best, 1 - distance if distance < 0.5 else 0.0)
    return best


@given(TEXT, TEXTS)
def test_anls_agrees_with_the_published_formula(
    prediction: str, references: tuple[str, ...]
) -> None:
    assert score("anls", prediction, *references).value == published_anls(prediction, references)


@given(TEXT, TEXTS)
def test_anls_is_0_or_above_a_half_and_the_other_rule_keeps_the_half(
    prediction: str, references: tuple[str, ...]
) -> None:
    published = score("anls", prediction, *references).value
    kept = score("anls_vlmevalkit", prediction, *references).value
    assert published is not None
    assert kept is not None
    assert published == 0 or 0.5 < published <= 1
    assert kept == 0 or 0.5 <= kept <= 1


@FEW
@given(st.data())
@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_similarity_is_symmetric(name: str, data: st.DataObject) -> None:
    one, other = data.draw(text_of(name)), data.draw(text_of(name))
    there, back = score(name, one, other), score(name, other, one)
    assert there.value == pytest.approx(back.value)


@given(TEXT, TEXT, TEXT)
def test_the_edits_of_cer_are_a_distance(one: str, two: str, three: str) -> None:
    def distance(first: str, second: str) -> float:
        return score("cer", first, second).numerator

    assert distance(one, two) == distance(two, one) == edits(one, two)
    assert distance(one, three) <= distance(one, two) + distance(two, three)
    assert (distance(one, two) == 0) == (one == two)


@FEW
@given(st.data())
@pytest.mark.parametrize("name", NAMES)
def test_a_score_is_in_the_range_of_its_metric(name: str, data: st.DataObject) -> None:
    prediction, references = data.draw(text_of(name)), data.draw(texts_of(name))
    metric, value = METRICS[name], score(name, prediction, *references).value
    if value is not None:
        assert metric.low <= value
        assert metric.high is None or value <= metric.high


# VQA accuracy asks for several references that agree; VLMEvalKit strips the answer alone; EvalScope
# reads only what stands behind ANSWER:.
OF_THEIR_OWN = {"vqa_accuracy", "relaxed_accuracy_vlmevalkit", "relaxed_accuracy_evalscope"}


@FEW
@given(st.data())
@pytest.mark.parametrize("name", sorted({*NAMES} - OF_THEIR_OWN))
def test_a_reference_itself_is_the_best_answer(name: str, data: st.DataObject) -> None:
    text, more = data.draw(text_of(name)), data.draw(texts_of(name))
    part = score(name, text, *more, text)
    perfect = 1.0 if METRICS[name].higher_is_better else 0.0
    assert part.value == perfect or (part.value is None and part.numerator == 0)


@FEW
@given(st.data())
@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_references_does_not_matter(name: str, data: st.DataObject) -> None:
    prediction, references = data.draw(text_of(name)), data.draw(texts_of(name))
    assert score(name, prediction, *references[::-1]) == score(name, prediction, *references)


@FEW
@given(st.data())
@pytest.mark.parametrize("name", sorted({*NAMES} - {"vqa_accuracy"}))
def test_one_more_reference_never_harms(name: str, data: st.DataObject) -> None:
    prediction, references = data.draw(text_of(name)), data.draw(texts_of(name))
    whole = score(name, prediction, *references)
    alone = score(name, prediction, references[0]).value
    if whole.value is not None and alone is not None:
        better = whole.value >= alone if METRICS[name].higher_is_better else whole.value <= alone
        assert better


@FEW
@given(st.data())
@pytest.mark.parametrize("name", NAMES)
def test_no_answer_of_no_length_beats_the_worst_from_below(name: str, data: st.DataObject) -> None:
    metric, references = METRICS[name], data.draw(texts_of(name))
    worst, empty = metric.worst(references, KEEP), score(name, "", *references)
    if worst.value is not None and empty.value is not None:
        assert worst.value <= empty.value if metric.higher_is_better else worst.value >= empty.value


@FEW
@given(st.data())
@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_measured_is_decided_by_the_references(
    name: str, data: st.DataObject
) -> None:
    references = data.draw(texts_of(name) | TEXTS)
    metric = METRICS[name]
    unmeasured = not metric.worst(references, KEEP).denominator
    answers = data.draw(st.lists(text_of(name) | TEXT, min_size=1, max_size=4))
    for answer in answers:
        part = score(name, answer, *references)
        assert unmeasured == (not part.denominator) or not metric.higher_is_better


@given(TEXT, TEXTS)
def test_evalscope_s_anls_is_the_published_one_but_at_the_half(
    prediction: str, references: tuple[str, ...]
) -> None:
    kept = score("anls_evalscope", prediction, *references).value
    assert (0.0 if kept == 0.5 else kept) == published_anls(prediction, references)


@pytest.mark.parametrize(
    ("prediction", "reference", "published", "kept"),
    [
        ("ab", "ax", 0.0, 0.5),
        ("abcd", "abxy", 0.0, 0.5),
        ("abc", "abx", pytest.approx(2 / 3), pytest.approx(2 / 3)),
        ("ax", "by", 0.0, 0.0),
        ("", "", 1.0, 1.0),
        ("", "a", 0.0, 0.0),
        ("a", "", 0.0, 0.0),
        ("  ABC ", "abc", 1.0, 1.0),
        ("a  b", "a b", 1.0, 1.0),
        # Two edits of four letters as they are compared, of nine as they came.
        ("ab x y", "ab    z w", 0.6666666666666667, 0.7777777777777778),
        # Three edits: of six letters in lower case, of seven in upper case (SS).
        ("stra\u00dfe", "strxyz", 0.0, pytest.approx(4 / 7)),
    ],
)
def test_where_the_two_anls_rules_part(
    prediction: str, reference: str, published: float, kept: float
) -> None:
    assert score("anls", prediction, reference).value == published
    assert score("anls_vlmevalkit", prediction, reference).value == kept


@pytest.mark.parametrize(
    ("prediction", "references", "part"),
    [
        ("kitten", ("sitting",), Part(3, 7)),
        ("", ("abc",), Part(3, 3)),
        ("abc", ("",), Part(3, 0)),
        ("", ("",), Part(0, 0)),
        ("abcdef", ("ab",), Part(4, 2)),
        ("abc", ("", "abc"), Part(0, 3)),
        ("", ("", "abc"), Part(0, 0)),
        ("ab", ("abcd", "abx"), Part(1, 3)),
        ("Abc", ("abc",), Part(1, 3)),
        ("e\u0301", ("\u00e9",), Part(2, 1)),
    ],
)
def test_cer_counts_edits_over_the_reference(
    prediction: str, references: tuple[str, ...], part: Part
) -> None:
    assert score("cer", prediction, *references) == part


@pytest.mark.parametrize(
    ("prediction", "references", "part"),
    [
        ("the cat sat", ("the cat sat",), Part(0, 3)),
        ("the cat", ("the cat sat",), Part(1, 3)),
        ("a big cat, sat down", ("a cat sat",), Part(3, 3)),  # big, "cat," and down
        ("  a b\n c ", ("a b c",), Part(0, 3)),
        ("1\u00a0234,56 \u20bd", ("1\u00a0234,56 \u20bd",), Part(0, 2)),  # a no-break space joins
        ("a\u00a0b c", ("a b c",), Part(2, 3)),
        ("", ("a b",), Part(2, 2)),
        ("a", ("  ",), Part(1, 0)),
        ("ab", ("a b", "ab c"), Part(1, 2)),
    ],
)
def test_wer_counts_edits_over_the_words_of_the_reference(
    prediction: str, references: tuple[str, ...], part: Part
) -> None:
    assert score("wer", prediction, *references) == part


@pytest.mark.parametrize(
    ("name", "references", "part"),
    [
        ("wer", ("a b c", "abcdef"), Part(3, 3)),
        ("exact_match", ("", "a"), Part(0, 1)),
        ("anls", ("abc",), Part(0, 1)),
        ("anls_vlmevalkit", ("abc",), Part(0, 1)),
        ("cer", ("abc", "abcdef"), Part(6, 6)),
        ("cer", ("a  b",), Part(3, 3)),
        ("cer", ("",), Part(0, 0)),
    ],
)
def test_the_worst_of_each_metric(name: str, references: tuple[str, ...], part: Part) -> None:
    assert METRICS[name].worst(references, FOLD) == part


@pytest.mark.parametrize(
    ("policy", "text", "same"),
    [
        (KEEP, " Stra\u00dfe\n", " Stra\u00dfe\n"),
        (Policy(case="fold"), "Stra\u00dfe", "strasse"),
        (Policy(case="fold"), "I", "i"),
        (Policy(case="fold"), "\u0131", "\u0131"),
        (Policy(case="fold"), "\u0130", "i\u0307"),
        (Policy(unicode="nfc"), "e\u0301", "\u00e9"),
        (Policy(unicode="nfc"), "\ufb01", "\ufb01"),
        (Policy(unicode="nfkc"), "\ufb01 \uff11", "fi 1"),
        (Policy(whitespace="strip"), " a\t b\r\n", "a\t b"),
        (Policy(whitespace="collapse"), " a\t\n\u00a0b\r\n", "a b"),
    ],
)
def test_a_policy_folds_what_it_names_and_nothing_else(
    policy: Policy, text: str, same: str
) -> None:
    assert policy.apply(text) == same


@given(TEXT)
def test_composed_and_decomposed_text_are_the_same_under_nfc(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert FOLD.apply(apart) == FOLD.apply(unicodedata.normalize("NFC", text))
    assert FOLD.apply(FOLD.apply(text)) == FOLD.apply(text)


@pytest.mark.parametrize(
    ("prediction", "policy", "value"),
    [
        ("A", KEEP, 1.0),
        ("b", KEEP, 1.0),
        ("a", KEEP, 0.0),
        ("a ", FOLD, 1.0),
        ("", FOLD, 0.0),
        ("007", KEEP, 0.0),
    ],
)
def test_exact_match_takes_any_reference(prediction: str, policy: Policy, value: float) -> None:
    assert score("exact_match", prediction, "A", "b", "7", policy=policy).value == value
