from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from bench.process import Child, Ending, clean_environment, core, end_left_of, tail
from tests.runs import await_true, left_of

Start = Callable[[str], Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A child that runs this Python source."""
    children: list[Child] = []

    def start(source: str) -> Child:
        child = Child(
            [sys.executable, "-c", source],
            log=tmp_path / f"log{len(children)}.txt",
            environment=clean_environment(os.environ),
            folder=tmp_path,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.end()


def zombies() -> list[int]:
    return [one.pid for one in psutil.Process().children() if one.status() == psutil.STATUS_ZOMBIE]


def test_it_gives_the_exit_code(start: Start) -> None:
    child = start("raise SystemExit(3)")
    assert child.wait(10) == Ending(3, None)
    assert str(child.end()) == "exit code 3"


def test_it_names_the_signal(start: Start) -> None:
    child = start("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    ending = child.wait(10)
    assert ending == Ending(None, signal.SIGSEGV)
    assert str(ending) == "killed by SIGSEGV"


def test_an_unnamed_signal_has_its_number() -> None:
    assert str(Ending(None, 63)) == "killed by signal 63"


def test_wait_ends_without_an_ending_while_it_runs(start: Start) -> None:
    child = start("import time; time.sleep(60)")
    before = time.monotonic()
    assert child.wait(0.1) is None
    assert time.monotonic() - before < 5


def test_stop_lets_it_end_in_good_order(start: Start, tmp_path: Path) -> None:
    child = start(
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    pathlib.Path('ended').touch(); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path('begun').touch()\n"
        "time.sleep(60)\n"
    )
    await_true((tmp_path / "begun").exists)
    assert child.stop() == Ending(7, None)
    assert (tmp_path / "ended").exists()


def test_stop_kills_what_ignores_it(start: Start, tmp_path: Path) -> None:
    child = start(
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path('begun').touch()\n"
        "time.sleep(60)\n"
    )
    await_true((tmp_path / "begun").exists)
    assert child.stop(grace=0.3) == Ending(None, signal.SIGKILL)


_FAMILY = """
import subprocess, sys, time
subprocess.Popen(["sleep", "600"])
subprocess.Popen(["sleep", "600"], start_new_session=True)
open("born", "w").close()
time.sleep({seconds})
"""


@pytest.mark.parametrize("seconds", [0, 600])
def test_no_grandchild_and_no_zombie_is_left(start: Start, tmp_path: Path, seconds: int) -> None:
    before = zombies()
    child = start(_FAMILY.format(seconds=seconds))
    await_true((tmp_path / "born").exists)
    if seconds == 0:
        assert child.wait(10) == Ending(0, None)
        assert len(left_of(os.getpid())) == 2
        child.end(Ending(0, None))
    else:
        assert len(left_of(os.getpid())) == 3
        child.stop()
    assert left_of(os.getpid()) == []
    assert zombies() == before


def test_many_are_ended_at_once(tmp_path: Path, start: Start) -> None:
    """Each with its grandchildren; no thread takes another's orphans or exit code."""
    before = zombies()
    family = "import subprocess, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    family += "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    children = [
        start(f"{family}open('born{number}', 'w').close()\ntime.sleep(600)") for number in range(16)
    ]
    quick = [start(f"raise SystemExit({number})") for number in range(16)]
    await_true(lambda: len(list(tmp_path.glob("born*"))) == 16)
    with ThreadPoolExecutor(32) as threads:
        stopped = list(threads.map(lambda child: child.stop(grace=0.2), children))
        ended = list(threads.map(lambda child: child.stop(), quick))
    assert stopped == [Ending(None, signal.SIGKILL)] * 16
    assert ended == [Ending(number, None) for number in range(16)]
    assert left_of(os.getpid()) == []
    assert zombies() == before


def test_a_child_is_ended_once(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later its id may be that of a process of somebody else."""
    child = start("import time; time.sleep(60)")
    ending = child.stop()

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(os, "killpg", never)
    assert child.stop() == child.end() == ending


def test_what_a_killed_core_left_is_waited_for(tmp_path: Path, start: Start) -> None:
    """It ends by itself, or is killed; our own children and another core's are left alone."""
    ours = start("import time; time.sleep(60)")
    source = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from bench.process import Child, core\n"
        "for seconds in (3, 60):\n"
        "    code = f'import time; time.sleep({seconds})'\n"
        "    Child([sys.executable, '-c', code], log=Path('log.txt'), environment=os.environ)\n"
        "print(core(), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    other = done.stdout.strip()
    pid = int(other.partition("-")[0])
    assert len(left_of(pid)) == 2
    begun = time.monotonic()
    end_left_of(other, grace=4.5)
    assert 4.4 < time.monotonic() - begun < 13
    assert left_of(pid) == []
    end_left_of(core())
    end_left_of("")
    assert ours.wait(0.1) is None


def test_another_child_is_left_alone(start: Start) -> None:
    one, other = start("import time; time.sleep(60)"), start("import time; time.sleep(60)")
    one.end()
    assert other.wait(0.2) is None


def test_what_it_says_is_kept_in_the_log(start: Start) -> None:
    child = start("import sys; print('out'); print('err', file=sys.stderr)")
    child.wait(10)
    assert sorted(child.log.read_text().split()) == ["err", "out"]


def test_it_reads_nothing_of_ours(start: Start) -> None:
    child = start("import sys; print(repr(sys.stdin.read()))")
    child.wait(10)
    assert child.log.read_text() == "''\n"


def test_the_environment_is_cleaned() -> None:
    dirty = {
        "PATH": "/bin",
        "HOME": "/h",
        "KEY": "secret",
        "HTTP_PROXY": "p",
        "PIP_INDEX_URL": "i",
        "PYTHONPATH": "x",
        "PYTHONHOME": "x",
        "VIRTUAL_ENV": "x",
        "RANK": "1",
        "SLURM_JOB_ID": "1",
        "UV_INDEX_URL": "x",
        "PYTEST_CURRENT_TEST": "x",
    }
    assert clean_environment(dirty, secrets=["KEY"], PYTHONPATH="ours") == {
        "PATH": "/bin",
        "HOME": "/h",
        "HTTP_PROXY": "p",
        "PIP_INDEX_URL": "i",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": "ours",
    }


def test_tail_takes_the_last_words_of_a_progress_bar(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"x" * 20_000 + b"\none\n\n 10%\r 20%\r100%\n\xff end\n  \n")
    assert tail(log, 3) == "20%\n100%\n\ufffd end"
    assert tail(log, 1) == "\ufffd end"


def test_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none") == ""
