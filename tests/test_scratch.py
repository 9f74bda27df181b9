"""What a killed process leaves in the temporary directory is removed by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench import scratch
from bench.isolation.doors import Doors
from tests.conftest import REPOSITORY

BEGIN = """
import sys, time
from bench.isolation.doors import Doors
doors = Doors.opened()
(doors.next_engine() / "engine.sock").touch()
print(doors.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def owner(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with a folder of its own; its path is the line it has printed."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    yield process
    process.kill()
    process.communicate()


def grow_old(folder: Path) -> None:
    then = time.time() - 2 * scratch.YOUNG_S
    os.utime(folder / scratch.ALIVE, (then, then))


def folder_of(owner: subprocess.Popen[str]) -> Path:
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    grow_old(folder)
    return folder


def test_what_a_killed_core_left_is_removed_by_the_next(owner: subprocess.Popen[str]) -> None:
    folder = folder_of(owner)
    Doors.opened().close()
    assert folder.is_dir(), "its owner lives"
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert folder.is_dir()
    Doors.opened().close()
    assert not folder.exists()


def test_a_young_one_may_be_about_to_be_locked(owner: subprocess.Popen[str]) -> None:
    folder = folder_of(owner)
    owner.kill()
    owner.wait()
    os.utime(folder / scratch.ALIVE)
    scratch.drop_left()
    assert folder.is_dir()


@pytest.mark.parametrize("what", ["no-sign", "a-link", "a-file", "another-name"])
def test_what_is_not_surely_ours_stays(temporary: Path, what: str) -> None:
    kept = temporary / ("other-1" if what == "another-name" else "bench-1")
    if what == "a-file":
        kept.touch()
    elif what == "a-link":
        (temporary / "elsewhere").mkdir()
        (temporary / "elsewhere" / scratch.ALIVE).touch()
        grow_old(temporary / "elsewhere")
        kept.symlink_to(temporary / "elsewhere")
    else:
        kept.mkdir()
        if what == "another-name":
            (kept / scratch.ALIVE).touch()
            grow_old(kept)
    scratch.drop_left()
    assert kept.exists()


def test_it_is_gone_when_it_is_done_with(temporary: Path) -> None:
    with suppress(ValueError), scratch.scratch("pairs") as folder:
        assert folder.parent == temporary
        assert folder.name.startswith("bench-pairs-")
        raise ValueError
    assert list(temporary.iterdir()) == []
