"""The steps of text normalisation and the lists of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fields.normalise import STEP_LISTS, STEPS, normalised

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


CASES = [
    ("nfc", "e\u0301", "\u00e9"),
    ("nfkc", "\ufb01 m\u00b2", "fi m2"),
    ("casefold", "STRASSE Straße", "strasse strasse"),
    ("collapse_whitespace", "\u3000a\u00a0\u2009\tb\n", "a b"),
    ("digits_ascii", "٣４\u00b2½", "34\u00b2½"),
    ("drop_invisible", "a\u200bb\u00ad\u200f\ufeff", "ab"),
    ("narrow_forms", "１，２．（％", "1,2.(%"),
    ("unify_dashes", "\u2010\u2011\u2013\u2014\u2212", "-----"),
    ("unify_quotes", "«a» „b“ ’c‘ ′", '"a" "b" \'c\' \''),
    ("strip_punctuation", "a-b, «c». 〒1+1", "a b   c    1+1"),
    ("drop_separators", "№ 45-04 No. 12.3/4 n°5", "4504123/45"),
    ("join_cjk", "東京 都 1 丁 目 서울 시 a b", "東京都 1 丁目서울시 a b"),
    ("yo_as_ye", "Фёдор Ёж", "Федор Еж"),
    ("cyrillic_lookalikes", "А123ВС", "A123BC"),
]


@pytest.mark.parametrize(("step", "text", "left"), CASES)
def test_step(step: str, text: str, left: str) -> None:
    assert STEPS[step](text) == left


def test_every_step_is_tried_above_and_every_list_names_steps() -> None:
    tried = {step for step, _, _ in CASES}
    assert tried == {*STEPS}
    assert all(step in STEPS for steps in STEP_LISTS.values() for step in steps)
    assert all(name.rpartition("/")[2].isdigit() for name in STEP_LISTS)


@pytest.mark.parametrize("name", STEPS)
@given(TEXT)
def test_a_step_done_twice_is_done_once(name: str, text: str) -> None:
    once = STEPS[name](text)
    assert STEPS[name](once) == once


@pytest.mark.parametrize("name", STEP_LISTS)
@given(TEXT)
def test_a_list_done_twice_is_done_once(name: str, text: str) -> None:
    once = normalised(text, STEP_LISTS[name])
    assert normalised(once, STEP_LISTS[name]) == once


def test_the_versions_are_what_they_were() -> None:
    """Scores depend on these lists: one that changes gets another version."""
    marks = ("drop_invisible", "unify_dashes", "unify_quotes")
    assert {
        "value/1": (
            *("nfc", *marks, "narrow_forms", "digits_ascii", "casefold", "collapse_whitespace"),
        ),
        "text/1": (*marks, "nfkc", "digits_ascii", "casefold", "nfkc", "collapse_whitespace"),
        "words/1": ("yo_as_ye", "strip_punctuation", "collapse_whitespace", "join_cjk"),
        "document_number/1": (
            *("drop_separators", "nfkc", "casefold", "nfkc", "drop_separators", "nfkc"),
        ),
    } == STEP_LISTS


PLAIN = st.text(
    st.sampled_from(
        "aZ09 .,-+()/%$№`'éÉÿß\u00adёЁщЩ₽€서울東京1\n\t\u0301\u1100\u1161\u11a8\u200b\uff11"
    ),
    max_size=12,
)


@given(PLAIN | TEXT, st.lists(st.sampled_from(sorted(STEPS)), max_size=6))
def test_steps_that_are_passed_over_would_have_changed_nothing(text: str, steps: list[str]) -> None:
    one_by_one = text
    for step in steps:
        one_by_one = STEPS[step](one_by_one)
    assert normalised(text, steps) == one_by_one


@pytest.mark.parametrize("name", STEP_LISTS)
@given(PLAIN)
def test_a_list_is_its_steps_one_by_one(name: str, text: str) -> None:
    one_by_one = text
    for step in STEP_LISTS[name]:
        one_by_one = STEPS[step](one_by_one)
    assert normalised(text, STEP_LISTS[name]) == one_by_one
