"""Whole runs for tests: through bench.api in this process, or `bench` in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench import api
from bench.process import MARK
from bench.schema import Event, JobReport, Report

FAKES = Path(__file__).parent / "adapters_for_tests"


@dataclass(frozen=True)
class Ended:
    folder: Path
    events: tuple[Event, ...]
    report: Report
    code: int

    @property
    def job(self) -> JobReport:
        (only,) = self.report.jobs
        return only

    def said(self, event: str) -> list[Event]:
        return [one for one in self.events if one.event == event]

    def records(self) -> list[dict[str, Any]]:
        return rows(self.folder / "records.jsonl")


def use_fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_ADAPTERS", str(FAKES))


def run(**config: Any) -> Ended:
    """To its end; no process of it may be left, whatever happened."""
    started = api.start(config)
    events = tuple(started.events())
    report = api.finish(started)
    assert left_of(os.getpid()) == []
    return Ended(started.folder, events, report, started.exit_code())


def unruly(how: str, **config: Any) -> Ended:
    return run(backend="unruly", options={"unruly": {"how": how}}, **config)


def write_model(folder: Path, name: str = "m", **keys: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"name": name} | keys))
    return str(path)


def rows(path: Path) -> list[dict[str, Any]]:
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    return [json.loads(line) for line in lines]


def left_of(core: int) -> list[psutil.Process]:
    """Living processes that the core with this pid has started, at any depth."""
    return [one for one in psutil.process_iter() if _mark(one).startswith(f"{core}-")]


def _mark(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARK, ""))
    except (psutil.Error, OSError):
        return ""


def bench(*arguments: str, **how: Any) -> subprocess.Popen[bytes]:
    """`bench` as a user starts it."""
    return subprocess.Popen([sys.executable, "-m", "bench", *arguments], **how)


def await_true(condition: Callable[[], object], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
