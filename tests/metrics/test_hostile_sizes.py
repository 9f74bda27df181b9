"""A megabyte on either side, and texts made to be slow: a value or null, in seconds, in memory.

Every metric of METRICS is tried, so that a new one is in by itself. What is quadratic by nature has
a longest reference (bench/metrics/edits.py).
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from functools import cache

import pytest

from bench.fields import FieldRule
from bench.metrics import METRICS, Part, Policy
from bench.metrics.edits import LONGEST, WORK, edits
from bench.metrics.metric import TOO_LONG
from tests.test_metrics_hostile import ODD, REFERENCES

pytestmark = pytest.mark.thorough
MILLION = 1_000_000
SECONDS = 4.0  # of CPU; a busy machine is slower than an idle one
FIELDS = Policy(fields={"items.a": FieldRule(type="amount"), "items.b": FieldRule(type="date")})
FOLDED = Policy(case="fold", whitespace="collapse", unicode="nfkc")
PAGE = '{"x": "1", "items": [{"a": "2", "b": "3"}]}'
USUAL = REFERENCES | {
    name: REFERENCES["teds"] if name.startswith("teds") else (PAGE,)
    for name in METRICS
    if name.startswith(("teds", "kie"))
}
SHORT = {
    **ODD,
    "combining marks": "a" + "\u0301\u0323" * 5_000,
    "decomposed hangul": "\u1100\u1161\u11a8" * 3_000,
    "zero width": "\u200b\u200d\ufeff" * 1_000,
    "direction": "\u202e\u2066" * 1_000 + "12" + "\u2069\u202c" * 1_000,
    "grows when folded": "\ufdfa\u0130\u1e9e" * 2_000,
    "object nested": '{"items":' * 10_000 + "1" + "}" * 10_000,
    "items nested": '{"items": [' * 400 + "]}" * 400,
    "Infinity alone": "Infinity",
    "numbers that are none": '{"items": [{"a": NaN, "b": -Infinity, "c": 1e999}]}',
    "keys twice": '{"items": 1, "items": [{"a": 1, "a": null}]}',
    "keys empty": '{"": {"": [{"": ""}]}, "items": [[[{"a": 1}]]]}',
}


def random_text(letters: str, count: int = MILLION) -> str:
    return "".join(random.Random(count).choices(letters, k=count))


@cache
def long_texts() -> dict[str, str]:
    return {
        "letters": random_text("abcdefgh ij"),
        "cyrillic": random_text("абвгдежз ий"),
        "han": random_text("".join(map(chr, range(0x4E00, 0x5600)))),
        "other letters": random_text("klmnopqr st", MILLION - 1),
        "combining": "e\u0301" * (MILLION // 2),
        "grows when folded": "\ufdfa" * (MILLION // 8),
        "white space": " \u3000\n\t" * (MILLION // 4),
        "surrogates": "\ud800\udfff" * (MILLION // 2),
        "one cell": f"<table><td>{random_text('abc ', MILLION)}</table>",
        "a hundred thousand cells": "<table>" + "<tr><td>1<td>2" * 50_000 + "</table>",
        "wide Markdown": "|a" * 100_000 + "\n" + "|-" * 100_000 + "\n" + "|\n" * 200_000,
        "tables": "<table><tr><td>1</table>" * 40_000,
        "tables not closed": "<table " * 140_000,
        "Markdown tables": "|a\n|-\n\n" * 140_000,
        "items": json.dumps({"items": [{"a": str(n), "b": n} for n in range(30_000)]}),
        "one long value": json.dumps({"items": [{"a": "1" * MILLION}]}),
        "values of one key": json.dumps({"items": {"a": [str(n) for n in range(90_000)]}}),
        "many keys": json.dumps({str(n): "1" for n in range(70_000)}),
    }


def checked(name: str, said: str, references: tuple[str, ...], policy: Policy) -> Part:
    metric = METRICS[name]
    for part in (
        metric.worst(references, policy),
        found := metric.measure(said, references, policy),
    ):
        assert 0 <= part.numerator < float("inf")
        assert 0 <= part.denominator < float("inf")
        assert metric.high is None or part.numerator <= part.denominator * metric.high
        assert part.value is None or part.value >= metric.low
    return found


@pytest.mark.parametrize("name", sorted(METRICS))
def test_odd_texts(name: str) -> None:
    usual = USUAL.get(name, ("42",))
    for kind, said in SHORT.items():
        start = time.process_time()
        for policy in (Policy(), FOLDED, FIELDS):
            checked(name, said, usual, policy)
            checked(name, usual[0], (said,) * len(usual), policy)
            checked(name, said, (said,) * len(usual), policy)
        assert time.process_time() - start < SECONDS, kind


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_long_answer(name: str) -> None:
    for kind, said in long_texts().items():
        start = time.process_time()
        checked(name, said, USUAL.get(name, ("the quick brown fox",)), FOLDED)
        assert time.process_time() - start < SECONDS, kind


@pytest.mark.parametrize("name", sorted(METRICS))
def test_long_on_both_sides(name: str) -> None:
    """A megabyte beside a megabyte."""
    for kind, true in long_texts().items():
        said = long_texts()["other letters"] if kind == "letters" else true[:-7] + "x" + true[-6:]
        start = time.process_time()
        checked(name, said, (true,) * (4 if name == "vqa_accuracy" else 1), Policy())
        assert time.process_time() - start < SECONDS, kind


@pytest.mark.parametrize("name", ["cer", "wer", "1-ned", *(n for n in METRICS if "anls" in n)])
def test_a_reference_too_long_is_not_measured(name: str) -> None:
    metric = METRICS[name]
    text = "x" * LONGEST
    assert metric.measure(text, (text,), Policy()).value == (0.0 if name in ("cer", "wer") else 1.0)
    for part in (
        metric.measure(text, (text + "x",), Policy()),
        metric.worst((text + "x",), Policy()),
    ):
        assert part.value is None
        assert name == "anls_star" or part == TOO_LONG
    assert metric.measure("a", (text + "x", "a"), Policy()).value is not None


@pytest.mark.slow
@pytest.mark.parametrize("letters", ["abcdefgh ij", "".join(map(chr, range(0x4E00, 0x6000)))])
def test_the_longest_that_is_measured(letters: str) -> None:
    true, said = random_text(letters, LONGEST), random_text(letters, 2 * LONGEST)
    for name in sorted(METRICS):
        start = time.process_time()
        checked(name, said, (true,) * (4 if name == "vqa_accuracy" else 1), Policy())
        assert time.process_time() - start < 10, name


def test_edits_beyond_the_work_are_the_most_they_can_be() -> None:
    true = "x" * (WORK // MILLION)
    assert edits("x" * MILLION, true) == MILLION - len(true)
    assert edits("x" * MILLION, true + "x") == MILLION


def test_memory_stays_bounded() -> None:
    """All metrics over all long texts in one process: under 300 MB above an import."""
    script = """
import resource
from bench.metrics import METRICS, Policy
from tests.metrics.test_hostile_sizes import USUAL, checked, long_texts
import numpy
import rapidfuzz.process
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in METRICS:
    for said in long_texts().values():
        checked(name, said, USUAL.get(name, ("the quick brown fox",)), Policy())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 300
