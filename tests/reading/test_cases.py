"""Every hand-written answer: what is read out of it, and by which steps.

value, json, choice and text.jsonl were written before the code, later.jsonl behind it, without a
look at its rules.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.fields import FieldRule
from bench.reading import READINGS, Reading, read

CASES: dict[str, dict[str, Any]] = {
    f"{file.stem}-{number}": json.loads(line)
    for file in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
}


def read_case(case: dict[str, Any], answer: str) -> Reading:
    rule = FieldRule.model_validate(case["type"]) if "type" in case else None
    return read(answer, case["reading"], choices=case.get("choices", {}), rule=rule)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = CASES[name]
    found = read_case(case, case["answer"])
    assert found.value == case["value"], found
    if "steps" in case:
        assert list(found.steps) == case["steps"]


def test_the_cases_cover_every_reading_step_and_language() -> None:
    assert len(CASES) >= 150
    for language in ("en", "ru", "ko", "de"):
        of_language = [case for case in CASES.values() if case["language"] == language]
        assert len(of_language) >= 40, language
        assert {case["reading"] for case in of_language} == {*READINGS}, language
    for reading, steps in READINGS.items():
        cases = [case for case in CASES.values() if case["reading"] == reading]
        assert {step for case in cases for step in case.get("steps", ())} == {*steps}, reading
        assert any(case["value"] is None for case in cases), reading
        assert any(case["value"] == case["answer"] for case in cases), reading


def test_no_case_stands_twice() -> None:
    asked = ("reading", "answer", "choices", "type")
    seen = [json.dumps([case.get(key) for key in asked]) for case in CASES.values()]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["value"] is not None])
def test_what_was_read_is_read_as_itself(name: str) -> None:
    case = CASES[name]
    again = read_case(case, case["value"])
    assert again == Reading(case["value"], ())
