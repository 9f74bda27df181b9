"""Leaderboards on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.report import numbers
from bench.report.terminal import listing
from bench.report.visible import visible
from bench.run_store.board import Board, Key, Point, Row

_BARS: Final = "▁▂▃▄▅▆▇█"
SPARK: Final = 8  # runs


def boards_view(boards: Sequence[Board]) -> RenderableType:
    parts: list[RenderableType] = []
    for board in boards:
        parts += [Text(title(board.key), style="bold"), _table(board), *map(_note, _notes(board))]
        parts.append(Text(""))
    return Group(*parts)


def title(key: Key) -> str:
    """`receipts:ocr · cer ↓ · 30 samples`."""
    arrow = "↑" if key.higher_is_better else "↓"
    by = f"{key.harness}'s own {key.metric}" if key.harness else key.metric
    group = "" if key.level == "global" else f" · {key.level} {key.group}"
    limit = f", the first {key.limit} only" if key.limit else ""
    content = f" · content {key.content[:8]}" if key.content else ""
    return visible(f"{key.task} · {by} {arrow}{group} · {key.n} samples{limit}{content}", keep="")


def ties_note(board: Board) -> str | None:
    """What a reader must not conclude, and by what it was decided."""
    if board.best < 2:
        return "rank 1 is told from the next by pairs of answers" if board.by_pairs else None
    if board.by_pairs:
        return f"the {board.best} on rank 1 cannot be told apart by pairs of their answers"
    return f"the {board.best} on rank 1 cannot be told apart by their intervals; {PAIRS}"


PAIRS: Final = "`bench compare` decides by pairs"


def spark(points: Sequence[Point]) -> str:
    """The last few values, from lowest to highest; "" of a lone run."""
    values = [point.value for point in points[-SPARK:]]
    if len(values) < 2:
        return ""
    low, span = min(values), max(values) - min(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round(top * (one - low) / span) if span else 3] for one in values)


def _table(board: Board) -> Table:
    columns = ["rank", "model", "harness", "value", "95 % interval", "failed", "trend", "run"]
    return listing(columns, [_line(row) for row in board.rows])


def _line(row: Row) -> tuple[str, ...]:
    rank = numbers.MISSING if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"
    bounds = (
        numbers.MISSING
        if row.low is None or row.high is None
        else f"{row.low:.4f} … {row.high:.4f}"
    )
    return (
        rank,
        visible(row.model, keep=""),
        visible(f"{row.harness} {row.version or ''}".strip(), keep=""),
        numbers.value(row.value),
        bounds,
        str(row.failed),
        spark(row.trend),
        visible(row.run, keep=""),
    )


def _notes(board: Board) -> Iterable[str]:
    if note := ties_note(board):
        yield note
    for row in board.rows:
        if row.why:
            yield visible(f"{row.model} by {row.harness} is not ranked: {row.why}", keep="")


def _note(text: str) -> Text:
    return Text(text, style="dim")
