"""bench compare and bench gate on extractions: answers are paired, and so are their fields."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bench.comparison import Compared, compare
from bench.comparison.gate import gate
from bench.comparison.policy import load_policy
from tests.cli.said import Cli
from tests.comparison.made import write_extractions

DOCUMENTS = 30
RIGHT: dict[str, Any] = {
    f"d{n:02}": {
        "seller": f"House {n}",
        "total": f"{n}.50",
        "paid": None,
        "items": [{"name": f"tea {n}", "price": "3.50"}, {"name": "bread", "price": "9.00"}],
    }
    for n in range(DOCUMENTS)
}
FIELDS = 7  # of each


def _total_wrong(answer: dict[str, Any], number: int) -> dict[str, Any]:
    return answer | ({"total": "999.99"} if number % 2 else {})


def _items_turned(answer: dict[str, Any], _: int) -> dict[str, Any]:
    return answer | {"items": answer["items"][::-1]}


def _one_item(answer: dict[str, Any], _: int) -> dict[str, Any]:
    return answer | {"items": answer["items"][:1]}


def _more(answer: dict[str, Any], _: int) -> dict[str, Any]:
    return answer | {"items": [*answer["items"], {"name": "x", "price": "1"}], "colour": "red"}


def _changed(how: Any) -> dict[str, Any]:
    return {
        name: how(copy.deepcopy(right), number)
        for number, (name, right) in enumerate(RIGHT.items())
    }


def only(*names: str) -> Compared:
    (task,) = compare(names).tasks
    (pair,) = task.pairs
    return pair


@pytest.fixture
def base(tmp_path: Path) -> str:
    return write_extractions(tmp_path / "base", RIGHT, RIGHT)


def test_answers_are_counted_and_fields_beside_them(base: str, tmp_path: Path, cli: Cli) -> None:
    other = write_extractions(tmp_path / "b", _changed(_total_wrong), RIGHT)
    pair = only(base, other)
    assert pair.obstacles == ()
    assert (pair.pairing.pairs, pair.pairing.fields) == (DOCUMENTS, DOCUMENTS * FIELDS)
    whole, match = pair.metrics
    assert (whole.name, whole.whole.n, match.name, match.whole.n) == (
        *("anls_star", DOCUMENTS),
        *("field_match", DOCUMENTS * FIELDS),
    )
    assert match.whole.documents == DOCUMENTS
    said = cli("compare", base, other).out
    assert f"{DOCUMENTS} answers paired by sample, and {DOCUMENTS * FIELDS} fields of them" in said
    assert f"0 fields have a mistake in A and none in B, {DOCUMENTS // 2} the other way" in said
    assert "field total" in said


def test_the_values_are_those_of_the_reports(base: str, tmp_path: Path) -> None:
    other = write_extractions(tmp_path / "b", _changed(_one_item), RIGHT)
    reported = {
        (one["metric"], one["level"], one["group"]): one["value"]
        for one in json.loads((tmp_path / "b" / "report.json").read_text())["jobs"][0]["results"]
    }
    pair = only(base, other)
    found = {
        (one.metric, one.level, one.group): one.b
        for metric in pair.metrics
        for one in (metric.whole, *metric.groups)
    }
    assert found == pytest.approx(reported)
    assert ("field_match", "field", "items.price") in found


def test_a_field_that_fell_is_the_one_that_is_named(base: str, tmp_path: Path) -> None:
    pair = only(base, write_extractions(tmp_path / "b", _changed(_total_wrong), RIGHT))
    match = pair.metrics[1]
    fields = [one for one in match.groups if one.level == "field"]
    assert [one.group for one in fields] == ["items.name", "items.price", "paid", "seller", "total"]
    verdicts = {one.group: one.verdict for one in fields}
    assert verdicts.pop("total") == "a_better"
    assert set(verdicts.values()) == {"identical"}
    (total,) = (one for one in fields if one.group == "total")
    assert (total.wins, total.losses, total.n) == (0, DOCUMENTS // 2, DOCUMENTS)
    assert total.p is not None
    assert total.p_adjusted is not None
    assert total.p_adjusted == pytest.approx(min(1.0, total.p * len(match.groups)))
    assert pair.detailed["field_match"] == tuple(fields)


def test_flips_are_of_fields_and_show_what_was_said_of_them(base: str, tmp_path: Path) -> None:
    pair = only(base, write_extractions(tmp_path / "b", _changed(_total_wrong), RIGHT))
    assert pair.flipped_by == "field_match"
    first = pair.flips[0]
    assert (first.id, first.sample, first.field) == ("d01#total", "d01", "total")
    assert (first.a.prediction, first.b.prediction) == ("1.50", "999.99")
    assert (first.references, first.gain) == (("1.50",), -1.0)
    assert (first.a.mistake, first.b.mistake) == (None, "wrong_value")


def test_kinds_of_mistakes_are_those_of_the_fields(base: str, tmp_path: Path) -> None:
    pair = only(base, write_extractions(tmp_path / "b", _changed(_one_item), RIGHT))
    (kind,) = pair.kinds
    assert (kind.kind, kind.a, kind.b, kind.new) == ("missed", 0, 2 * DOCUMENTS, 2 * DOCUMENTS)
    assert (pair.fixed, pair.broken) == (0, 2 * DOCUMENTS)


@pytest.mark.parametrize(
    ("how", "whole", "fields"),
    [(_items_turned, "identical", "identical"), (_more, "a_better", "identical")],
    ids=["another-order", "more-than-asked"],
)
def test_order_says_nothing_and_what_is_beyond_the_reference_is_no_field(
    base: str, tmp_path: Path, how: Any, whole: str, fields: str
) -> None:
    pair = only(base, write_extractions(tmp_path / "b", _changed(how), RIGHT))
    assert [one.whole.verdict for one in pair.metrics] == [whole, fields]
    assert pair.pairing.fields == DOCUMENTS * FIELDS


def test_a_failed_request_fails_each_of_its_fields_once(base: str, tmp_path: Path) -> None:
    said = RIGHT | dict.fromkeys(("d03", "d04"))
    pair = only(base, write_extractions(tmp_path / "b", said, RIGHT))
    assert (pair.pairing.failed_a, pair.pairing.failed_b) == (0, 2)
    match = pair.metrics[1]
    assert match.whole.n == DOCUMENTS * FIELDS
    assert match.answered is not None
    assert (match.answered.n, match.answered.difference) == ((DOCUMENTS - 2) * FIELDS, 0.0)
    (kind,) = pair.kinds
    assert (kind.kind, kind.b) == ("request_failed", 2 * FIELDS)


def test_another_reference_takes_the_verdict(base: str, tmp_path: Path) -> None:
    right = RIGHT | {"d00": RIGHT["d00"] | {"total": "7.77"}}
    pair = only(base, write_extractions(tmp_path / "b", RIGHT, right))
    assert pair.obstacles == (
        "2 paired records have other references, another document or another field",
    )


def test_the_gate_checks_each_field(base: str, tmp_path: Path) -> None:
    new = write_extractions(tmp_path / "b", _changed(_total_wrong), RIGHT)
    path = tmp_path / "policy.json"
    check = {"metric": "field_match", "level": "field", "max_drop": 0.05}
    path.write_text(json.dumps({"checks": [check]}))
    found = gate(new, base, load_policy(path))
    assert found.decision == "NO-GO"
    assert {one.group: one.decision for one in found.checks} == {
        **dict.fromkeys(("items.name", "items.price", "paid", "seller"), "GO"),
        "total": "NO-GO",
    }
