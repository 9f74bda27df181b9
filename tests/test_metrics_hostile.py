"""Answers and references that nobody should send: a value or 0, soon, and never an exception."""

from __future__ import annotations

import json
import time

import pytest

from bench.metrics import METRICS, Policy

pytestmark = pytest.mark.thorough
MILLION = 1_000_000
ODD = {
    "nothing": "",
    "white space": " \n\t\u00a0\u3000",
    "NUL": "\x00",
    "lone surrogates": "\ud800 a \udfff",
    "right to left": "\u202eשלום עולם\u202c 12",
    "NaN": "NaN",
    "minus infinity": "-inf",
    "JSON of no number": '{"a": NaN, "b": [Infinity, -Infinity]}',
    "JSON of surrogates": '{"a": "\\ud800"}',
    "JSON of a number too long": "[" + "1" * 10_000 + "]",
    "JSON cut off": '{"a": [1, {"b": "c',
    "JSON nested": "[" * 10_000 + "]" * 10_000,
    "JSON nested and cut off": '{"a":' * 10_000,
    "a table cut off": "<table><tr><td colspan='x' rowspan=-3>1<td><b>2<table><tr><td>3",
    "tables in tables": "<table><tr><td>" * 5000,
    "rows in rows": "<table>" + "<tr>" * 3000 + "</table>" * 3,
    "a table of surrogates": "|\ud800|b|\n|-|-|\n|\udfff|",
    "a table ended twice": "<table><td>1</table><td>2</table>",
    "a span too large": f"<table><td colspan={'9' * 5000}>1</table>",
    "dashes alone": "|-|\n|-|\n|-|",
}
LONG = {
    "one letter": "a" * MILLION,
    "words": "ab " * (MILLION // 3),
    "digits": "1" * MILLION,
    "marks": ".,-|" * (MILLION // 4),
    "lines": "a\n" * (MILLION // 2),
    "Markdown lines": "|a|b\n|-\n" * (MILLION // 8),
    "a long name": "<table><" + "a" * MILLION,
    "tags not closed": "<table><tr><td " * (MILLION // 15),
    "comments not closed": "<!--" * (MILLION // 4),
    "quotes not closed": "<table><td a='" * (MILLION // 14),
    "a span of spaces": f"<table><td colspan={' ' * MILLION}>1",
    "cells": "<table><tr>" + "<td>1" * (MILLION // 5),
    "entities": "<table><td>" + "&amp" * (MILLION // 4),
    "objects": json.dumps([{"a": "1", "b": "2"}] * (MILLION // 20)),
    "empty lists": "[" + "[]," * (MILLION // 3) + "[]]",
}
REFERENCES = {
    "anls_star": ('{"a": "1", "b": ["x", {"c": "2"}]}',),
    "teds": ("<table><thead><tr><td>1<td>2<tbody><tr><td>3</table>",),
    "teds_struct": ("|a|b|\n|-|-|\n|1|2|",),
    "vqa_accuracy": ("yes",) * 10,
}


def in_range(name: str, prediction: str, references: tuple[str, ...]) -> None:
    metric = METRICS[name]
    for part in (
        metric.measure(prediction, references, Policy()),
        metric.worst(references, Policy()),
    ):
        assert part.denominator >= 0
        assert part.numerator >= 0
        assert metric.high is None or part.numerator <= part.denominator * metric.high


@pytest.mark.parametrize("name", sorted(METRICS))
def test_odd_texts_on_either_side(name: str) -> None:
    usual = REFERENCES.get(name, ("42",))
    for said in ODD.values():
        in_range(name, said, usual)
        in_range(name, "42", (said,) * len(usual))
        in_range(name, said, (said,) * len(usual))
        in_range(name, said, tuple(ODD.values()))


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_megabyte_takes_no_time(name: str) -> None:
    """Under 2 s of CPU each; most take a tenth of that."""
    for kind, said in LONG.items():
        start = time.process_time()
        in_range(name, said, REFERENCES.get(name, ("the quick brown fox",)))
        assert time.process_time() - start < 2, kind


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["teds", "teds_struct", "anls_star"])
def test_a_megabyte_as_reference_takes_no_time(name: str) -> None:
    for kind, true in LONG.items():
        start = time.process_time()
        in_range(name, REFERENCES[name][0], (true,))
        assert time.process_time() - start < 2, kind
