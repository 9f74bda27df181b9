"""A comparison on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.comparison import words
from bench.comparison.rows import Compared, Comparison, Estimate, Side, TaskCompared
from bench.report import numbers
from bench.report.visible import visible

GROUPS = 12  # of each metric; all are in --json and on the page
FLIPS = 3  # of each direction
_COLOURS = {"b_better": "green", "a_better": "red", "identical": "dim"}


def comparison_view(found: Comparison) -> RenderableType:
    parts: list[RenderableType] = []
    for task in found.tasks:
        parts += _task(task)
    parts += [Text(f"not compared: {visible(one)}", style="yellow") for one in found.unmatched]
    return Group(*parts)


def _task(task: TaskCompared) -> Iterator[RenderableType]:
    yield Text(visible(task.task), style="bold")
    for pair in task.pairs:
        yield from _pair(pair)
    yield _table(("model", *words.CHOICE), _choice(task))
    for why in words.absences(task.choice):
        yield Text(visible(why), style="dim")
    yield Text("")


def _choice(task: TaskCompared) -> Iterator[tuple[RenderableType, ...]]:
    for row in task.choice:
        yield (visible(row.side.label), *map(visible, words.choice_cells(row)))


def _pair(pair: Compared) -> Iterator[RenderableType]:
    yield Text(f"A  {_side(pair.a)}\nB  {_side(pair.b)}", style="dim")
    head = pair.headline
    colour = "yellow" if pair.obstacles else _COLOURS.get(head.whole.verdict if head else "", "")
    yield Text(visible(words.verdict(pair)), style=f"bold {colour}".strip())
    yield Text(words.pairing(pair.pairing), style="dim")
    if head is not None and (said := words.answered_only(head)):
        yield Text(said, style="dim")
    for note in pair.notes:
        yield Text(f"note: {visible(note)}", style="yellow")
    if pair.metrics:
        yield _metrics(pair)
    if pair.kinds:
        yield _table(
            ("kind of mistake", "A", "B", "gone", "new"),
            (
                (one.kind.replace("_", " "), *(f"{n:,}" for n in (one.a, one.b, one.gone, one.new)))
                for one in pair.kinds
            ),
        )
        yield Text(words.moved(pair), style="dim")
    yield from _flips(pair)
    yield Text("")


def _side(side: Side) -> str:
    return visible(f"{side.label}  ({side.run}: {side.job})")


def _metrics(pair: Compared) -> Table:
    rows: list[tuple[RenderableType, ...]] = []
    for one in pair.metrics:
        groups = pair.detailed.get(one.name, ())
        rows.append(_row(f"{one.name} {words.arrow(one)}", "all", one.whole, bold=True))
        rows += [_row("", _group(group), group, bold=False) for group in groups[:GROUPS]]
        if len(groups) > GROUPS:
            more = f"… {len(groups) - GROUPS} more"
            rows.append(("", more, *[""] * 8))
    heads = ("A", "B", "B - A", "95 %", "p", "Holm", "better/worse/same", "")
    return _table(("metric", "group", *heads), rows, left=2)


def _group(one: Estimate) -> str:
    return visible(f"{one.level} {one.group}")


def _row(metric: str, group: str, one: Estimate, *, bold: bool) -> tuple[RenderableType, ...]:
    return (
        visible(metric),
        group,
        numbers.value(one.a),
        numbers.value(one.b),
        Text(words.difference(one), style="bold" if bold else ""),
        words.interval(one),
        words.probability(one.p),
        "" if one.level == "global" else words.probability(one.p_adjusted),
        words.records(one),
        Text(words.short_verdict(one), style=_COLOURS.get(one.verdict, "")),
    )


def _flips(pair: Compared) -> Iterator[RenderableType]:
    worse = [one for one in pair.flips if one.gain < 0][:FLIPS]
    best = [one for one in pair.flips if one.gain > 0][:FLIPS]
    by = pair.flipped_by or ""
    for title, some in (
        (f"largest losses of B by {by}", worse),
        (f"largest wins of B by {by}", best),
    ):
        if some:
            yield Text(visible(title), style="dim")
        for one in some:
            where = f"{one.id} · {one.field}" if one.field and one.id == one.sample else one.id
            yield Text(f"  {one.gain:+.4f}  {visible(where)}", style="")
            right = one.references[0] if one.references else None
            for name, text in (("A", one.a.prediction), ("B", one.b.prediction), ("is", right)):
                yield Text(f"    {name:2} {_line(text)}", style="dim")


def _line(text: str | None) -> str:
    if text is None:
        return "(failed)"
    flat = " ".join(visible(text).split()) or "(nothing)"
    return flat if len(flat) <= 100 else f"{flat[:100]}…"


def _table(heads: tuple[str, ...], rows: object, *, left: int = 1) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(heads):
        if place < left:
            table.add_column(name, overflow="fold")
        else:
            table.add_column(name, justify="right", no_wrap=True)
    for row in rows:  # type: ignore[attr-defined]
        table.add_row(*row)
    return table
