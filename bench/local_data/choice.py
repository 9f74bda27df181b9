"""Which of a source's tables a copy takes, and under which official names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.benchmarks.entry import DataShape
from bench.errors import UsageError, suggestion
from bench.local_data.source_table import UNNAMED, UNSPLIT, Found, SourceTable

_ALIKE = ({"validation", "valid", "val"}, {"train", "training"})


def chosen(
    found: Found,
    source: Path,
    *,
    name: str,
    shape: DataShape | None,
    config: str | None = None,
    split: str | None = None,
) -> Found:
    """`config` and `split` are the source's names; where it names none, and of a lone table, they
    say what it is.

    UsageError where nothing is left, or where it cannot be told what a table is.
    """
    tables = _asked_for(found.tables, source, config, split)
    if shape is None:
        tables = [replace(one, split=one.split or split or UNSPLIT) for one in tables]
    else:
        tables = _official(tables, source, name, shape, listed=found.listed, config=config)
    places: dict[tuple[str, str], SourceTable] = {}
    for table in tables:
        other = places.setdefault((table.config, table.split), table)
        if other is not table:
            first, second = other.files[0].name, table.files[0].name
            raise UsageError(
                f"{source}: {first} and {second} are both {table.label}",
                hint="name one of them with --from, or choose with --config and --split",
            )
    return replace(found, tables=tuple(tables))


def _asked_for(
    tables: Iterable[SourceTable], source: Path, config: str | None, split: str | None
) -> list[SourceTable]:
    """Those that carry the names, or carry none."""
    kept = list(tables)
    if config is not None:
        of_config = [one for one in kept if same(one.config, config) or one.config == UNNAMED]
        if not of_config:
            hint = suggestion(config, [one.config for one in kept])
            raise UsageError(f"{source} has no config {config!r}", hint=hint)
        named = [one for one in of_config if one.config != UNNAMED]
        kept = named or [replace(one, config=config) for one in of_config]
    if split is not None:
        if len(kept) == 1:  # a lone table: its file may call the split otherwise
            return [replace(kept[0], split=split)]
        of_split = [one for one in kept if not one.split or _alike(one.split, split)]
        if not of_split:
            hint = suggestion(split, [one.split for one in kept])
            raise UsageError(f"{source} has no split {split!r}", hint=hint)
        kept = [replace(one, split=one.split or split) for one in of_split]
    return kept


def _official(
    tables: Sequence[SourceTable],
    source: Path,
    name: str,
    shape: DataShape,
    *,
    listed: bool,
    config: str | None,
) -> list[SourceTable]:
    """The tables under their official names; those of other configs and splits are left out."""
    configs = list(dict.fromkeys(table.config for table in shape.tables))
    found = sorted({table.config for table in tables})
    placed = []
    for table in tables:
        official = _config(table, configs, source, config)
        if official is not None:
            placed.append(replace(table, config=official))
        elif len(configs) > 1 and not listed:
            raise _no_such(table, name, configs)
    if not placed:
        wanted = f"{_few(configs)} of {shape.hub}"
        raise UsageError(
            f"{source} holds {_few(found)}, and {name} is {wanted}",
            hint=f"if they are the same: --config {found[0]}",
        )
    kept = [one for table in placed if (one := _with_split(table, shape)) is not None]
    asked = {(table.config, table.split) for table in shape.asked}
    for official in dict.fromkeys(one.config for one in placed):
        splits = {one.split for one in kept if one.config == official}
        wanted_splits = [split for of, split in sorted(asked) if of == official]
        if not splits & set(wanted_splits):
            there = _few(sorted({one.split for one in placed if one.config == official}))
            raise UsageError(
                f"{source}: of {official} it holds the split {there}, and {name} asks "
                f"{_few(wanted_splits)}",
                hint=f"if it is the same under another name: --split {wanted_splits[0]}"
                if len(tables) == 1
                else "fetch that split as well",
            )
    return kept


def _config(
    table: SourceTable, configs: Sequence[str], source: Path, asked: str | None
) -> str | None:
    """Its official name. A folder of one subject is named after it."""
    if len(configs) == 1:
        unknown = table.config == UNNAMED or (asked is not None and same(table.config, asked))
        return configs[0] if unknown or same(table.config, configs[0]) else None
    named = source.stem if table.config == UNNAMED else table.config
    return next((one for one in configs if same(one, named)), None)


def _with_split(table: SourceTable, shape: DataShape) -> SourceTable | None:
    official = [one.split for one in shape.tables if one.config == table.config]
    if not table.split:
        asked = [one.split for one in shape.asked if one.config == table.config]
        return replace(table, split=(asked or official)[0])
    if table.split in official:
        return table
    known = next((split for split in official if _alike(split, table.split)), None)
    return None if known is None else replace(table, split=known)


def _no_such(table: SourceTable, name: str, configs: Sequence[str]) -> UsageError:
    if table.config == UNNAMED:
        said = f"{table.files[0]}: which subject of {name} is it?"
        return UsageError(said, hint="say so with --config; a folder may be named after it as well")
    near = suggestion(table.config, configs)
    if near.startswith("did you mean"):
        near = near.replace("did you mean", "nearest:").rstrip("?")
    said = f"{table.files[0]}: {name} has no such subject: {table.config!r}"
    return UsageError(said, hint=near)


def same(one: str, other: str) -> bool:
    """`Agricultural-Sciences`, `agricultural_sciences` and `agricultural sciences` are one."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.strip().casefold())


def _alike(one: str, other: str) -> bool:
    """As names of splits."""
    names = {one.casefold(), other.casefold()}
    return len(names) == 1 or any(names <= group for group in _ALIKE)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more
