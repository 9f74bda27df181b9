"""What the catalogue knows of a harness's own benchmark: our name, our rules, its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bench.benchmarks import Benchmark, Home, benchmarks


@dataclass(frozen=True)
class Known:
    """`part`: the subject, where the harness's name is that of a subject alone."""

    entry: Benchmark
    home: Home
    part: str | None = None

    @property
    def name(self) -> str:
        return f"{self.entry.name}:{self.part}" if self.part else self.entry.name


@cache
def known(harness: str, native: str) -> Known | None:
    """None where the catalogue does not have the harness's name."""
    for entry in benchmarks().values():
        home = entry.homes.get(harness)
        if home is not None and home.name == native and not home.subset:
            return Known(entry, home)
    for entry in benchmarks().values():
        for part, one in entry.parts.items():
            if one.homes.get(harness) == native:
                return Known(entry, entry.homes[harness], part)
    return None


@cache
def part_names(harness: str, native: str) -> dict[str, str]:
    """Our names of the subjects of a benchmark, by the harness's."""
    found = known(harness, native)
    if found is None:
        return {}
    return {
        one.homes[harness]: name for name, one in found.entry.parts.items() if harness in one.homes
    }


@cache
def failure_texts(harness: str) -> tuple[str, ...]:
    """What the harness writes in place of an answer; () for one that has no adapter here."""
    from bench.adapter import adapters

    adapter = adapters("harness").get(harness)
    return adapter.failures.texts if adapter else ()
