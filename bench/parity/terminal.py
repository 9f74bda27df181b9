"""Parity on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group as Parts
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.parity import words
from bench.parity.rows import FamilyFound, Group, Parity
from bench.report.visible import first_words, visible

GROUPS = 8  # of each family; all are in --json and on the page
LEFT = 12  # of what is not explained
_INDENT = (0, 0, 0, 2)


def parity_view(found: Parity) -> RenderableType:
    parts: list[RenderableType] = [
        Text(f"answers of {visible(found.source)}"),
        *(Text(one, style="yellow") for one in found.notes),
        Text(words.versions(found), style="dim"),
        Text(""),
    ]
    for family in found.families:
        parts += [*_family(family), Text("")]
    parts.append(Text(visible(words.verdict(found)), style="green" if found.ok else "bold red"))
    return Parts(*parts)


def _family(family: FamilyFound) -> Iterator[RenderableType]:
    by_key = words.letters(family)
    yield Text(words.heading(family), style="bold")
    yield _table(family, by_key)
    for row in family.rows:
        said = words.claim(row, family.answers)
        parts = [one for one in (row.function, said) if one]
        if parts:
            style = "bold red" if row.problem or "not explained" in said else "dim"
            yield Text(f"{by_key[row.key]}  {visible(': '.join(parts))}", style=style)
    for name, why in family.none.items():
        yield Text(f"{name}: {why}", style="dim")
    for one in family.groups[:GROUPS]:
        yield from _group(one, by_key)
    if len(family.groups) > GROUPS:
        more = len(family.groups) - GROUPS
        yield Text(f"… {more} more sets of rules: --html or --json", style="dim")
    if silent := words.silences(family, by_key):
        said = f"where no answer came (part of no value): {'; '.join(silent)}"
        yield Text(first_words(said, 400), style="dim")
    yield from _left(family)


def _table(family: FamilyFound, by_key: dict[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("")
    table.add_column("scorer", overflow="fold")
    for name in ("value", "over", *by_key.values()):
        table.add_column(name, justify="right", no_wrap=name != "over")
    for row in family.rows:
        counts = [words.difference(row, other) for other in family.rows]
        cells = (by_key[row.key], visible(row.key), words.value(row), words.counted(row))
        table.add_row(*cells, *counts)
    return table


def _group(group: Group, by_key: dict[str, str]) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(words.title(group))
    example = group.example
    lines = [words.ways(rule, by_key) for rule in group.rules]
    right = " | ".join(
        first_words(one, 60) or "(empty)" for one in dict.fromkeys(example.references)
    )
    lines.append(f"{example.id}: right is {right}; answered {_quoted(example.prediction)}")
    if example.choices:
        lines.append(f"options: {' | '.join(first_words(one, 40) for one in example.choices)}")
    lines.append(words.scores(group, by_key))
    yield Padding(Text("\n".join(map(visible, lines)), style="dim"), _INDENT)


def _quoted(text: str) -> str:
    return repr(words.shown(text))


def _left(family: FamilyFound) -> Iterator[RenderableType]:
    if not family.unexplained:
        return
    yield Text("")
    yield Text(f"not explained: {len(family.unexplained):,} scores", style="bold red")
    for one in family.unexplained[:LEFT]:
        if one.error:
            said = f"raises {one.error}"
        else:
            read = f" and reads {one.found_read!r}" if one.found_read is not None else ""
            rules = f" and {one.expected_read!r}" if one.expected_read is not None else ""
            said = f"gives {one.found}{read}; its rules give {one.expected}{rules}"
        yield Padding(Text(first_words(f"{one.scorer}, {one.id}: {said}")), _INDENT)
    if len(family.unexplained) > LEFT:
        yield Text(f"… {len(family.unexplained) - LEFT} more: --json", style="dim")
