"""Events -> what a person or a machine sees while a run goes on.

A live bar a job on a terminal, plain lines elsewhere (a line a tenth of a job at most), or one JSON
line an event.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol

from bench.schema import Event


class Progress(Protocol):
    def show(self, event: Event) -> None:
        """Say it."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def progress(*, as_json: bool, stream: IO[str] | None = None) -> Progress:
    """Progress goes to standard error, JSON lines to standard output."""
    if as_json:
        return JsonLines(stream or sys.stdout)
    chosen = stream or sys.stderr
    return Bars(chosen) if chosen.isatty() else PlainLines(chosen)


class JsonLines:
    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def show(self, event: Event) -> None:
        import json

        self._stream.write(json.dumps(event.model_dump(exclude_none=True)) + "\n")
        self._stream.flush()

    def close(self) -> None:
        pass


class PlainLines:
    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self._tenth = -1

    def show(self, event: Event) -> None:
        if event.event == "job_progress":
            tenth = 10 * (event.done or 0) // max(1, event.total or 1)
            if tenth == self._tenth:
                return
            self._tenth = tenth
        elif event.event == "job_started":
            self._tenth = -1
        self._say(sentence(event))

    def _say(self, text: str) -> None:
        self._stream.write(f"[{time.monotonic() - self._started:6.1f} s] {text}\n")
        self._stream.flush()

    def close(self) -> None:
        pass


class Bars:
    """One line a job with its bar, and one for what is being prepared."""

    def __init__(self, stream: IO[str]) -> None:
        from rich import progress as bars
        from rich.console import Console

        self._bars = bars.Progress(
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(bar_width=30),
            bars.TextColumn("{task.fields[count]}", markup=False),
            bars.TimeElapsedColumn(),
            bars.TextColumn("{task.fields[said]}", style="dim", markup=False),
            console=Console(file=stream, highlight=False, markup=False, emoji=False),
        )
        self._lines: dict[str, bars.TaskID] = {}
        self._bars.start()

    def show(self, event: Event) -> None:
        if event.event in ("run_started", "run_finished"):
            return
        name = event.job or f"{event.event} {event.name}"
        if name not in self._lines:
            self._lines[name] = self._bars.add_task(name, total=None, count="", said="")
        line, text = self._lines[name], " ".join(event.text.split())
        if event.event == "job_progress":
            count = f"{event.done}/{event.total}"
            self._bars.update(line, completed=event.done, total=event.total, count=count, said="")
        elif event.event == "job_warning":
            self._bars.console.print(sentence(event), style="yellow", markup=False)
        elif event.event == "job_ended" or event.text == "ready":
            said = " ".join(filter(None, [event.status or "ready", text[:80]]))
            total = self._bars.tasks[self._bars.task_ids.index(line)].total
            self._bars.update(line, total=total or 1, said="ready" if event.name else said)
            if total is None and event.status in (None, "ok"):
                self._bars.update(line, completed=1)
            self._bars.stop_task(line)
        else:
            self._bars.update(line, said=text[:60])

    def close(self) -> None:
        self._bars.stop()


def sentence(event: Event) -> str:
    """The event in words."""
    text = " ".join(event.text.split())
    said = {
        "run_started": f"run folder {text}",
        "environment": f"environment of {event.name}: {text}",
        "engine": f"engine of {event.name}: {text}",
        "job_started": f"{event.job}: started"
        + (f", {event.total} samples" if event.total else ""),
        "job_progress": f"{event.job}: {event.done} of {event.total}",
        "job_stage": f"{event.job}: {text}",
        "job_warning": f"{event.job}: note: {text}",
        "job_ended": f"{event.job}: {event.status}" + (f": {text}" if text else ""),
        "run_finished": f"report {text}",
    }
    return said[event.event]


@contextmanager
def saying(name: str) -> Iterator[Callable[[str], None]]:
    """For one long step: a spinner with the latest line on a terminal, elsewhere a line each."""
    started = time.monotonic()
    if not sys.stderr.isatty():

        def line(text: str) -> None:
            sys.stderr.write(f"[{time.monotonic() - started:6.1f} s] {name}: {text}\n")

        yield line
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True, highlight=False).status(f"{name}: …") as status:
        yield lambda text: status.update(
            f"{name}: {escape(text)}  ({time.monotonic() - started:.0f} s)"
        )
