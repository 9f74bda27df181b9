"""Wordings that were not used to write the rules' labelled cases."""

from __future__ import annotations

import pytest

from bench import absent_answers


@pytest.mark.parametrize(
    "text",
    [
        "I’m unable to help with that request.",
        "I cannot see the image you are referring to.",
        "Leider kann ich Ihnen bei dieser Anfrage nicht helfen.",
        "Я не могу предоставить эту информацию.",
        "요청하신 정보를 제공할 수 없습니다.",
    ],
)
def test_refusals(text: str) -> None:
    assert absent_answers.refuses(text)
    assert not absent_answers.says_no_value(text) or "see" in text


@pytest.mark.parametrize(
    "text",
    [
        "There is no date on this receipt.",
        "The address isn't visible.",
        "Auf dem Beleg ist keine Anschrift zu finden.",
        "Дата не указана на чеке.",
        "영수증에 날짜가 없습니다.",
    ],
)
def test_no_value(text: str) -> None:
    assert absent_answers.says_no_value(text)
    assert not absent_answers.refuses(text)


@pytest.mark.parametrize("text", ["", "  ", "N/A", "**None**", "'not found'", "нет", "-"])
def test_words_for_nothing(text: str) -> None:
    assert absent_answers.says_nothing(text)


@pytest.mark.parametrize(
    "text", ["None Such Ltd", "54.50", "Notting Hill Cafe", "Keine Sorge GmbH"]
)
def test_values_are_not_nothing(text: str) -> None:
    assert not absent_answers.says_nothing(text)
    assert not absent_answers.says_no_value(text)
    assert not absent_answers.refuses(text)
