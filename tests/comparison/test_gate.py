"""bench gate: its three answers, its policies, and how often it is wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bench.comparison.gate import gate
from bench.comparison.gate_rows import Decision
from bench.comparison.policy import MaxDrop, load_policy
from bench.errors import SourceError
from bench.schema import TaskUsed
from tests.cli.said import Cli
from tests.comparison.made import METRIC, Row, graded, write_run

OPTIONS = {"metric": METRIC, "max_drop": 0.02}


def moved(by: float, count: int = 120, noise: float = 0.02) -> tuple[list[Row], list[Row]]:
    dice = random.Random(4)
    old = [0.4 + 0.4 * dice.random() for _ in range(count)]
    return graded(old), graded([value + by + noise * (dice.random() - 0.5) for value in old])


def runs(folder: Path, old: list[Row], new: list[Row], **keys: Any) -> tuple[str, str]:
    return write_run(folder / "new", new, **keys), write_run(folder / "old", old, **keys)


def policy(folder: Path, *checks: dict[str, Any], **keys: Any) -> Path:
    path = folder / "policy.json"
    path.write_text(json.dumps({"checks": checks, **keys}))
    return path


@pytest.mark.parametrize(
    ("how", "decision"),
    [
        ((-0.044, 150, 0.02), "NO-GO"),
        ((-0.005, 150, 0.02), "GO"),
        ((0.03, 150, 0.02), "GO"),
        ((0.0, 5, 0.0), "GO"),
        ((-0.005, 40, 0.6), "INCONCLUSIVE"),
        ((-0.5, 5, 0.02), "INCONCLUSIVE"),
        ((-0.5, 4, 0.02), "INCONCLUSIVE"),
    ],
    ids=["graded-drop", "allowed", "better", "same", "noisy", "five-documents", "four-documents"],
)
def test_the_default_policy(
    tmp_path: Path, cli: Cli, how: tuple[float, int, float], decision: Decision
) -> None:
    """Five documents have 32 sign flips: p is at least 0.0625, and no drop can be shown."""
    new, old = runs(tmp_path, *moved(*how))
    said = cli("gate", new, "--against", old)
    assert said.code == {"GO": 0, "NO-GO": 1, "INCONCLUSIVE": 4}[decision]
    assert said.out.startswith(f"{decision}  ")


def test_an_error_rate_that_falls_is_no_drop(tmp_path: Path) -> None:
    def rows(wrong: float) -> list[Row]:
        return [Row(f"s{n}", f"d{n}", {"cer": (wrong + n % 3, 50.0)}) for n in range(60)]

    better = runs(tmp_path / "a", rows(6), rows(2), lower_is_better=("cer",))
    worse = runs(tmp_path / "b", rows(2), rows(6), lower_is_better=("cer",))
    assert gate(*better).decision == "INCONCLUSIVE"  # all alike: no interval without a bound
    spread = [Row(r.id, r.doc_id, {"cer": (6 + n % 5, 50.0)}) for n, r in enumerate(rows(0))]
    new, old = runs(tmp_path / "c", spread, rows(1), lower_is_better=("cer",))
    (check,) = gate(new, old).checks
    assert (check.decision, (check.drop or 0) < 0) == ("GO", True)
    (check,) = gate(old, new).checks
    assert (check.decision, (check.drop or 0) > 0) == ("NO-GO", True)
    assert gate(*worse).decision == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("drop", "base", "allowed"),
    [
        ({"absolute": 0.02}, 0.5, 0.02),
        ({"relative": 0.1}, 0.5, 0.05),
        ({"absolute": 0.02, "relative": 0.1}, 0.1, 0.01),
    ],
    ids=["absolute", "relative", "the-smaller"],
)
def test_what_may_drop(drop: dict[str, float], base: float, allowed: float) -> None:
    assert MaxDrop.model_validate(drop).bound(base) == pytest.approx(allowed)


def test_a_drop_below_the_least_that_matters_is_none(tmp_path: Path) -> None:
    new, old = runs(tmp_path, *moved(-0.004, 100, 0.005))
    tight = {"metric": METRIC, "max_drop": {"absolute": 0.001}}
    assert gate(new, old, load_policy(policy(tmp_path, tight))).decision == "NO-GO"
    loose = load_policy(policy(tmp_path, tight | {"min_effect": 0.006}))
    assert gate(new, old, loose).decision == "GO"


@pytest.mark.parametrize(
    ("tier", "decision"), [("critical", "NO-GO"), ("supporting", "NO-GO"), ("advisory", "GO")]
)
def test_a_tier_says_what_a_shown_drop_does(tmp_path: Path, tier: str, decision: str) -> None:
    rows = [[], []]  # type: list[list[Row]]
    for side, fall in enumerate((0.0, 0.1)):
        dice = random.Random(5)
        rows[side] = [
            Row(f"s{n}", f"d{n}", {METRIC: 0.9, "f1": 0.5 + 0.3 * dice.random() - fall})
            for n in range(100)
        ]
    new, old = runs(tmp_path, *rows)
    checks = ({"metric": METRIC}, {"metric": "f1", "tier": tier})
    found = gate(new, old, load_policy(policy(tmp_path, *checks)))
    assert [one.decision for one in found.checks] == ["GO", "NO-GO"]
    assert found.decision == decision


def test_a_level_is_checked_group_by_group(tmp_path: Path) -> None:
    old, new = [], []
    dice = random.Random(6)
    for n in range(200):
        field = f"f{n % 4}"
        value = 0.5 + 0.2 * dice.random()
        fall = 0.2 * (field == "f2") + 0.01 * (dice.random() - 0.5)
        old.append(Row(f"s{n}", f"d{n}", {METRIC: value}, field=field))
        new.append(Row(f"s{n}", f"d{n}", {METRIC: value - fall}, field=field))
    runs(tmp_path, old, new)
    rules = load_policy(policy(tmp_path, OPTIONS | {"level": "field"}))
    found = gate(str(tmp_path / "new"), str(tmp_path / "old"), rules)
    said = {one.group: one.decision for one in found.checks}
    assert said == {"f0": "GO", "f1": "GO", "f2": "NO-GO", "f3": "GO"}
    assert "f2" in found.reason
    one = load_policy(policy(tmp_path, OPTIONS | {"level": "field", "group": "f1"}))
    assert gate(str(tmp_path / "new"), str(tmp_path / "old"), one).decision == "GO"


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"metric": "wer"}, "wer is missing in both runs"),
        ({"metric": "f1"}, "f1 is missing in this run"),
        ({"metric": METRIC, "level": "field", "group": "nowhere"}, "no paired record has anls at"),
        ({"metric": METRIC, "tasks": ["other:t"]}, "no paired job has this task"),
    ],
    ids=["metric", "one-side", "group", "task"],
)
def test_what_is_missing_is_named_and_the_policy_says_what_it_means(
    tmp_path: Path, check: dict[str, Any], said: str
) -> None:
    both = [Row(f"s{n}", f"d{n}", {METRIC: 0.5, "f1": 0.5}) for n in range(20)]
    write_run(tmp_path / "old", both)
    write_run(tmp_path / "new", graded([0.5] * 20))
    names = str(tmp_path / "new"), str(tmp_path / "old")
    found = gate(*names, load_policy(policy(tmp_path, check)))
    assert found.decision == "INCONCLUSIVE"
    assert said in found.reason
    strict = load_policy(policy(tmp_path, check, missing="no-go"))
    assert gate(*names, strict).decision == "NO-GO"


def test_other_samples_and_a_crashed_run_are_inconclusive(tmp_path: Path) -> None:
    rows = graded([0.5] * 20)
    old = write_run(tmp_path / "old", rows)
    fewer = write_run(tmp_path / "fewer", rows[:15])
    found = gate(fewer, old)
    assert found.decision == "INCONCLUSIVE"
    assert "5 records have no partner" in found.reason
    crashed = write_run(tmp_path / "crashed", rows, status="crashed")
    assert "this run's job is not ok: crashed" in gate(crashed, old).reason
    other = TaskUsed(name="else:t", kind="document", version="1")
    extra = write_run(tmp_path / "extra", rows, id="echo--m--else-t", task=other)
    assert gate(extra, old).checks[0].decision == "GO"  # each run has one job: the ids tell


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("checks:\n  - metric: anls\n    max_dorp: 1\n", ":3:5: unknown key 'checks.0.max_dorp'"),
        ("checks: []\n", ":1:1: 'checks'"),
        ("checks:\n  - metric: anls\n    max_drop: 0\n", ":2:5: checks.0: a `max_drop` of 0"),
        ("checks:\n  - metric: anls\n    tier: vital\n", ":3:5: 'checks.0.tier'"),
        ("checks:\n  - metric: anls\n    max_drop: -1\n", "max_drop"),
        ("checks:\n  - metric: anls\n    max_drop: {}\n", "name `absolute`, `relative` or both"),
        ("- 1\n", "must be a mapping"),
    ],
    ids=["misspelt", "none", "zero", "tier", "negative", "empty", "no-mapping"],
)
def test_a_wrong_policy_is_named_by_line(tmp_path: Path, cli: Cli, text: str, said: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(SourceError):
        load_policy(path)
    ended = cli("gate", "any", "--against", "any", "--policy", str(path))
    assert ended.code == 2
    assert ended.err.startswith(f"error: {path}")
    assert said in ended.err


def test_json_is_stable(tmp_path: Path, cli: Cli) -> None:
    new, old = runs(tmp_path, *moved(-0.1))
    first = cli("gate", new, "--against", old, "--json")
    assert first.code == 1
    assert first.out == cli("gate", new, "--against", old, "--json").out
    value = json.loads(first.out)
    assert list(value) == [
        *("schema", "run", "against", "policy", "decision", "reason", "checks", "pairings")
    ]
    assert value["checks"][0]["decision"] == "NO-GO"
    assert value["checks"][0]["drop"] == pytest.approx(0.1, abs=0.01)
