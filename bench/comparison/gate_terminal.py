"""A gate's decision on the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.comparison import words
from bench.comparison.gate_rows import Checked, Gate
from bench.report import numbers
from bench.report.visible import visible

_COLOURS = {"GO": "green", "NO-GO": "red", "INCONCLUSIVE": "yellow"}
_HEADS = ("base", "run", "drop", "95 %", "allowed", "p", "decision")


def gate_view(found: Gate) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("tier", "metric"):
        table.add_column(name, overflow="fold")
    for name in _HEADS:
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.checks:
        table.add_row(*_row(one))
    paired = [
        Text(f"{visible(job)}: {words.pairing(one, 'the base', 'this run')}", style="dim")
        for job, one in found.pairings.items()
    ]
    why = [
        Text(f"{one.decision}  {visible(one.name)}: {visible(one.reason)}", style="dim")
        for one in found.checks
        if one.decision != "GO"
    ]
    title = Text(found.decision, style=f"bold {_COLOURS[found.decision]}")
    title.append(f"  {visible(found.reason)}", style="not bold default")
    return Group(title, *paired, table, *why)


def _row(one: Checked) -> tuple[RenderableType, ...]:
    ends = numbers.MISSING
    if one.low is not None and one.high is not None:
        ends = f"{one.low:+.4f} … {one.high:+.4f}"
    return (
        one.tier,
        visible(one.name),
        numbers.value(one.base),
        numbers.value(one.run),
        numbers.MISSING if one.drop is None else f"{one.drop:+.4f}",
        ends,
        numbers.value(one.allowed),
        words.probability(one.p),
        Text(one.decision, style=_COLOURS[one.decision]),
    )
