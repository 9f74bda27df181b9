"""What the drawn tasks say is right: from a seed, on the page, and as it is committed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import absent_answers
from bench.fields import compare
from bench.generate import FAMILIES, labelled
from bench.generate.document import Document, Family
from bench.generate.drawing import misfits
from bench.generate.faces import FOLDER
from bench.generate.families.page_classes import CLASSES, LANGUAGES
from bench.generate.flow import SPECIMEN
from bench.generate.writing import FILES, TRANSCRIPTS
from bench.task import document_tasks
from tests.conftest import REPOSITORY

TASKS = REPOSITORY / "docs_tasks"
EACH = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
WITH_FIELDS = pytest.mark.parametrize(
    "family",
    [one for one in FAMILIES.values() if "extract" in one.members],
    ids=[one.name for one in FAMILIES.values() if "extract" in one.members],
)
LARGEST = 9_000_000  # bytes of all that is committed for drawn tasks


def rows(family: Family, count: int, seed: int) -> list[dict[str, list[dict[str, Any]]]]:
    return [one.rows for one in labelled(family, count, seed)]


def document(family: Family, index: int, seed: int) -> Document:
    return family.draw(index, Random(f"{family.name}/{seed}/{index}"))


def leaves(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | None]]:
    for key, value in record.items():
        if isinstance(value, list):
            for item in value:
                yield from leaves(item, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def one_line(text: str) -> str:
    return " ".join(text.split())


@EACH
def test_the_committed_rows_are_those_of_seed_1(family: Family) -> None:
    made: dict[str, list[dict[str, Any]]] = {}
    for one in labelled(family, family.shipped, 1):
        for name, found in one.rows.items():
            made.setdefault(name, []).extend(found)
    assert set(made) == {*(FILES[member] for member in family.members), TRANSCRIPTS}
    for name, found in made.items():
        lines = (TASKS / family.name / name).read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == found, name


@EACH
def test_the_committed_images_are_those_of_the_rows(family: Family) -> None:
    named = {one.image for one in labelled(family, family.shipped, 1)}
    found = {f"images/{path.name}" for path in (TASKS / family.name / "images").iterdir()}
    assert found == named


def test_all_that_is_committed_is_small() -> None:
    folders = [FOLDER, *(TASKS / name for name in FAMILIES)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST


@EACH
def test_a_seed_gives_the_same_rows_and_fewer_are_the_first_of_more(family: Family) -> None:
    assert rows(family, 4, 7) == rows(family, 9, 7)[:4]
    assert rows(family, 4, 7) != rows(family, 4, 8)


@EACH
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), index=st.integers(0, 500))
def test_every_page_fits_and_is_marked(family: Family, seed: int, index: int) -> None:
    drawn = document(family, index, seed)
    assert list(misfits(drawn.page)) == []
    mark = SPECIMEN[drawn.language]
    assert mark in drawn.page.text.split("\n")
    assert all(mark not in (value or "") for _, value in leaves(drawn.record))


@WITH_FIELDS
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), index=st.integers(0, 500))
def test_what_is_right_stands_on_the_page(family: Family, seed: int, index: int) -> None:
    drawn = document(family, index, seed)
    page = one_line(drawn.page.text)
    for path, value in leaves(drawn.record):
        assert value is None or value in page or value.removesuffix("%") in page, path
    for question in drawn.questions:
        assert not question.references or question.references[0] in page, question.field


@WITH_FIELDS
def test_what_a_page_leaves_out_has_no_answer(family: Family) -> None:
    unanswerable: set[str] = set()
    left_out: set[str] = set()
    for one in labelled(family, 60, 3):
        record, asked = one.document.record, one.rows[FILES["fields"]]
        none = {row["field"] for row in asked if row.get("answerable") is False}
        assert {row["field"] for row in asked if not row.get("references")} == none
        missing = {key for key, value in record.items() if value is None}
        assert missing & {row["field"] for row in asked} <= none
        assert len(none - set(record)) == 1, "one question that no such page answers"
        unanswerable |= none
        left_out |= missing
    assert left_out <= unanswerable
    assert left_out


@WITH_FIELDS
def test_each_value_has_one_reading_by_its_declared_type(family: Family) -> None:
    (task,) = document_tasks(f"{family.name}:extract")
    for index in range(60):
        for path, value in leaves(document(family, index, 5).record):
            if value is None:
                continue
            verdict = compare(value, ["something else"], task.field_types[path])
            assert verdict.read_prediction is not None, (path, value)
            assert " | " not in verdict.read_prediction, (path, value)


def test_thirty_pages_hold_every_class_in_every_language_and_no_class_has_one_look() -> None:
    pages = list(labelled(FAMILIES["page-classes"], 30, 1))
    pairs = {(one.document.doc_type, one.document.language) for one in pages}
    assert pairs == {(name, language) for name in CLASSES for language in LANGUAGES}
    for name in CLASSES:
        assert len({one.look.wear for one in pages if one.document.doc_type == name}) > 1


def test_half_of_the_pages_are_clean_in_each_language() -> None:
    pages = list(labelled(FAMILIES["bank-statements"], 100, 1))
    for language in ("en", "ru"):
        looks = [one.look.wear for one in pages if one.document.language == language]
        assert looks.count("clean") == 25
        assert {"skew", "blur", "stain", "low_light", "noise"} < set(looks)


@EACH
def test_prompts_name_the_page_s_language(family: Family) -> None:
    for member in family.members:
        (task,) = document_tasks(f"{family.name}:{member}")
        for sample in task.samples:
            hangul = any("가" <= letter <= "힣" for letter in sample.prompt)
            cyrillic = any("а" <= letter <= "я" for letter in sample.prompt)
            said = "ko" if hangul else "ru" if cyrillic else "en"
            assert said == sample.language, sample.id


def test_the_readme_of_each_task_says_the_command() -> None:
    for family in FAMILIES.values():
        said = (Path(TASKS) / family.name / "README.md").read_text("utf-8")
        assert f"bench task generate {family.name} --n {family.shipped}\n" in said


@WITH_FIELDS
def test_repeating_the_question_is_no_right_answer_where_there_is_none(family: Family) -> None:
    (task,) = document_tasks(f"{family.name}:fields")
    for sample in task.samples:
        assert not absent_answers.says_nothing(sample.prompt)
        assert not absent_answers.says_no_value(sample.prompt)
        assert absent_answers.says_nothing(sample.prompt.rsplit(":", 1)[1])
