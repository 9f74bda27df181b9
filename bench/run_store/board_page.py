"""Leaderboards as one page that opens from a disk: sorted and filtered there, nothing loaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import __version__
from bench.errors import UsageError
from bench.report import numbers
from bench.report.single_file import REPORT_STYLE, joined, policy_hash, template, write_file
from bench.run_store.board import Board, Point, Row
from bench.run_store.board_terminal import ties_note, title

MOST_BYTES: Final = 5_000_000
WIDTH, HEIGHT = 96, 20  # of a trend, in pixels
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Line:
    """A row as the page has it; `interval` in per cent of the board's span: left, width, point."""

    row: Row
    value: str
    bounds: str
    interval: tuple[float, float, float] | None
    trend: str
    said: str


@dataclass(frozen=True)
class Section:
    number: int
    title: str
    board: Board
    lines: tuple[Line, ...]
    note: str | None


def write_page(path: Path, boards: Sequence[Board], left_out: str | None = None) -> None:
    """UsageError where it cannot be written, or would be too large to open with ease."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    text = render(boards, now, left_out)
    size = len(text.encode())
    if size > MOST_BYTES:
        raise UsageError(
            f"the page would have {size / 1e6:.1f} MB", hint="narrow it by --task, --level, --model"
        )
    write_file(path, text)


def render(boards: Sequence[Board], now: str, left_out: str | None = None) -> str:
    """The whole page. The same boards and time give the same bytes."""
    style = joined(REPORT_STYLE, _HERE / "static" / "board.css")
    script = (_HERE / "static" / "board.js").read_text(encoding="utf-8")
    given: dict[str, Any] = {
        "sections": [_section(number, board) for number, board in enumerate(boards, 1)],
        "tasks": _distinct(board.key.task for board in boards),
        "levels": _distinct(board.key.level for board in boards),
        "harnesses": _distinct(row.harness for board in boards for row in board.rows),
        "style": style,
        "script": script,
        "style_hash": policy_hash(style),
        "script_hash": policy_hash(script),
        "version": __version__,
        "now": now,
        "left_out": left_out,
    }
    return template(_HERE / "templates" / "board.html").render(**given)


def _distinct(names: Any) -> list[str]:
    return sorted(set(names))


def _section(number: int, board: Board) -> Section:
    ends = [end for row in board.rows for end in (row.low, row.high, row.value) if end is not None]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    lines = tuple(_line(row, low, (high - low) or 1.0) for row in board.rows)
    return Section(number, title(board.key), board, lines, ties_note(board))


def _line(row: Row, low: float, span: float) -> Line:
    bounds, interval = numbers.MISSING, None
    if row.low is not None and row.high is not None and row.value is not None:
        bounds = f"{row.low:.4f} … {row.high:.4f}"
        left, right, point = (WIDTH * (one - low) / span for one in (row.low, row.high, row.value))
        interval = (round(left, 1), round(max(right - left, 1), 1), round(point, 1))
    said = row.why or ("tied" if row.tied else "")
    return Line(row, numbers.value(row.value), bounds, interval, _trend(row.trend), said)


def _trend(points: Sequence[Point]) -> str:
    """The corners of a line from the oldest to the newest; "" of a lone run."""
    if len(points) < 2:
        return ""
    values = [point.value for point in points]
    low, span = min(values), (max(values) - min(values)) or 1.0
    step = (WIDTH - 4) / (len(values) - 1)
    corners = (
        f"{2 + step * number:.1f},{HEIGHT - 2 - (HEIGHT - 4) * (one - low) / span:.1f}"
        for number, one in enumerate(values)
    )
    return " ".join(corners)
