"""Text scores of real pages in 16 languages: in reading order, and in whatever order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.text_scores.__main__ import Page, pages, table


@pytest.fixture
def by_language(shared_data: Path) -> dict[str, Page]:
    folder = shared_data / "multilingual"
    if not folder.is_dir():
        pytest.skip(f"no pages at {folder}")
    return {page.language: page for page in pages(folder, "gemini-3-pro-preview")}


def score(page: Page, name: str) -> float:
    value = page.scores[name]
    assert value is not None
    return value


def test_every_page_has_every_score(by_language: dict[str, Page]) -> None:
    assert len(by_language) == 16
    for page in by_language.values():
        assert all(0.0 < score(page, name) <= 1.0 for name in list(page.scores)[1:])
    assert len(list(table(iter(by_language.values())))) == 18


def test_the_easy_pages_are_near_right(by_language: dict[str, Page]) -> None:
    for language in ("Russian", "Spanish", "Italian"):
        page = by_language[language]
        assert score(page, "cer") < 0.05
        assert score(page, "1-ned") > 0.95
        assert score(page, "bag_of_words_f1") > 0.9


@pytest.mark.parametrize("language", ["Japanese", "Dutch"])
def test_columns_read_in_another_order_cost_only_the_ordered_scores(
    by_language: dict[str, Page], language: str
) -> None:
    page = by_language[language]
    assert score(page, "cer") > 0.45
    assert score(page, "1-ned") < 0.55
    assert score(page, "bag_of_characters_f1") > 0.94


def test_words_are_no_measure_of_a_script_without_spaces(by_language: dict[str, Page]) -> None:
    for language in ("Japanese", "Thai", "simplified_chinese"):
        page = by_language[language]
        assert score(page, "bag_of_words_f1") < score(page, "bag_of_characters_f1") - 0.15
