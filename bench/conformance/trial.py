"""The runs that an adapter is judged by. Each is made once, when a check first asks for it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from bench import api, store
from bench.adapter import Adapter
from bench.conformance.server import Endpoint, Reply, Script, endpoint
from bench.conformance.task import ANSWERS, PARAMETERS, SYSTEM, number_of, write_task
from bench.environment import Environment, build
from bench.gateway.record import RecordedRequest, effective, read_requests
from bench.process import Child
from bench.protocol import JobResult, read_result
from bench.runner import Run
from bench.schema import Event, JobReport, Record
from bench.serving import adapter_environment

ATTEMPTS = 2
TIMEOUT_S = 20.0
KILLED_AFTER = 4
DESCRIBE_S = 120.0


@dataclass(frozen=True)
class Made:
    """One run of the adapter: its job, records in the order of the samples, and what was asked."""

    job: JobReport
    records: tuple[Record, ...]
    requests: tuple[RecordedRequest, ...]
    asked: tuple[dict[str, Any], ...]
    events: tuple[Event, ...]
    code: int


class Trial:
    """Everything that is known of one adapter; `say` is told what goes on."""

    def __init__(
        self, adapter: Adapter, folder: Path, options: dict[str, Any], say: Callable[[str], None]
    ) -> None:
        self.adapter, self._folder, self._options, self._say = adapter, folder, options, say
        self.prompts = write_task(folder / "task")
        self.files_before = _files(adapter.folder)

    @property
    def task(self) -> Path:
        return self._folder / "task"

    @cached_property
    def environment(self) -> Environment:
        return build(self.adapter, self.adapter.flavours[0], self._say)

    @cached_property
    def described(self) -> JobResult | None:
        """What the verb `describe` wrote."""
        folder = self._folder / "described"
        folder.mkdir()
        child = Child(
            [str(self.environment.python), str(self.adapter.script), "describe", str(folder)],
            log=folder / "log.txt",
            environment=adapter_environment(()),
        )
        child.end(child.wait(DESCRIBE_S))
        return read_result(folder)

    @cached_property
    def plain(self) -> Made:
        """Every sample answered."""
        return self._made("plain", _answers)

    @cached_property
    def failing(self) -> Made:
        """HTTP 500 for each third sample, however often it is asked."""

        def script(prompt: str, number: int) -> Reply:
            if number_of(prompt) % 3 == 2:
                return Reply(status=500)
            return _answers(prompt, number)

        return self._made("failing", script)

    @cached_property
    def limited(self) -> Made:
        return self._made("limited", _answers, limit=3)

    @cached_property
    def resumed(self) -> tuple[Made, Made]:
        """Killed outright when it asks after KILLED_AFTER answers; then resumed."""
        started: list[Run] = []

        def script(prompt: str, number: int) -> Reply:
            if number == KILLED_AFTER + 1:
                _kill(started[0])
            return _answers(prompt, number)

        with endpoint(script) as served:
            started.append(self._start("resumed", served, concurrency=1))
            first = self._follow(started[0], served)
            second = self._follow(api.resume(started[0].folder), served)
        return first, second

    def _made(self, name: str, script: Script, **config: Any) -> Made:
        with endpoint(script) as served:
            return self._follow(self._start(name, served, **config), served)

    def _start(self, name: str, served: Endpoint, concurrency: int = 3, **config: Any) -> Run:
        self._say(f"run {name}")
        model = self._folder / f"{name}.json"
        described = {
            "name": name,
            "base_url": served.url,
            "served_id": "org/model:1",
            "system_prompt": SYSTEM,
            "parameters": PARAMETERS,
            "requests": {
                "attempts": ATTEMPTS,
                "timeout_s": TIMEOUT_S,
                "concurrency": concurrency,
            },
        }
        model.write_text(json.dumps(described), encoding="utf-8")
        return api.start(
            backend=self.adapter.name,
            model=str(model),
            task=str(self.task),
            out=self._folder / f"run-{name}",
            options={self.adapter.name: self._options} if self._options else {},
            **config,
        )

    def _follow(self, run: Run, served: Endpoint) -> Made:
        events = tuple(run.events())
        report = api.finish(run)
        (job,) = report.jobs
        gateway = run.folder / store.GATEWAY
        recorded = list(read_requests(gateway)) if (gateway / "requests.jsonl").exists() else []
        return Made(
            job=job,
            records=tuple(store.read_records(run.folder)),
            requests=tuple(effective(recorded)),
            asked=tuple(served.asked),
            events=events,
            code=run.exit_code(),
        )


def _answers(prompt: str, _number: int) -> Reply:
    return Reply(ANSWERS[number_of(prompt)])


def _kill(run: Run) -> None:
    """The harness's process, at once; the core finds and ends what it leaves."""
    place = str(store.job_folder(run.folder, run.plan.jobs[0].id))
    for process in psutil.Process().children(recursive=True):
        if place in _command(process):
            os.kill(process.pid, signal.SIGKILL)


def _command(process: psutil.Process) -> Sequence[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return ()


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of each file, compiled ones apart."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def changed_files(trial: Trial) -> list[str]:
    """What the runs have left or changed in the adapter's own folder."""
    now = _files(trial.adapter.folder)
    names = now.keys() | trial.files_before.keys()
    return sorted(name for name in names if now.get(name) != trial.files_before.get(name))
