"""Real processes: what their whole tree uses, and that watching them hurts nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bench import usage
from bench.usage import Moment, Usage, read_usage
from tests.runs import await_true

MB = 1_000_000
HOLD = "import time; block = b'x' * {size}; time.sleep({seconds}); del block; time.sleep(30)"
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
ORPHANS = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
SPINS = "while True: pass"


@contextmanager
def started(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """A python process in a group of its own; all of the group is ended."""
    process = subprocess.Popen([sys.executable, "-c", *argv], start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def watched(path: Path, pid: int) -> Iterator[Usage]:
    watching = Usage(path, pid)
    watching.start()
    try:
        yield watching
    finally:
        watching.stop()


def test_memory_of_a_grandchild_is_seen_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    holds = HOLD.format(size=200 * MB, seconds=2.5)
    with started(PARENT, holds) as process, watched(path, process.pid):
        await_true(lambda: any(one.rss > 200 * MB for one in read_usage(path)), 15)
        await_true(lambda: read_usage(path)[-1].rss < 100 * MB, 15)
    seen = read_usage(path)
    assert 200 * MB < max(one.rss for one in seen) < 320 * MB
    assert seen[-1].rss < 100 * MB
    assert max(one.processes for one in seen) == 2
    assert [one.t for one in seen] == sorted(one.t for one in seen)


def test_an_orphan_that_was_seen_still_counts(tmp_path: Path) -> None:
    """The root waits; its child starts a grandchild, lives for two seconds and ends."""
    path = tmp_path / "usage.jsonl"
    middle = f"{ORPHANS.replace('sys.argv[1]', repr(HOLD.format(size=50 * MB, seconds=60)))}"
    root = f"{PARENT}; import time; time.sleep(60)"
    with started(root, f"{middle}; time.sleep(2.5)") as process, watched(path, process.pid):
        await_true(lambda: any(one.processes == 3 for one in read_usage(path)), 15)
        await_true(lambda: read_usage(path)[-1].processes == 2, 15)
        assert read_usage(path)[-1].rss > 50 * MB


def test_cpu_seconds_grow_with_the_work(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    with started(SPINS) as process, watched(path, process.pid):
        await_true(lambda: read_usage(path) and read_usage(path)[-1].cpu_s > 0.5)
    seen = [one.cpu_s for one in read_usage(path)]
    assert seen == sorted(seen)
    assert seen[0] < 0.5 < seen[-1]


def test_a_process_that_has_gone_ends_the_sampling(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    with started("import time; time.sleep(0.6)") as process:
        watching = Usage(path, process.pid)
        watching.start()
        await_true(lambda: not watching._thread.is_alive(), 10)  # it is a zombie: nobody waited
        before = len(read_usage(path))
        watching.stop()
    assert before == len(read_usage(path)) > 0


def test_stop_takes_a_last_sample_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "DENSE_S", 60.0)
    path = tmp_path / "usage.jsonl"
    with started("import time; time.sleep(60)") as process:
        watching = Usage(path, process.pid)
        watching.start()
        await_true(path.exists)
        time.sleep(0.2)
        began = time.monotonic()
        watching.stop()
        assert time.monotonic() - began < 2
    assert len(read_usage(path)) == 2


def test_nothing_is_raised_where_nothing_can_be_seen_or_written(tmp_path: Path) -> None:
    with started("") as process:
        process.wait()
    for path, pid in ((tmp_path / "usage.jsonl", process.pid), (tmp_path / "none/usage.jsonl", 1)):
        with watched(path, pid) as watching:
            watching._thread.join(10)
            assert not watching._thread.is_alive()
        assert read_usage(path) == []
    Usage(tmp_path / "never-started.jsonl", 1).stop()


def test_a_broken_file_gives_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    good = b'{"t": 2.0, "rss": 5, "cpu_s": 0.1, "processes": 1, "of_a_later_version": []}\n'
    path.write_bytes(good + b'{"t": 1.0, "rss": 4, "cpu_s": 0.1, "processes": 1}\n{"t": 3')
    moments = [Moment(1.0, 4, 0.1, 1), Moment(2.0, 5, 0.1, 1)]
    assert read_usage(path) == moments
    for odd in (b"no json\n", b"[1]\n", b'{"t": 1.0}\n', b"null\n"):
        path.write_bytes(good + odd + good)
        assert read_usage(path) == moments[1:]


@pytest.mark.slow
def test_looking_costs_about_one_per_cent_of_a_core(tmp_path: Path) -> None:
    with started("import time; time.sleep(60)") as process:
        began, cpu = time.monotonic(), time.process_time()
        with watched(tmp_path / "usage.jsonl", process.pid):
            time.sleep(20)
        share = (time.process_time() - cpu) / (time.monotonic() - began)
    print(f"\n{len(read_usage(tmp_path / 'usage.jsonl'))} samples, {share:.2%} of a core")
    assert share < 0.015
