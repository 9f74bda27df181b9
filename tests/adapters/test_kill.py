"""The kill matrix of tests/test_kill_matrix.py with each real harness between core and gateway.

A case loads the harness once or twice. `-m harness` takes seven of them, `-m slow` all 48.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.environment import build
from tests import kill_matrix
from tests.kill_matrix import (
    MOMENTS,
    VICTIMS,
    Scene,
    Victim,
    assert_same,
    killed,
    notes,
    undisturbed,
)

SAMPLES = 8
EACH_PROCESS_ONCE = {
    ("core", "middle"),
    ("harness", "late"),
    ("engine", "early"),
    ("gateway", "middle"),
}
QUICK = {
    "vlmevalkit": EACH_PROCESS_ONCE,
    "lmms-eval": {("harness", "middle")},
    "lm-eval": {("harness", "middle")},
    "evalscope": {("harness", "middle")},
}
CASES = [
    pytest.param(
        name,
        victim,
        moment,
        marks=[pytest.mark.slow, *([pytest.mark.harness] if (victim, moment) in quick else [])],
    )
    for name, quick in QUICK.items()
    for victim in VICTIMS
    for moment in MOMENTS
]


Scenes = Callable[[str], tuple[Scene, Path]]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """A harness's scene and its undisturbed run: each is made once."""
    made: dict[str, tuple[Scene, Path]] = {}
    with ExitStack() as stack:

        def of(name: str) -> tuple[Scene, Path]:
            if name not in made:
                build(find_adapter("harness", name), "cpu", print)
                scene = kill_matrix.scene(tmp_path_factory.mktemp("kill"), name, SAMPLES)
                stack.callback(scene.close)
                made[name] = scene, undisturbed(scene)
            return made[name]

        yield of


@pytest.mark.parametrize(("name", "victim", "moment"), CASES)
def test_a_killed_run_goes_on(scenes: Scenes, name: str, victim: Victim, moment: str) -> None:
    scene, expected = scenes(name)
    answered = scene.moment(moment)
    run = scene.run(f"{moment}-{victim}", hold_after=answered)
    ended = killed(scene, run, victim, answered)
    assert_same(ended.out, expected)
    assert len(notes(ended.out)) == (victim == "engine")
