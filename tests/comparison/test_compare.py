"""bench compare on runs with scores of one's own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.comparison import Compared, compare
from bench.errors import RunError, UsageError
from bench.schema import ModelUsed, TaskUsed
from tests.comparison.made import METRIC, Row, graded, write_run

Make = Callable[..., str]


def regression(count: int = 500) -> tuple[list[Row], list[Row]]:
    """Every answer a little worse, and none of them at 1.0: the mean falls from .798 to .754."""
    dice = random.Random(1)
    old = [round(0.798 + 0.15 * (dice.random() - 0.5), 3) for _ in range(count)]
    mean = sum(old) / count
    old = [value + 0.798 - mean for value in old]
    new = [value - 0.044 + 0.02 * (dice.random() - 0.5) for value in old]
    return graded(old, per_document=2), graded(new, per_document=2)


def only(*names: str) -> Compared:
    (task,) = compare(names).tasks
    (pair,) = task.pairs
    return pair


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(name: str, rows: list[Row], **job: object) -> str:
        return write_run(tmp_path / name, rows, **job)  # type: ignore[arg-type]

    return write


def test_a_graded_regression_without_any_flip_is_found(make: Make) -> None:
    old, new = regression()
    pair = only(make("a", old), make("b", new))
    assert pair.headline is not None
    found = pair.headline.whole
    assert found.verdict == "a_better"
    assert found.a == pytest.approx(0.798)
    assert found.b == pytest.approx(0.754, abs=0.001)
    assert found.low is not None
    assert found.high is not None
    assert found.difference is not None
    assert found.p is not None
    assert -0.046 < found.low < found.difference < found.high < -0.042
    assert 0 < found.p < 0.001
    assert (found.wins, found.losses, found.n) == (0, 500, 500)
    assert (pair.fixed, pair.broken, pair.obstacles) == (0, 0, ())


def test_a_run_beside_itself_differs_in_nothing(make: Make) -> None:
    run = make("a", graded([0.1, 0.5, 1.0] * 9))
    pair = only(run, run)
    assert pair.headline is not None
    for one in (pair.headline.whole, *pair.headline.groups):
        assert (one.verdict, one.difference, one.p) == ("identical", 0.0, 1.0)
        assert (one.wins, one.losses) == (0, 0)
    assert pair.flips == ()


def test_neither_order_nor_names_of_files_change_a_number(make: Make) -> None:
    old, new = regression(60)
    straight = only(make("a", old), make("b", new)).metrics
    turned = only(make("c", old[::-1]), make("d", sorted(new, key=lambda row: row.id))).metrics
    assert straight == turned


def test_lower_is_better_turns_the_verdict_not_the_difference(make: Make) -> None:
    a = [Row(f"s{n}", f"d{n}", {"cer": (float(n % 3), 20.0)}) for n in range(40)]
    b = [Row(f"s{n}", f"d{n}", {"cer": (float(n % 3 + 2), 20.0)}) for n in range(40)]
    pair = only(make("a", a, lower_is_better=("cer",)), make("b", b, lower_is_better=("cer",)))
    assert pair.headline is not None
    found = pair.headline.whole
    assert found.difference == pytest.approx(0.1)
    assert (found.wins, found.losses) == (0, 40)
    assert all(flip.gain == pytest.approx(-0.1) for flip in pair.flips)


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        (range(20), range(1, 21), "2 records have no partner (1 only in A, 1 only in B; e.g. s0"),
        (range(20), range(18), "2 records have no partner (2 only in A, 0 only in B"),
        (range(10), range(10, 20), "no record has a partner"),
    ],
    ids=["shifted", "fewer", "strangers"],
)
def test_records_without_a_partner_take_the_verdict(
    make: Make, left: range, right: range, said: str
) -> None:
    a = [Row(f"s{n}", f"d{n}", {METRIC: 1.0}) for n in left]
    b = [Row(f"s{n}", f"d{n}", {METRIC: 0.0}) for n in right]
    pair = only(make("a", a), make("b", b))
    assert pair.obstacles[0].startswith(said)
    assert all(one.whole.verdict == "no_verdict" for one in pair.metrics)
    assert pair.pairing.pairs + pair.pairing.only_a == len(a)
    assert pair.pairing.pairs + pair.pairing.only_b == len(b)


def test_other_references_and_other_contents_take_the_verdict(make: Make) -> None:
    rows = graded([0.5] * 20)
    a = make("a", rows)
    b = make("b", graded([0.1] * 20, references=("13.50",)))
    assert "20 paired records have other references" in only(a, b).obstacles[0]
    described = TaskUsed(name="tiny:m", kind="document", version="1", content_sha256="c" * 64)
    other = described.model_copy(update={"content_sha256": "d" * 64})
    c, d = make("c", rows, task=described), make("d", graded([0.1] * 20), task=other)
    pair = only(c, d)
    assert "the tasks' contents differ (cccccccccccc and dddddddddddd)" in pair.obstacles[0]
    assert pair.headline is not None
    assert pair.headline.whole.verdict == "no_verdict"


def test_failed_requests_count_as_worst_and_apart(make: Make) -> None:
    a = graded([0.8] * 30)
    b = [
        Row(row.id, row.doc_id, {METRIC: 0.0}, prediction=None, mistake="request_failed")
        if number < 6
        else row
        for number, row in enumerate(a)
    ]
    pair = only(make("a", a), make("b", b))
    assert pair.headline is not None
    assert pair.headline.whole.b == pytest.approx(0.8 * 24 / 30)
    assert pair.headline.whole.n == 30
    assert pair.headline.answered is not None
    assert (pair.headline.answered.n, pair.headline.answered.difference) == (24, 0.0)
    assert (pair.pairing.failed_a, pair.pairing.failed_b) == (0, 6)
    (kind,) = pair.kinds
    assert (kind.kind, kind.a, kind.b, kind.gone, kind.new) == ("request_failed", 0, 6, 0, 6)
    assert pair.broken == 6
    assert pair.flips[0].b.failed


def test_groups_are_adjusted_for_how_many_they_are(make: Make) -> None:
    rows = [
        Row(f"s{n}", f"d{n}", {METRIC: 0.5}, doc_type=f"t{n % 2}", field=f"f{n % 5}")
        for n in range(100)
    ]
    moved = [
        Row(
            row.id,
            row.doc_id,
            {METRIC: 0.5 - 0.1 * (row.field == "f3") + 0.01 * (n % 3 - 1)},
            doc_type=row.doc_type,
            field=row.field,
        )
        for n, row in enumerate(rows)
    ]
    pair = only(make("a", rows), make("b", moved))
    assert pair.headline is not None
    groups = {one.group: one for one in pair.headline.groups}
    assert set(groups) == {"t0", "t1", "f0", "f1", "f2", "f3", "f4"}
    assert groups["f3"].verdict == "a_better"
    assert {name for name, one in groups.items() if one.verdict != "not_shown"} <= {
        "f3",
        "t0",
        "t1",
    }
    for one in groups.values():
        assert one.p is not None
        assert one.p_adjusted is not None
        assert one.p <= one.p_adjusted <= 1


def test_fewer_than_five_documents_have_no_verdict(make: Make) -> None:
    a, b = graded([0.9] * 40, per_document=10), graded([0.1] * 40, per_document=10)
    pair = only(make("a", a), make("b", b))
    assert pair.headline is not None
    assert (pair.headline.whole.verdict, pair.headline.whole.low) == ("no_verdict", None)


def test_several_models_are_ranked_with_ties(make: Make) -> None:
    dice = random.Random(2)
    base = [dice.random() * 0.5 + 0.3 for _ in range(80)]
    names = {}
    for name, shift in (("mid", -0.002), ("top", 0.0), ("low", -0.2)):
        rows = graded([value + shift + 0.05 * (dice.random() - 0.5) for value in base])
        model = ModelUsed(name=name, engine=None, served_id=name)
        names[name] = make(name, rows, model=model)
    (task,) = compare([names["mid"], names["top"], names["low"]]).tasks
    standing = {row.side.label: row.standing for row in task.choice}
    assert set(standing) == {"mid", "top", "low"}
    assert standing["low"] == "behind"
    assert {standing["mid"], standing["top"]} == {"best", "tied"}
    assert [pair.b.label for pair in task.pairs] == ["top", "low"]
    assert task.choice[0].licence is None
    assert task.choice[0].absent["licence"] == "no model file of this name says it"


def test_flips_hold_both_answers_and_the_worst_come_first(make: Make) -> None:
    a = [Row(f"s{n}", f"d{n}", {METRIC: 0.5}, prediction=f"a{n}") for n in range(30)]
    b = [Row(f"s{n}", f"d{n}", {METRIC: n / 30}, prediction=f"b{n} \u2028") for n in range(30)]
    flips = only(make("a", a), make("b", b)).flips
    assert [flip.id for flip in flips[:2]] == ["s0", "s1"]
    assert [flip.gain for flip in flips[:10]] == sorted(flip.gain for flip in flips[:10])
    assert (flips[10].id, len(flips)) == ("s29", 20)
    assert (flips[0].a.prediction, flips[0].b.prediction) == ("a0", "b0 \u2028")


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere", "is no folder of a run"), ("a:other", "no job 'other'")],
)
def test_what_cannot_be_read_is_said(make: Make, tmp_path: Path, name: str, said: str) -> None:
    make("a", graded([1.0] * 5))
    with pytest.raises(UsageError, match=said):
        compare([str(tmp_path / "a"), str(tmp_path / name)])


def test_a_broken_record_is_named(make: Make, tmp_path: Path) -> None:
    run = make("a", graded([1.0] * 5))
    path = tmp_path / "a" / "records.jsonl"
    first, *rest = path.read_text().splitlines()
    row = json.loads(first)
    del row["status"]
    path.write_text("\n".join([json.dumps(row), *rest]) + "\n")
    with pytest.raises(RunError, match="the record 's0' lacks or breaks 'status'"):
        compare([run, run])
    path.write_text(f"{first}\n{first}\n")
    with pytest.raises(RunError, match="s0 is there twice"):
        compare([run, run])


def test_one_run_of_one_job_has_nothing_to_compare(make: Make) -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        compare([make("a", graded([1.0] * 5))])
