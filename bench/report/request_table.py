"""The requests of a run in lines as wide as the screen: what finds no room is dropped in order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from bench import store
from bench.report.requests import Line, Selection, stored_images
from bench.report.visible import first_words

ANSWER_AT_LEAST = 24  # columns, but for a screen under 80
ANSWER_IN_A_PIPE = 100
GAP = "  "


@dataclass(frozen=True)
class Column:
    """`drop`: those with the lowest go first where the screen is narrow; 0 stays."""

    name: str
    cell: Callable[[Line], str]
    drop: int = 0
    right: bool = False
    at_most: int = 60


@dataclass(frozen=True)
class TableLine:
    text: str
    style: str = ""


def request_table(folder: Path, selection: Selection, width: int | None) -> Iterator[TableLine]:
    """Head, lines, and what was left out; `width` in characters, None for a pipe: all of it."""
    columns = [
        (column, [_clipped(column.cell(line), column.at_most) for line in selection.lines])
        for column in _columns(folder, selection, 24 if width is None or width >= 100 else 16)
    ]
    columns = [(column, cells) for column, cells in columns if any(cells)]
    widths = {
        column.name: max(_columns_of(column.name), *map(_columns_of, cells))
        for column, cells in columns
    }
    dropped = _dropped([column for column, _ in columns], widths, width)
    shown = [(column, cells) for column, cells in columns if column.name not in dropped]
    if shown and shown[-1][0].name == "answer":
        rest = sum(widths[column.name] + len(GAP) for column, _ in shown[:-1])
        room = ANSWER_IN_A_PIPE if width is None else max(8, width - rest)
        widths["answer"] = min(widths["answer"], room)
    head = (_fit(column.name, widths[column.name], right=column.right) for column, _ in shown)
    yield TableLine(GAP.join(head).rstrip(), "bold")
    for number, line in enumerate(selection.lines):
        cells = (
            _fit(cells[number], widths[column.name], right=column.right) for column, cells in shown
        )
        style = "dim" if selection.superseded(line) else "red" if line.failure else ""
        yield TableLine(GAP.join(cells).rstrip(), style)
    if dropped:
        said = f"too narrow for: {', '.join(name for name in widths if name in dropped)}"
        yield TableLine(said, "dim")
    if any(map(selection.superseded, selection.lines)):
        yield TableLine("↻ asked again in a later session: does not count", "dim")


def _columns(folder: Path, selection: Selection, sample_at_most: int) -> list[Column]:
    jobs = _short_jobs(selection)
    sessions = max(selection.latest.values(), default=1) > 1
    samples = _short_samples(selection, sample_at_most)
    shapes = _shapes(folder, selection)

    def status(line: Line) -> str:
        return (line.failure or "ok") + (" ↻" if selection.superseded(line) else "")

    return [
        Column("#", lambda line: str(line.number), right=True),
        Column("id", lambda line: line.id[:8]),
        Column("job", lambda line: jobs[line.job], 11, at_most=28),
        Column("session", lambda line: str(line.session) if sessions else "", 6, right=True),
        Column("sample", lambda line: samples[line.sample or ""]),
        Column("status", status),
        Column("tries", lambda line: str(line.tries), 10, right=True),
        Column("http", lambda line: str(line.http_status or ""), 5, right=True),
        Column("queue s", lambda line: _seconds(line.queue_s), 1, right=True),
        Column("ttft s", lambda line: _seconds(line.ttft_s), 7, right=True),
        Column("latency s", lambda line: _seconds(line.latency_s), 12, right=True),
        Column("tpot ms", lambda line: _milliseconds(line.tpot_s), 2, right=True),
        Column("in tok", lambda line: _count(line.prompt_tokens), 3, right=True),
        Column("out tok", lambda line: _count(line.completion_tokens), 4, right=True),
        Column("finish", lambda line: first_words(line.finish_reason or ""), 8, at_most=14),
        Column("images", lambda line: _images(line, shapes), 9, at_most=30),
        Column("answer", lambda line: line.said, at_most=ANSWER_IN_A_PIPE),
    ]


def _dropped(columns: list[Column], widths: Mapping[str, int], width: int | None) -> set[str]:
    needed = sum(
        min(widths[one.name], ANSWER_AT_LEAST) if one.name == "answer" else widths[one.name]
        for one in columns
        if not one.drop
    )
    needed += len(GAP) * (sum(not one.drop for one in columns) - 1)
    dropped: set[str] = set()
    # The least important last: a wide column that finds no room leaves it to narrower ones.
    for _, name in sorted(((one.drop, one.name) for one in columns if one.drop), reverse=True):
        if width is None or needed + widths[name] + len(GAP) <= width:
            needed += widths[name] + len(GAP)
        else:
            dropped.add(name)
    return dropped


def _short_jobs(selection: Selection) -> dict[str, str]:
    """HARNESS--MODEL--TASK without the parts in which all jobs agree; "" for an only job."""
    jobs = sorted(selection.latest)
    parts = [job.split("--") for job in jobs]
    if len({len(one) for one in parts}) > 1:
        return dict(zip(jobs, jobs, strict=True))
    differing = [len(set(column)) > 1 for column in zip(*parts, strict=True)]
    return {
        job: "--".join(part for part, differs in zip(one, differing, strict=True) if differs)
        for job, one in zip(jobs, parts, strict=True)
    }


def _short_samples(selection: Selection, width: int) -> dict[str, str]:
    """Long ids by the part in which they differ, with as much around it as there is room for."""
    shown = {one: first_words(one) for one in {line.sample or "" for line in selection.lines}}
    long = [one for one in shown.values() if one]
    if all(_columns_of(one) <= width for one in long):
        return shown
    head = _beginning(long)
    tail = _beginning([one[len(head) :][::-1] for one in long])[::-1]
    differs = max(len(one) - len(head) - len(tail) for one in long)
    room = max(0, width - differs - 2)
    before = min(len(head), max(room // 2, room - len(tail)))
    after = room - before
    left = head if before >= len(head) else "…" + head[len(head) - before :]
    right = tail if after >= len(tail) else tail[:after] + "…"
    return {
        one: _clipped(left + text[len(head) : len(text) - len(tail)] + right, width) if text else ""
        for one, text in shown.items()
    }


def _beginning(texts: list[str]) -> str:
    """What all of them begin with."""
    pairs = zip(min(texts), max(texts), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _shapes(folder: Path, selection: Selection) -> dict[str, str]:
    """Format and size by sha256, as far as the file's head tells them: nothing is decoded."""
    stored = stored_images(folder / store.GATEWAY)
    wanted = {image.sha256 for line in selection.lines for image in line.images}
    return {name: _shape(stored[name]) for name in wanted if name in stored}


def _shape(path: Path) -> str:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a big image: it is not decoded
            with Image.open(path) as image:
                return f"{image.format} {image.width}×{image.height}"
    except Exception:  # noqa: BLE001  (a decoder may raise anything)
        return ""


def _images(line: Line, shapes: Mapping[str, str]) -> str:
    found = {shapes.get(image.sha256) or image.media_type for image in line.images}
    if not found:
        return ""
    one = first_words(min(found), 40)
    return f"{len(line.images)} {one}" + (" …" if len(found) > 1 else "")


def _clipped(text: str, width: int) -> str:
    return text if _columns_of(text) <= width else set_cell_size(text, width - 1) + "…"


def _columns_of(text: str) -> int:
    """A wide character takes two; rich's own function is slow for what most cells hold."""
    return len(text) if text.isascii() else cell_len(text)


def _fit(text: str, width: int, *, right: bool) -> str:
    text = _clipped(text, width)
    space = " " * (width - _columns_of(text))
    return space + text if right else text + space


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value < 100 else f"{value:.1f}"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value * 1000:.1f}"


def _count(value: int | None) -> str:
    return "" if value is None else str(value)
