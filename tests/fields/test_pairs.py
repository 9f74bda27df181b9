"""Every hand-written pair: `written_in` says whose way of writing it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from bench.fields import FieldRule, compare
from bench.schema import FieldType

PAIRS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines()
]


def named(pair: dict[str, Any]) -> str:
    return f"{pair['written_in']}-{pair['rule']['type']}-{pair['reason']}"


@pytest.mark.parametrize("pair", PAIRS, ids=named)
def test_pair(pair: dict[str, Any]) -> None:
    verdict = compare(pair["prediction"], (pair["reference"],), FieldRule(**pair["rule"]))
    assert (verdict.match, verdict.reason) == (pair["match"], pair["reason"]), verdict


def test_the_pairs_cover_every_type_and_writing() -> None:
    assert len(PAIRS) >= 300
    assert sum(not pair["match"] for pair in PAIRS) >= 80
    assert sum(pair["reason"] == "ambiguous" for pair in PAIRS) >= 40
    written_in = {pair["written_in"] for pair in PAIRS}
    assert written_in == {"ru", "en", "ko", "de", "fr", "es", "zh", "ja"}
    assert {pair["rule"]["type"] for pair in PAIRS} == {*get_args(FieldType)}
    for language in written_in:
        reasons = {pair["match"] for pair in PAIRS if pair["written_in"] == language}
        assert reasons == {True, False}, language


def test_no_pair_stands_twice() -> None:
    seen = [json.dumps([pair["rule"], pair["prediction"], pair["reference"]]) for pair in PAIRS]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if "tolerance" not in pair["reason"]], ids=named
)
def test_the_other_way_round_it_is_as_right(pair: dict[str, Any]) -> None:
    """A share of the reference is the one thing that is not the same from both sides."""
    rule = FieldRule(**pair["rule"])
    if rule.relative_tolerance is None:
        verdict = compare(pair["reference"], (pair["prediction"],), rule)
        assert verdict.match == pair["match"]
        assert (verdict.reason == "ambiguous") == (pair["reason"] == "ambiguous")
