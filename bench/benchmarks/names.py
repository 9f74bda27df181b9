"""A name that a person writes -> the benchmark, or why there is none and what is nearest to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from bench.benchmarks import compiled
from bench.benchmarks.natives import native_names

if TYPE_CHECKING:
    from bench.benchmarks.entry import Absent, Benchmark
    from bench.errors import UsageError

_MARKS = re.compile(r"[\s_./+-]+")
_PARTLY = 0.85
_NEAR = 72.0  # of 100: below it a name is no likely slip of the pen


def spelling(name: str) -> str:
    """What two spellings of a name share: `A-OKVQA`, `a_okvqa` and `a okvqa` are one."""
    return _MARKS.sub("", name.casefold())


def find_benchmark(name: str) -> Benchmark | None:
    """By our name, an alias, or another spelling of one of them; None where no home is known."""
    from bench.benchmarks.catalogue import benchmark

    found = _spellings(compiled.PRESENT).get(spelling(name))
    return benchmark(found) if found else None


def absent(name: str) -> tuple[str, Absent] | None:
    """What people call it, and the nearest that a pinned harness has."""
    from bench.benchmarks.catalogue import absent_benchmarks

    found = _spellings(compiled.ABSENT).get(spelling(name))
    return (found, absent_benchmarks()[found]) if found else None


def nearest(name: str, *, most: int = 3) -> str:
    """A hint: `nearest: docvqa-val, infovqa-val`, over our names, their titles and aliases and the
    harnesses' own names. Ours come before a native name that is equally near.
    """
    asked = spelling(name)
    ours = _titles() | _spellings(compiled.PRESENT)
    found: dict[str, float] = {}
    for text, score in _alike(asked, list(ours), most):
        found[ours[text]] = max(score, found.get(ours[text], 0.0))
    theirs = _native_spellings()
    for text, score in _alike(asked, [one for one in theirs if one not in ours], most):
        found.setdefault(theirs[text], score - 1)
    ranked = sorted(found, key=lambda one: (-found[one], one))[:most]
    return f"nearest: {', '.join(ranked)}" if ranked else "`bench task list` shows what there is"


def _alike(asked: str, known: list[str], most: int) -> Iterator[tuple[str, float]]:
    """Of 100: the whole spelling, and with less weight a part of it."""
    from rapidfuzz import fuzz, process

    for scorer, weight in ((fuzz.ratio, 1.0), (fuzz.WRatio, _PARTLY)):
        cutoff = _NEAR / weight
        near = process.extract(asked, known, scorer=scorer, limit=most, score_cutoff=cutoff)
        for text, score, _ in near:
            yield text, score * weight


def unknown_benchmark(name: str) -> UsageError:
    """What to say of a name that neither we nor a harness has."""
    from bench.errors import UsageError

    known = absent(name)
    if known is None:
        return UsageError(f"unknown benchmark {name!r}", hint=nearest(name))
    title, entry = known
    near = ", ".join(entry.nearest)
    return UsageError(f"{title}: no pinned harness has it; nearest: {near}", hint=entry.why)


@cache
def _spellings(file: str) -> dict[str, str]:
    """Spelling -> name. A name comes before another entry's alias."""
    known = compiled.values(file)
    found = {spelling(name): name for name in known}
    for name, entry in known.items():
        for alias in entry.get("aliases", ()):
            found.setdefault(spelling(alias), name)
    return found


@cache
def _titles() -> dict[str, str]:
    known = compiled.values(compiled.PRESENT)
    return {spelling(str(entry.get("title", name))): name for name, entry in known.items()}


def _native_spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for harness, name in native_names():
        found.setdefault(spelling(name), f"{name} ({harness})")
    return found
