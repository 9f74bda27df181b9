"""Results against plain sums over the records, whatever comes in whatever order."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal, get_args

import pytest

from bench.aggregate import Aggregator, results
from bench.aggregate import aggregator as in_aggregator
from bench.aggregate import table as in_table
from bench.schema import Level, Record, Result, Score, Share
from bench.statistics import bootstrap
from bench.task import MetricUse
from tests.conftest import REPOSITORY

ANLS = MetricUse(metric="anls")
CER = MetricUse(metric="cer")
LEVELS: tuple[Level, ...] = get_args(Level)
PARTS: dict[str, tuple[str, ...]] = {
    "doc_type_field": ("doc_type", "field"),
    "field_language": ("field", "language"),
    "doc_type_language": ("doc_type", "language"),
    "doc_type_tag": ("doc_type", "tag"),
    "field_tag": ("field", "tag"),
    "language_tag": ("language", "tag"),
}


def record(doc_id: str = "d", **more: Any) -> Record:
    """One of an answered sample, unless `more` says otherwise."""
    status: Literal["answered", "failed"] = "answered"
    given = {"doc_type": None, "field": None, "language": None, "references": ("x",)}
    fixed = {"job": "j", "id": "i", "prediction": "y", "value": "y", "status": status}
    return Record.model_construct(**{"scores": {}, **fixed, **given, "doc_id": doc_id, **more})


def score(
    above: float, below: float = 1.0, strict: Share | None = None, raw: Share | None = None
) -> Score:
    value = above / below if below else None
    return Score(value=value, numerator=above, denominator=below, strict=strict, raw=raw)


def share(above: float, below: float = 1.0) -> Share:
    return Share(value=above / below, numerator=above, denominator=below)


def made(count: int, seed: int = 4) -> list[Record]:
    dice = random.Random(seed)
    return [
        record(
            f"d{dice.randrange(count // 4)}",
            doc_type=dice.choice(("invoice", "letter", None)),
            field=dice.choice(("total", "date", None)),
            language=dice.choice(("ru", "en", "ko")),
            tags=tuple(dice.choices(("blur", "skew", "stain"), k=dice.randrange(3))),
            status=dice.choice(("answered", "answered", "failed")),
            scores={"anls": score(dice.random()), "cer": score(dice.randrange(9), 9)},
        )
        for _ in range(count)
    ]


def names(one: Record, level: str) -> set[str]:
    if level == "global":
        return {"all"}
    if level == "tag":
        return set(one.tags)
    if level in PARTS:
        return {" / ".join(both) for both in product(*(names(one, part) for part in PARTS[level]))}
    named = getattr(one, level)
    return set() if named is None else {named}


def whole(records: list[Record], use: MetricUse = ANLS, *levels: Level) -> Result:
    return results(records, [use], ["global", *levels], seed=0)[0]


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_plain_sums_over_its_records(level: Level) -> None:
    records = made(240)
    found = results(records, [ANLS, CER], [level], seed=7)
    groups = sorted({name for one in records for name in names(one, level)})
    assert [(one.metric, one.group) for one in found] == list(product(("anls", "cer"), groups))
    for result in found:
        members = [one for one in records if result.group in names(one, level)]
        scores = [one.scores[result.metric] for one in members]
        above, below = [one.numerator for one in scores], [one.denominator for one in scores]
        assert result.value == pytest.approx(sum(above) / sum(below), rel=1e-12)
        answered = [one.scores[result.metric] for one in members if one.status == "answered"]
        assert result.value_answered == pytest.approx(
            sum(one.numerator for one in answered) / sum(one.denominator for one in answered)
        )
        assert (result.n, result.answered) == (len(members), len(answered))
        bounds = bootstrap(above, below, [one.doc_id for one in members], seed=7)
        assert (result.interval is None) == (bounds is None)
        if result.interval and bounds:
            assert result.interval.clusters == bounds.clusters
            ends = (result.interval.low, result.interval.high)
            assert ends == pytest.approx((bounds.low, bounds.high), rel=1e-5)


@pytest.mark.parametrize("rows", [3, 50_000], ids=str)
@pytest.mark.parametrize("at_once", [1, 2_000_000], ids=str)
def test_neither_the_order_nor_what_is_held_changes_a_number(
    monkeypatch: pytest.MonkeyPatch, rows: int, at_once: int
) -> None:
    records = made(200)
    expected = results(records, [ANLS, CER], LEVELS, seed=0)
    monkeypatch.setattr(in_table, "_ROWS", rows)
    monkeypatch.setattr(in_aggregator, "_AT_ONCE", at_once)
    found = results(random.Random(1).sample(records, 200), [ANLS, CER], LEVELS, seed=0)
    for one, other in zip(found, expected, strict=True):
        numbers = {"value", "value_answered", "detectable"}
        assert one.model_dump(include=numbers) == pytest.approx(
            other.model_dump(include=numbers), rel=1e-12
        )
        assert one.macro == pytest.approx(other.macro, rel=1e-12)
        odd = numbers | {"interval", "macro"}
        assert one.model_dump(exclude=odd) == other.model_dump(exclude=odd)
        if one.interval and other.interval:
            assert one.interval.low == pytest.approx(other.interval.low, rel=1e-6)
            assert one.interval.high == pytest.approx(other.interval.high, rel=1e-6)


def test_macro_is_the_mean_over_groups_and_micro_over_records() -> None:
    records = [
        *(record("a", language="ru", scores={"anls": score(1.0)}) for _ in range(9)),
        record("b", language="en", scores={"anls": score(0.0)}),
        record("b", language="ko", scores={"anls": score(0.0, 0.0)}),
    ]
    result = whole(records, ANLS, "language", "field")
    assert result.value == 0.9
    assert result.macro == {"language": 0.5, "document": 0.5}
    assert all(not one.macro for one in results(records, [ANLS], ["language"], seed=0))


def test_strict_and_raw_stand_beside_the_value() -> None:
    records = [
        record("a", scores={"anls": score(1.0, strict=share(0.0), raw=share(1.0))}),
        record("b", scores={"anls": score(1.0, strict=share(1.0), raw=share(0.5))}),
    ]
    result = whole(records)
    assert (result.value, result.value_strict, result.value_raw) == (1.0, 0.5, 0.75)
    neither = whole([record(scores={"anls": score(0.1)}), record(scores={"anls": score(0.2)})])
    assert (neither.value_strict, neither.value_raw) == (None, None)
    same = [record(str(n), scores={"anls": score(n / 7, strict=share(n / 7))}) for n in range(7)]
    assert whole(same).value_strict == whole(same).value


def test_a_record_counts_for_the_metrics_that_it_has() -> None:
    """An extraction's answer for one, its fields for another."""
    fields = MetricUse(metric="field_match")
    records = [
        record("a", scores={"anls": score(0.5)}),
        *(record("a", field=name, scores={"field_match": score(1.0)}) for name in ("x", "y")),
        record("b", status="answered"),
    ]
    found = results(records, [ANLS, fields], ["global", "field"], seed=0)
    assert [(one.metric, one.group, one.value, one.n) for one in found] == [
        ("anls", "all", 0.5, 1),
        ("field_match", "all", 1.0, 2),
        ("field_match", "x", 1.0, 1),
        ("field_match", "y", 1.0, 1),
    ]


def test_what_has_no_answer_is_left_out_of_an_error_rate() -> None:
    records = [
        record("a", scores={"cer": score(1, 4)}),
        record("b", references=(), answerable=False, scores={"cer": score(0, 0)}),
        record("c", references=("", " "), scores={"cer": score(3, 0)}),
    ]
    result = whole(records, CER)
    assert (result.value, result.n, result.empty_references) == (1.0, 3, 0)
    folded = MetricUse(metric="cer", whitespace="collapse")
    assert whole(records, folded).empty_references == 1
    assert "1 samples left out" in str(result.note)


def test_the_smallest_difference_needs_documents_that_differ() -> None:
    differing = [record(str(n), scores={"anls": score(n % 2)}) for n in range(40)]
    assert 0.2 < (whole(differing).detectable or 0) < 0.5
    equal = [record(str(n), scores={"anls": score(1.0)}) for n in range(40)]
    assert whole(equal).detectable is None
    assert whole(differing[:4]).detectable is None


def aggregated(records: Iterator[Record] | list[Record], *uses: MetricUse) -> Aggregator:
    found = Aggregator(uses, LEVELS, seed=0)
    for one in records:
        found.add(one)
    return found


def test_the_hardest_documents_come_worst_first() -> None:
    records = [
        record(f"d{number:02}", doc_type="t", scores={"anls": score(right), "cer": score(9, 9)})
        for number in range(14)
        for right in (1.0, 1.0 if number < 2 else number % 7 / 7)
    ]
    found = aggregated(records, ANLS, CER).hardest()
    assert len(found) == 10
    assert [one.doc_id for one in found[:4]] == ["d07", "d08", "d02", "d09"]
    assert found[0].model_dump() == {
        "doc_id": "d07",
        "doc_type": "t",
        "value": 0.5,
        "n": 2,
        "wrong": 1,
    }
    assert {"d00", "d01"}.isdisjoint(one.doc_id for one in found)
    assert aggregated(records, ANLS).hardest(99)[-1].value < 1


def test_of_an_error_rate_the_highest_is_hardest() -> None:
    records = [record(str(n), scores={"cer": score(n, 9)}) for n in range(5)]
    assert [one.doc_id for one in aggregated(records, CER).hardest(3)] == ["4", "3", "2"]
    assert aggregated([], CER).hardest() == ()
    assert aggregated(records).hardest() == ()


def test_a_document_of_two_types_has_none() -> None:
    records = [record("a", doc_type=kind, scores={"anls": score(0)}) for kind in ("t", "u")]
    assert aggregated(records, ANLS).hardest()[0].doc_type is None


def stream(count: int, per_document: int = 5) -> Iterator[Record]:
    """Records of pages of text, 2,000 characters each; none is held."""
    scores = [{"anls": score(number / 10)} for number in range(11)]
    fixed = record().model_dump() | {"references": ("x",), "tags": ()}
    for number in range(count):
        yield Record.unchecked(
            **fixed
            | {
                "doc_id": f"document-{number // per_document}",
                "doc_type": f"type{number // per_document % 8}",
                "field": f"field{number % per_document}",
                "language": ("ru", "en", "ko")[number // per_document % 3],
                "tags": ("blur",) if number % 4 else (),
                "prediction": f"{number:2000}",
                "scores": scores[number * 7 % 11],
            }
        )


MEASURED = """
import resource, sys
from tests.test_aggregate import ANLS, aggregated, stream

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

count = int(sys.argv[1])
aggregated(stream(1000), ANLS).results()
before = held()
aggregator = aggregated(stream(count), ANLS)
added = held()
whole = aggregator.results()[0]
assert (whole.n, whole.interval.clusters) == (count, count // 5), whole
assert len(aggregator.hardest()) == 10
print(added - before, held() - before)
"""


@pytest.mark.parametrize(
    ("count", "sums", "results"),
    [
        pytest.param(100_000, 60, 250, marks=pytest.mark.thorough),
        pytest.param(1_000_000, 250, 600, marks=pytest.mark.slow),
    ],
    ids=["hundred-thousand", "million"],
)
def test_records_are_not_kept(count: int, sums: float, results: float) -> None:
    """At every level, in MB of resident memory. The predictions alone are 2 kB a record."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(count)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    added, in_all = map(float, done.stdout.split())
    assert added < sums, done.stdout
    assert in_all < results, done.stdout
