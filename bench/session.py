"""Sessions of a run: who writes in its folder now, and what earlier ones have left there."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import time
import weakref
from pathlib import Path

from bench.errors import UsageError
from bench.process import core
from bench.store import DESCRIBED, ENGINES, RECORDS, REPORT, job_folder

EARLIER = "earlier"
LOCK = "run.lock"
LOCK_WAIT_S = 1.0
_REPORTS = (REPORT, RECORDS, "answers.csv", "report.md", "report.html", "report_images")


class RunLock:
    """Held while a Run writes in its folder; the kernel frees it when the core dies.

    `before`: the core that held it last (see process.core), or "". UsageError where one holds it.
    """

    def __init__(self, folder: Path) -> None:
        try:
            file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UsageError(f"{folder}: cannot be written: {error.strerror}") from None
        self.release = weakref.finalize(self, os.close, file)
        free = _taken(file)
        self.before = os.pread(file, 200, 0).decode("ascii", "replace")
        if not free:
            self.release()
            pid = self.before.partition("-")[0]
            raise UsageError(
                f"{folder}: bench still works on this run (process {pid})",
                hint="wait until it has ended, or stop it",
            )
        os.ftruncate(file, 0)
        os.pwrite(file, core().encode("ascii"), 0)


def _taken(file: int) -> bool:
    """A core that was killed while it forked leaves a child that holds the lock until it execs."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def shown_path(folder: Path) -> Path:
    """As a person would type it: from here, where it lies below."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def how_to_go_on(folder: Path) -> str:
    return f"bench eval --resume {shlex.quote(str(shown_path(folder)))}"


def engine_folder(folder: Path, model: str) -> Path:
    """A fresh one for the next start of the model's engine: MODEL, MODEL--2, MODEL--3."""
    base = folder / ENGINES / model
    path, number = base, 2
    while path.exists():
        path, number = base.with_name(f"{model}--{number}"), number + 1
    return path


def engine_folders(folder: Path, model: str) -> list[Path]:
    """Of every start of the model's engine that got as far as being told what to serve."""
    named = re.compile(rf"{re.escape(model)}(--\d+)?")
    found = (folder / ENGINES).glob("*/engine.json")
    return [path.parent for path in sorted(found) if named.fullmatch(path.parent.name)]


def last_job_folder(folder: Path, job: str) -> Path | None:
    """Where the job was described last, also if that has been put aside; None if it never was."""
    aside = {
        int(path.name.rpartition("--")[2]): path
        for path in (folder / EARLIER).glob(f"{job}--*")
        if path.name.removeprefix(f"{job}--").isdigit()
    }
    found = [job_folder(folder, job), *(aside[number] for number in sorted(aside, reverse=True))]
    return next((path for path in found if (path / DESCRIBED).is_file()), None)


def put_aside(folder: Path, path: Path, name: str) -> None:
    """Move what an earlier session left to earlier/NAME: nothing stale is met, nothing lost."""
    if path.exists():
        (folder / EARLIER).mkdir(exist_ok=True)
        path.rename(folder / EARLIER / name)


def put_report_aside(folder: Path, session: int) -> None:
    found = [folder / name for name in _REPORTS if (folder / name).exists()]
    if found:
        place = folder / EARLIER / f"report--{session}"
        place.mkdir(parents=True, exist_ok=True)
        for path in found:
            path.rename(place / path.name)
