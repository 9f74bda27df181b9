from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from bench.report.json_schema import report_schema
from tests.report.reports import report


def written() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(report().model_dump_json())
    return value


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())


def test_a_report_is_valid() -> None:
    jsonschema.validate(written(), report_schema())


def test_keys_of_a_newer_bench_are_ignored() -> None:
    jsonschema.validate(written() | {"colour": "blue"}, report_schema())


@pytest.mark.parametrize(
    ("key", "value"),
    [("status", "fine"), ("counts", {"expected": 1}), ("results", None), ("id", 5)],
)
def test_a_wrong_report_is_not(key: str, value: object) -> None:
    wrong = written()
    wrong["jobs"][0][key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, report_schema())
