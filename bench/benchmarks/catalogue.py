"""configs/benchmarks.yaml and benchmarks_absent.yaml, validated."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from bench import yaml
from bench.benchmarks import compiled
from bench.benchmarks.entry import Absent, Benchmark
from bench.errors import SourceError

Entry = TypeVar("Entry", Benchmark, Absent)


@cache
def benchmark(name: str) -> Benchmark | None:
    """The entry that has exactly this name."""
    found = compiled.values(compiled.PRESENT).get(name)
    return None if found is None else _entry(compiled.PRESENT, name, found, Benchmark)


@cache
def benchmarks() -> dict[str, Benchmark]:
    """All that configs/benchmarks.yaml holds, by our name; SourceError at the first wrong key."""
    known = compiled.values(compiled.PRESENT)
    return {name: _entry(compiled.PRESENT, name, found, Benchmark) for name, found in known.items()}


@cache
def absent_benchmarks() -> dict[str, Absent]:
    """What people ask for and no pinned harness has, by the name that it goes by."""
    known = compiled.values(compiled.ABSENT)
    return {name: _entry(compiled.ABSENT, name, found, Absent) for name, found in known.items()}


def _entry(file: str, name: str, found: Any, kind: type[Entry]) -> Entry:
    path = compiled.configs() / file
    named: dict[str, Any] = {"name": name} if kind is Benchmark else {}

    def wrong(way: yaml.KeyPath, message: str, hint: str | None) -> SourceError:
        return _at(path, name, way, message, hint)

    if not isinstance(found, dict):
        raise _at(path, name, (), "must be a mapping of keys to values", None)
    return yaml.validated(kind, found | named, wrong)


def _at(path: Path, name: str, way: yaml.KeyPath, message: str, hint: str | None) -> SourceError:
    """The places stand in the YAML alone: it is parsed when there is something to say of it."""
    return yaml.load(path).error((name, *way), f"{name}: {message}", hint)
