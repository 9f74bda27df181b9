"""Each process of a run is killed, early, in the middle and late; the run is then gone on with.

Nothing that has an answer on record is asked again, and the report is that of an undisturbed run.
The same for each real harness: tests/adapters/test_kill.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import kill_matrix
from tests.kill_matrix import (
    CONCURRENCY,
    MOMENTS,
    VICTIMS,
    Scene,
    Victim,
    assert_same,
    killed,
    notes,
    undisturbed,
)
from tests.runs import await_true

SAMPLES = 10
QUICK = {("core", "middle")}
CASES = [
    pytest.param(victim, moment, marks=[] if (victim, moment) in QUICK else pytest.mark.thorough)
    for victim in VICTIMS
    for moment in MOMENTS
]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, bench_home: Path) -> Iterator[Scene]:
    made = kill_matrix.scene(tmp_path_factory.mktemp("kill"), "echo", SAMPLES, bench_home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def expected(scene: Scene) -> Path:
    return undisturbed(scene)


@pytest.mark.parametrize(("victim", "moment"), CASES)
def test_a_killed_run_goes_on(scene: Scene, expected: Path, victim: Victim, moment: str) -> None:
    answered = scene.moment(moment)
    run = scene.run(f"{moment}-{victim}", hold_after=answered)
    ended = killed(scene, run, victim, answered)
    assert_same(ended.out, expected)
    assert len(notes(ended.out)) == (victim == "engine")


@pytest.mark.thorough
def test_killed_twice_and_resumed_twice(scene: Scene, expected: Path) -> None:
    run = scene.run("twice", hold_after=2)
    run.await_answered(2)
    run.kill("core")
    again = scene.resume(run.out, hold_after=1)
    ended = killed(scene, again, "core", 3, kills=2)
    assert_same(ended.out, expected)
    asked, report = scene.asked(), (run.out / "report.json").read_bytes()
    said = scene.resume(run.out).end()
    assert "resumed: nothing to resume" in said
    assert scene.asked() == asked
    assert (run.out / "report.json").read_bytes() == report
    assert sorted(path.name for path in (run.out / "earlier").iterdir()) == [
        "echo--m--tiny-m--1",
        "echo--m--tiny-m--2",
    ]


@pytest.mark.thorough
def test_an_engine_that_ends_twice_is_given_up_and_the_run_can_be_resumed(
    scene: Scene, expected: Path
) -> None:
    run = scene.run("gone", hold_after=3)
    run.await_answered(3)
    asked = len(scene.asked())
    run.kill("engine")
    await_true(lambda: len(scene.asked()) == asked + CONCURRENCY)
    run.kill("engine")
    said = run.end(1)
    assert "the engine m ended (killed by SIGKILL)" in said
    assert "for the second time: it was not started again" in said
    assert said.splitlines()[-1] == f"go on with: bench eval --resume {run.out}"
    on_record, asked = run.answered(), len(scene.asked())
    scene.let_go()
    ended = scene.resume(run.out)
    ended.end()
    again = Counter(scene.asked()[asked:])
    assert again == Counter(scene.prompts) - on_record
    assert len(scene.asked()) <= SAMPLES + 2 * CONCURRENCY
    assert_same(ended.out, expected)
    assert len(notes(ended.out)) == 2
