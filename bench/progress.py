"""Events -> what a person or a machine sees while a run goes on.

A live bar a job on a terminal, plain lines elsewhere (a line a tenth of a job at most), or one JSON
line an event. Jobs may run side by side.
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
        self._tenths: dict[str | None, int] = {}

    def show(self, event: Event) -> None:
        if event.event == "job_progress":
            tenth = 10 * (event.done or 0) // max(1, event.total or 1)
            if tenth == self._tenths.get(event.job):
                return
            self._tenths[event.job] = tenth
        self._say(sentence(event))

    def _say(self, text: str) -> None:
        self._stream.write(f"[{time.monotonic() - self._started:6.1f} s] {text}\n")
        self._stream.flush()

    def close(self) -> None:
        pass


class Bars:
    """One line a job with its bar, and one for what is being prepared.

    Where they would not fit on the screen, what has ended becomes a plain line above the others,
    and of those that run the last are counted instead of shown.
    """

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
        self._ended: dict[str, str] = {}
        self._more: bars.TaskID | None = None
        self._bars.start()

    def show(self, event: Event) -> None:
        if event.event == "run_resumed":
            self._bars.console.print(sentence(event), markup=False)
        if event.event.startswith("run_"):
            return
        name = event.job or f"{event.event} {event.name}"
        if event.event == "engine" and event.text != "ready" and name in self._ended:
            del self._ended[name]  # it is started again
            self._bars.remove_task(self._lines.pop(name))
        if name not in self._lines:
            self._lines[name] = self._bars.add_task(name, total=None, count="", said="")
        self._update(event, name)
        self._fit()

    def _update(self, event: Event, name: str) -> None:
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
            self._ended[name] = sentence(event)
        else:
            self._bars.update(line, said=text[:60])

    def _fit(self) -> None:
        """Rich cuts off what is below the screen, which is where the running jobs are."""
        room = self._bars.console.height - 2
        while len(self._lines) > room and self._ended:
            name = next(iter(self._ended))
            self._bars.console.print(self._ended.pop(name), markup=False, soft_wrap=True)
            self._bars.remove_task(self._lines.pop(name))
        if self._more is not None:
            self._bars.remove_task(self._more)
            self._more = None
        shown = len(self._lines) if len(self._lines) <= room else max(1, room - 1)
        for number, line in enumerate(self._lines.values()):
            self._bars.update(line, visible=number < shown)
        if shown < len(self._lines):  # added anew: a line is drawn where it was added
            said = f"and {len(self._lines) - shown} more"
            self._more = self._bars.add_task(said, total=1, count="", said="")

    def close(self) -> None:
        self._bars.stop()


def sentence(event: Event) -> str:
    """The event in words."""
    text = " ".join(event.text.split())
    said = {
        "run_started": f"run folder {text}",
        "run_resumed": f"resumed: {text}",
        "environment": f"environment of {event.name}: {text}",
        "engine": f"engine of {event.name}: {text}",
        "job_started": f"{event.job}: started"
        + (f", {event.total} samples" if event.total else ""),
        "job_progress": f"{event.job}: {event.done} of {event.total}",
        "job_stage": f"{event.job}: {text}",
        "job_warning": f"{event.job}: note: {text}",
        "job_ended": f"{event.job}: {event.status}" + (f": {text}" if text else ""),
        "run_finished": ("report " if text.endswith("report.json") else "inferred, not scored: ")
        + text,
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
