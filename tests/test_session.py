"""The folder of a run between its sessions."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.process import core
from bench.session import (
    RunLock,
    engine_folder,
    engine_folders,
    how_to_go_on,
    last_job_folder,
    put_aside,
    put_report_aside,
)


def test_one_lock_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("4711-abc")
    first = RunLock(tmp_path)
    assert first.before == "4711-abc"
    with pytest.raises(UsageError, match=rf"still works on this run \(process {os.getpid()}\)"):
        RunLock(tmp_path)
    first.release()
    second = RunLock(tmp_path)
    assert second.before == core()
    del second
    RunLock(tmp_path).release()


def test_a_lock_that_is_just_being_freed_is_waited_for(tmp_path: Path) -> None:
    """As by the forked child of a killed core, which has it until it execs."""
    file = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    threading.Timer(0.3, os.close, [file]).start()
    RunLock(tmp_path).release()


def test_a_folder_that_is_gone_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        RunLock(tmp_path / "none")


def test_each_start_of_an_engine_has_a_folder(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        folder = engine_folder(tmp_path, "m")
        folder.mkdir(parents=True)
        names.append(folder.name)
    assert names == ["m", "m--2", "m--3"]
    for name in ("m", "m--3", "mm"):
        (tmp_path / "engines" / name).mkdir(exist_ok=True)
        (tmp_path / "engines" / name / "engine.json").touch()
    assert [path.name for path in engine_folders(tmp_path, "m")] == ["m", "m--3"]


def test_the_last_folder_of_a_job(tmp_path: Path) -> None:
    assert last_job_folder(tmp_path, "j") is None
    for name in ("earlier/j--2", "earlier/j--10", "earlier/j--other--11", "jobs/j"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "described.json").touch()
    assert last_job_folder(tmp_path, "j") == tmp_path / "jobs" / "j"
    (tmp_path / "jobs" / "j" / "described.json").unlink()
    assert last_job_folder(tmp_path, "j") == tmp_path / "earlier" / "j--10"


def test_what_is_put_aside_is_kept(tmp_path: Path) -> None:
    put_aside(tmp_path, tmp_path / "jobs" / "j", "j--1")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "jobs" / "j").mkdir(parents=True)
    (tmp_path / "jobs" / "j" / "log.txt").write_text("said")
    put_aside(tmp_path, tmp_path / "jobs" / "j", "j--1")
    assert (tmp_path / "earlier" / "j--1" / "log.txt").read_text() == "said"
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "report_images").mkdir()
    put_report_aside(tmp_path, 1)
    place = tmp_path / "earlier" / "report--1"
    assert sorted(path.name for path in place.iterdir()) == ["report.json", "report_images"]


def test_how_to_go_on_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert how_to_go_on(tmp_path / "runs" / "x") == "bench eval --resume runs/x"
    assert how_to_go_on(tmp_path / "my run") == "bench eval --resume 'my run'"
    assert how_to_go_on(tmp_path.parent / "x") == f"bench eval --resume {tmp_path.parent / 'x'}"
