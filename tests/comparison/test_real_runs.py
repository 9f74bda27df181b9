"""Runs that were really made: what of their protocols may differ where a verdict is given."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from bench import store
from bench.comparison import compare
from bench.comparison.gate import gate
from bench.comparison.policy import load_policy
from bench.schema import ModelUsed, TaskUsed
from tests.comparison.made import METRIC, Row, graded, write_run
from tests.protocols import INJECTED, Protocol, ended


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("cause", "obstacle"),
    [
        ("suffix", None),
        ("temperature", None),
        ("model", None),
        ("jpeg", "the tasks' contents differ"),
        ("content", "other references"),
    ],
)
def test_a_changed_protocol(
    bench_home: Path, tmp_path: Path, cause: str, obstacle: str | None
) -> None:
    changed = Protocol()
    INJECTED[cause][0](changed)
    ended(Protocol(), tmp_path / "a")
    ended(changed, tmp_path / "b")
    (task,) = compare([str(tmp_path / name / "run") for name in "ab"]).tasks
    (pair,) = task.pairs
    if obstacle is None:
        assert pair.obstacles == ()
        assert any("prompts differ" in note for note in pair.notes) is (cause == "suffix")
    else:
        assert obstacle in pair.obstacles[0]
        assert pair.pairing.pairs == 4


def together(folder: Path, *jobs: tuple[str, str, float]) -> str:
    """One run of several jobs: (task, model, what all records score)."""
    reports, records = [], []
    for number, (task, model, value) in enumerate(jobs):
        place = folder.with_name(f"{folder.name}-{number}")
        write_run(
            place,
            graded([value + 0.01 * (n % 4) for n in range(30)]),
            id=f"echo--{model}--{task}",
            task=TaskUsed(name=task, kind="document", version="1"),
            model=ModelUsed(name=model, engine=None, served_id=model),
        )
        reports.append(store.read_report(place))
        records += store.read_records(place)
    folder.mkdir()
    one = reports[0].model_copy(update={"jobs": tuple(report.jobs[0] for report in reports)})
    store.write_report(folder, one, records)
    return str(folder)


def test_jobs_are_found_by_run_by_name_and_by_task(tmp_path: Path) -> None:
    run = together(tmp_path / "r", ("t", "m", 0.5), ("t", "n", 0.6), ("u", "m", 0.5))
    found = compare([run])
    (task,) = found.tasks
    assert [row.side.label for row in task.choice] == ["m", "n"]
    assert found.unmatched == (f"{run}: echo--m--u: no other job has its task",)
    (named,) = compare([f"{run}:echo--n--t", f"{run}:echo--m--t"]).tasks
    assert [pair.b.job for pair in named.pairs] == ["echo--m--t"]
    other = together(tmp_path / "s", ("u", "m", 0.4), ("t", "m", 0.5))
    assert [one.task for one in compare([run, other]).tasks] == ["t", "u"]


def test_a_job_that_the_run_lacks_is_no_go_by_policy(tmp_path: Path) -> None:
    base = together(tmp_path / "base", ("t", "m", 0.5), ("u", "m", 0.5))
    run = together(tmp_path / "run", ("t", "m", 0.5), ("v", "m", 0.5))
    found = gate(run, base)
    assert (found.decision, found.reason) == (
        "INCONCLUSIVE",
        "u: this run has no job for echo--m--u",
    )
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"missing": "no-go", "checks": [{"metric": METRIC}]}))
    assert gate(run, base, load_policy(path)).decision == "NO-GO"
    path.write_text(json.dumps({"checks": [{"metric": METRIC, "tasks": ["t"]}]}))
    assert gate(run, base, load_policy(path)).decision == "GO"


@pytest.mark.slow
def test_10_000_records_take_less_than_5_seconds_of_cpu(tmp_path: Path) -> None:
    """Three thousand documents, 18 groups."""
    names = []
    for side in range(2):
        dice = random.Random(side)
        rows = [
            Row(
                f"s{n}",
                f"d{n // 3}",
                {METRIC: dice.random(), "exact_match": float(dice.random() < 0.5)},
                doc_type=f"t{n % 7}",
                field=f"f{n % 11}",
                prediction="x" * 300,
            )
            for n in range(10_000)
        ]
        names.append(write_run(tmp_path / str(side), rows))
    before = time.process_time()
    (task,) = compare(names).tasks
    assert time.process_time() - before < 5
    assert task.pairs[0].pairing.pairs == 10_000
