"""Verdicts on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.published import Entry
from bench.report.visible import visible
from bench.reproduction.verdict import Verdict

_COLOURS = {
    "MATCH": "green",
    "DRIFT": "yellow",
    "MISMATCH": "red",
    "NOT-COMPARABLE": "yellow",
    "NOT-RUN": "dim",
}
_ABSENT = "–"


def verdict_view(entry: Entry, found: Verdict) -> RenderableType:
    """One verdict, with all that it rests on."""
    title = Text(found.state, style=f"bold {_COLOURS[found.state]}")
    title.append(f"  {visible(found.reason)}", style="not bold default")
    lines = [title, Text(f"{entry.model}, {entry.benchmark} {entry.split}, {entry.metric}")]
    lines += [Text(f"{name:<12}{visible(text)}") for name, text in _facts(entry, found)]
    if not found.differs:
        return Group(*lines)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("differs", "published", "here"):
        table.add_column(name, overflow="fold")
    for one in found.differs:
        table.add_row(one.key, visible(one.published), visible(one.here))
    return Group(*lines, table)


def _facts(entry: Entry, found: Verdict) -> Iterator[tuple[str, str]]:
    source = entry.source
    yield (
        "published",
        f"{_number(found.published)} of {found.scale:g}  ({source.title}, {source.url})",
    )
    if found.value is not None:
        yield "here", f"{_number(found.value)}{_ends(found)}  ({found.made})"
    if found.weights:
        yield "weights", found.weights
    if found.said:
        yield "said by you", ", ".join(found.said)
    if found.unstated and found.value is not None:
        yield "left open", f"{', '.join(found.unstated)}: the source does not say"


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _ends(found: Verdict) -> str:
    if found.low is None or found.high is None:
        return ""
    return f", 95 % {_number(found.low)} … {_number(found.high)}"


def verdicts_table(found: Iterable[Verdict]) -> RenderableType:
    """A row a set of stored answers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("entry", "published", "here", "verdict", "why"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.id,
            _number(one.published),
            _ABSENT if one.value is None else _number(one.value),
            Text(one.state, style=_COLOURS[one.state]),
            visible(one.reason),
        )
    return table


def entries_table(rows: Iterable[tuple[Entry, Verdict | None, str | None]]) -> RenderableType:
    """All entries: the last verdict, and why this machine cannot make the number anew."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("entry", "published", "needs", "last verdict", "to run it here"):
        table.add_column(name, overflow="fold")
    for entry, before, missing in rows:
        gpu = f"GPU {entry.needs.gpu_gb:g} GB, " if entry.needs.gpu_gb else ""
        state = Text(_ABSENT)
        if before is not None:
            state = Text(before.state, style=_COLOURS[before.state])
        table.add_row(
            entry.id,
            _number(entry.value),
            f"{gpu}{entry.needs.data}",
            state,
            missing or Text(f"bench reproduce {entry.id}", style="bold"),
        )
    return table
