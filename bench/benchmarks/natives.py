"""The names that harnesses have for their benchmarks, from the lists beside their adapters.

Nothing here imports pydantic or a harness: `bench task list` reads 17,000 names in a moment.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench import resources
from bench.benchmarks import compiled

Row = dict[str, str]


@dataclass(frozen=True)
class Native:
    """A name in a harness's list; `benchmark` is our name for the same set, if it has one."""

    harness: str
    name: str
    row: Row
    benchmark: str | None


def native_lists() -> dict[str, dict[str, Row]]:
    """Harness -> its name of a benchmark -> its row in benchmarks.tsv. Reads all lists."""
    return {harness: _table(path) for harness, path in _files().items()}


def native_list(harness: str) -> dict[str, Row] | None:
    """One harness's rows by name; None where there is no such harness or it has no list."""
    path = _files().get(harness)
    return None if path is None else _table(path)


def homes_of(native: str) -> tuple[Native, ...]:
    """The harnesses that have a benchmark of exactly this name of theirs."""
    return tuple(
        Native(harness, native, rows[native], benchmark_of(harness, native))
        for harness, rows in native_lists().items()
        if native in rows
    )


def benchmark_of(harness: str, native: str) -> str | None:
    """Our name for a harness's benchmark; None where it has none, or is only a part of `native`."""
    return _ours().get((harness, native))


def native_names() -> Iterator[tuple[str, str]]:
    """Each (harness, name)."""
    for harness, rows in native_lists().items():
        for name in rows:
            yield harness, name


@cache
def _ours() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for name, entry in compiled.values(compiled.PRESENT).items():
        for harness, home in entry.get("homes", {}).items():
            if not home.get("subset"):
                found.setdefault((harness, home.get("name")), name)
    return found


def _files() -> dict[str, Path]:
    """As bench.adapter finds harnesses: a folder of BENCH_ADAPTERS before a shipped one."""
    own = [Path(part) for part in os.environ.get("BENCH_ADAPTERS", "").split(os.pathsep) if part]
    found: dict[str, Path] = {}
    for root in (*own, resources.folder("adapters") / "harnesses"):
        for described in sorted(root.glob("*/adapter.toml")):
            name = _harness(described)
            path = described.with_name("benchmarks.tsv")
            if name is not None and path.is_file():
                found.setdefault(name, path)
    return found


@cache
def _harness(described: Path) -> str | None:
    """The name in a harness's adapter.toml; what is wrong with the file, bench.adapter says."""
    try:
        known = tomllib.loads(described.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = known.get("name")
    return name if known.get("kind") == "harness" and isinstance(name, str) else None


@cache
def _table(path: Path) -> dict[str, Row]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t")
        columns = next(lines, ["name"])
        at = columns.index("name")
        return {line[at]: dict(zip(columns, line, strict=False)) for line in lines}
