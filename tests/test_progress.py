from __future__ import annotations

import io
import json
import os
import pty
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

import pytest

from bench.progress import Bars, JsonLines, PlainLines, progress, saying, sentence
from bench.schema import Event

EVENTS = (
    Event(event="run_started", text="runs/x", total=2),
    Event(event="environment", name="harness echo", text="Python 3.11.7"),
    Event(event="environment", name="harness echo", text="ready"),
    Event(event="engine", name="m", text="starting"),
    Event(event="engine", name="m", text="ready"),
    Event(event="job_started", job="one", total=30),
    Event(event="job_stage", job="one", text="loading [red]the model"),
    *(Event(event="job_progress", job="one", done=done, total=30) for done in range(31)),
    Event(event="job_warning", job="one", text="odd :smile: \ud800"),
    Event(event="job_ended", job="one", status="ok"),
    Event(event="job_started", job="two"),
    Event(event="job_ended", job="two", status="crashed", text="killed by\nSIGSEGV"),
    Event(event="run_finished", text="runs/x/report.json"),
)


@dataclass
class Terminal:
    """What a real pseudo-terminal was sent."""

    stream: IO[str]
    sent: bytearray = field(default_factory=bytearray)


@contextmanager
def terminal() -> Iterator[Terminal]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", errors="backslashreplace") as stream:
        screen = Terminal(stream)

        def read() -> None:
            while True:
                try:
                    chunk = os.read(master, 65536)
                except OSError:  # closed at the other end
                    return
                if not chunk:
                    return
                screen.sent += chunk

        reader = threading.Thread(target=read)
        reader.start()
        yield screen
    reader.join(10)
    os.close(master)


def test_bars_on_a_terminal() -> None:
    with terminal() as screen:
        shown = progress(as_json=False, stream=screen.stream)
        assert isinstance(shown, Bars)
        for event in EVENTS:
            shown.show(event)
        shown.close()
    text = screen.sent.decode()
    last = text[text.rfind("environment harness echo") :]
    assert "30/30" in last
    assert "crashed killed by" in last
    assert "━" in last
    assert "odd :smile: \\ud800" in text
    assert text.rstrip().endswith("\x1b[?25h")  # the cursor is shown again


def test_plain_lines_elsewhere_a_tenth_of_a_job_at_most() -> None:
    stream = io.StringIO()
    shown = progress(as_json=False, stream=stream)
    assert isinstance(shown, PlainLines)
    for event in EVENTS:
        shown.show(event)
    shown.close()
    lines = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert len([line for line in lines if line.startswith("one: ") and " of 30" in line]) == 11
    assert lines[0] == "run folder runs/x"
    assert lines[-2:] == ["two: crashed: killed by SIGSEGV", "report runs/x/report.json"]


def test_jobs_side_by_side_have_their_own_tenths() -> None:
    stream = io.StringIO()
    shown = PlainLines(stream)
    for done in range(21):
        for job in ("one", "two"):
            shown.show(Event(event="job_progress", job=job, done=done, total=20))
    lines = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert lines[:4] == ["one: 0 of 20", "two: 0 of 20", "one: 2 of 20", "two: 2 of 20"]
    assert len(lines) == 22


def rows(monkeypatch: pytest.MonkeyPatch, height: int, events: Iterable[Event]) -> str:
    """What a terminal of so many lines shows in the end, and above it."""
    monkeypatch.setenv("LINES", str(height))
    monkeypatch.setenv("COLUMNS", "120")
    with terminal() as screen:
        shown = Bars(screen.stream)
        for event in events:
            shown.show(event)
        shown._bars.refresh()
        drawn = [task.description for task in shown._bars.tasks if task.visible]
        assert len(drawn) <= height - 2
        shown.close()
    return screen.sent.decode() + "\n" + "\n".join(drawn)


def test_more_bars_than_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = [Event(event="job_started", job=f"job{n}", total=3) for n in range(32)]
    ended = [Event(event="job_ended", job=f"job{n}", status="ok") for n in range(30)]
    text = rows(monkeypatch, 12, begun)
    drawn = text.rpartition("\x1b")[2].splitlines()[1:]
    assert drawn == [*(f"job{n}" for n in range(9)), "and 23 more"]
    text = rows(monkeypatch, 12, [*begun, *ended])
    drawn = text.rpartition("\x1b")[2].splitlines()[1:]
    assert drawn == [f"job{n}" for n in range(22, 32)]
    assert all(f"job{n}: ok" in text for n in range(22))


def test_an_engine_that_is_started_again_has_its_bar_anew() -> None:
    texts = ("starting", "ready", "ended (killed by SIGKILL): starting it again")
    with terminal() as screen:
        shown = Bars(screen.stream)
        for text in texts:
            shown.show(Event(event="engine", name="m", text=text))
        (task,) = shown._bars.tasks
        assert (task.finished, task.fields["said"]) == (False, texts[-1])
        shown.show(Event(event="engine", name="m", text="ready"))
        (task,) = shown._bars.tasks
        assert task.finished
        shown.close()


def test_json_lines_parse() -> None:
    stream = io.StringIO()
    shown = progress(as_json=True, stream=stream)
    assert isinstance(shown, JsonLines)
    for event in EVENTS:
        shown.show(event)
    shown.close()
    assert tuple(Event(**json.loads(line)) for line in stream.getvalue().splitlines()) == EVENTS
    assert stream.getvalue().isascii()


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event(event="job_started", job="j", total=3), "j: started, 3 samples"),
        (Event(event="job_started", job="j"), "j: started"),
        (Event(event="job_ended", job="j", status="ok"), "j: ok"),
        (Event(event="engine", name="m", text="ready"), "engine of m: ready"),
        (Event(event="run_resumed", text="nothing to resume"), "resumed: nothing to resume"),
        (Event(event="job_warning", job="j", text="a\n b"), "j: note: a b"),
    ],
)
def test_events_in_words(event: Event, said: str) -> None:
    assert sentence(event) == said


def test_every_event_has_its_words() -> None:
    assert all(sentence(event) for event in EVENTS)


def test_a_long_step_says_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with saying("echo") as say:
        say("installing [x]")
    assert capsys.readouterr().err.endswith("s] echo: installing [x]\n")
