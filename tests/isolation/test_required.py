"""A run in containers whose engine does not answer: said once, before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.said import Cli

MakeTask = Callable[..., Path]
DEAD = "echo 'Cannot connect to the daemon. Is it running?' >&2; exit 1"
ANSWERS = f'[ "$1" = info ] && {{ echo null; exit 0; }}; {DEAD}'
SAID = "failed: Cannot connect to the daemon. Is it running?"


@pytest.fixture
def stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """A program of this name that does no more than `script`; an empty BENCH_HOME."""
    monkeypatch.setenv("BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    (tmp_path / "bin").mkdir()

    def make(name: str, script: str) -> None:
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    return make


@pytest.mark.parametrize(
    ("engine", "to_do"),
    [
        ("docker", "start its daemon (`docker info` says whether it answers)"),
        ("podman", "see what `podman info` says"),
    ],
    ids=["docker", "podman"],
)
def test_an_engine_that_does_not_answer_is_said_once_and_nothing_is_made(
    stands_in: Callable[[str, str], None],
    make_task: MakeTask,
    tmp_path: Path,
    cli: Cli,
    *,
    engine: str,
    to_do: str,
) -> None:
    stands_in(engine, DEAD)
    named = ("--task", str(make_task([{}])), "--task", "receipts:ocr", "--isolation", engine)
    words = ("eval", "--backend", "echo", *named, "--out", str(tmp_path / "run"))
    said = cli(*words)
    hint = f"{to_do}, or leave --isolation out: venv is the default"
    assert (said.code, said.out) == (2, "")
    assert said.err == f"error: isolation {engine}: {engine} info {SAID}\n  {hint}\n"
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "home").exists()
    assert cli(*words, "--dry-run").code == 0, "a plan is shown without an engine"


def test_a_run_does_not_go_on_where_its_engine_has_gone(
    stands_in: Callable[[str, str], None], make_task: MakeTask, tmp_path: Path, cli: Cli
) -> None:
    stands_in("docker", ANSWERS)
    run = str(tmp_path / "run")
    task = str(make_task([{}]))
    named = ("--backend", "echo", "--task", task, "--isolation", "docker", "--out", run)
    assert cli("eval", *named).code == 3, "its image cannot be built"
    stands_in("docker", DEAD)
    before = sorted((tmp_path / "run").rglob("*"))
    said = cli("eval", "--resume", run)
    assert (said.code, f"isolation docker: docker info {SAID}" in said.err) == (2, True)
    assert sorted((tmp_path / "run").rglob("*")) == before
