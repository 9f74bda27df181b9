"""The gap between two jobs on the terminal: its terms in points, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bench.gap import EXACT, OF_REQUESTS, WORDS, Gap, GroupGap, Rest, Samples, Term, TermKind
from bench.report import numbers
from bench.report.visible import visible

POINTS = 100  # of a share; an error rate is shown by the same
_BAR = 16  # places of the longest bar
_LINES = 4  # named differences of one term
_LONGEST = 90  # characters of one of them; the tree above has all
_MAY_BE_CHANCE = "~"
Row = tuple[RenderableType, ...]


def gap_view(gap: Gap) -> RenderableType:
    if gap.value is None:
        name = f"{visible(gap.metric)}: " if gap.metric else ""
        return Text(f"{name}no terms of a gap: {visible(gap.absent or '')}", style="yellow")
    parts: list[RenderableType] = [_head(gap)]
    parts += [Text(f"note: {visible(note)}", style="yellow") for note in gap.notes]
    shown = [one for one in gap.terms if one.moved or abs(one.value) > EXACT]
    if shown or gap.rest:
        parts.append(_table(gap, shown))
    parts += [
        Text(line, style="dim") for line in _without_a_part(gap, told=bool(shown or gap.rest))
    ]
    if any(map(_may_be_chance, shown)) or any(map(_may_be_chance, gap.rest)):
        said = f"{_MAY_BE_CHANCE} the interval holds 0: over other documents it may be nothing"
        parts.append(Text(said, style="dim"))
    if gap.samples is not None:
        parts.append(Text(_samples(gap.samples), style="dim"))
    if gap.groups:
        parts.append(_groups(gap.groups))
    return Group(*parts)


def points(value: float) -> str:
    """`+0.00` is never shown with a minus."""
    return f"{value * POINTS + 0.0:+.2f}".replace("-0.00", "+0.00")


def _head(gap: Gap) -> Text:
    arrow = "↑" if gap.higher_is_better else "↓"
    text = Text(f"{visible(gap.metric)} {arrow}  ", style="bold")
    text.append(f"{numbers.value(gap.a)} → {numbers.value(gap.b)}")
    value = gap.value or 0.0
    text.append(f"  {points(value)} points" if abs(value) > EXACT else "  no gap")
    if gap.low is not None and gap.high is not None:
        text.append(f"  (95 % {points(gap.low)} … {points(gap.high)})", style="not bold dim")
    return text


def _table(gap: Gap, shown: Iterable[Term]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    named = ("points", "95 %", "", "moved")
    table.add_column("because of", "sum")
    for name in named:
        footer = points(gap.value or 0.0) if name == "points" else ""
        table.add_column(name, footer, justify="left" if name == "" else "right", no_wrap=True)
    table.add_column("what", overflow="fold")
    longest = max(abs(one.value) for one in gap.parts)
    for term in shown:
        table.add_row(*_row(term, WORDS[term.kind], longest, _what(term)))
    for number, rest in enumerate(gap.rest):
        name = "rest" if number == 0 else ""
        table.add_row(*_row(rest, name, longest, [visible(rest.said)]))
    return table


def _row(one: Term | Rest, name: str, longest: float, what: Iterable[str]) -> Row:
    within = numbers.MISSING
    if one.low is not None and one.high is not None:
        within = f"{points(one.low)} … {points(one.high)}"
    if _may_be_chance(one):
        within += f" {_MAY_BE_CHANCE}"
    of = f"{one.moved:,} of {one.samples:,}" if one.samples else numbers.MISSING
    bar = Text("█" * round(_BAR * abs(one.value) / longest) if longest else "", style="cyan")
    return name, points(one.value), within, bar, of, Text("\n".join(what))


def _may_hold(rest: Rest, kind: TermKind) -> bool:
    return kind in rest.kinds or (rest.kind == "not on record" and kind in OF_REQUESTS)


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _may_be_chance(one: Term | Rest) -> bool:
    return one.low is not None and one.high is not None and one.low <= 0 <= one.high


def _without_a_part(gap: Gap, *, told: bool) -> Iterator[str]:
    """What has no row in the table. What differs is named in the tree above."""
    idle = [one for one in gap.terms if not (one.moved or abs(one.value) > EXACT)]
    silent = [WORDS[one.kind] for one in idle if one.silent]
    named = [one.kind for one in idle if not one.silent]
    inside = [kind for kind in named if any(_may_hold(rest, kind) for rest in gap.rest)]
    alone = [WORDS[kind] for kind in named if kind not in inside]
    if inside:
        yield f"in the rest, by itself in no sample: {', '.join(WORDS[kind] for kind in inside)}"
    if alone:
        yield f"differs, and moved nothing: {', '.join(alone)}"
    if silent and told:
        yield f"no part of it: {', '.join(silent)}"


def _what(term: Term) -> Iterator[str]:
    yield from (visible(_cut(said)) for said in term.differences[:_LINES])
    if len(term.differences) > _LINES:
        yield f"… and {len(term.differences) - _LINES} more"


def _samples(found: Samples) -> str:
    """Every sample is in one of these, and in no other."""
    places = (
        (found.only_a, "only in A"),
        (found.only_b, "only in B"),
        (found.failed_once, "failed on one side"),
        (found.failed_twice, "failed on both"),
        (found.one_cause, "asked otherwise in one way"),
        (found.several_causes, "in several ways"),
        (found.same_request, "asked the same"),
        (found.not_recorded, "with no request on record"),
    )
    said = [f"{count:,} {what}" for count, what in places if count]
    return f"{found.all:,} samples: {', '.join(said)}"


def _groups(groups: Iterable[GroupGap]) -> Table:
    """A row a group; what moved none of them has no column."""
    found = list(groups)
    kinds = [
        kind
        for kind in WORDS
        if any(t.kind == kind and not t.silent for g in found for t in g.terms)
    ]
    with_rest = any(one.rest for one in found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(found[0].level)
    names = ["A", "B", "points", *(WORDS[kind] for kind in kinds), *(["rest"] if with_rest else [])]
    for name in names:
        table.add_column(name, justify="right")
    for one in found:
        terms = {term.kind: term.value for term in one.terms}
        cells = [terms.get(kind) for kind in kinds]
        if with_rest:
            cells.append(sum(rest.value for rest in one.rest) if one.terms else None)
        table.add_row(
            Text(visible(one.group)),
            numbers.value(one.a),
            numbers.value(one.b),
            *(numbers.MISSING if cell is None else points(cell) for cell in (one.value, *cells)),
        )
    return table
