"""A table's sums at one level: for each group its documents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.aggregate.places import Place
from bench.aggregate.table import ABOVE, BELOW, Table
from bench.schema import Level
from bench.statistics import Clustered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]


@dataclass(frozen=True)
class Summed:
    """A table with its documents in the order of their names."""

    table: Table
    places: Sequence[Place]
    document: Places
    place: Places
    by_document: Floats
    by_place: Floats


@dataclass(frozen=True)
class Group:
    """`by_document` has the columns ABOVE to WRONG, `by_place` FAILED to RAW_BELOW."""

    level: Level
    name: str
    documents: Places
    by_document: Floats
    by_place: Floats

    @property
    def clustered(self) -> Clustered:
        return Clustered(self.documents, self.by_document[:, ABOVE], self.by_document[:, BELOW])

    def total(self, column: int) -> float:
        return math.fsum(self.by_document[:, column])


def summed(table: Table, places: Sequence[Place], rank: Places) -> Summed:
    """`rank`: of each document, where it stands among all by its name."""
    import numpy as np

    document, place, sums = table.by_document()
    named = rank[document]
    order = np.lexsort((place, named))
    return Summed(
        table, places, named[order], place[order], sums[order], table.by_place(len(places))
    )


def groups(of: Summed, level: Level) -> Iterator[Group]:
    """In the order of their names; a record of two tags is in two of them."""
    import numpy as np

    seen = np.unique(of.place)
    named = {int(place): of.places[place].groups(level) for place in seen}
    names = sorted({name for some in named.values() for name in some})
    numbers = {name: number for number, name in enumerate(names)}
    within: list[list[int]] = [[] for _ in names]
    for place, some in named.items():
        for name in some:
            within[numbers[name]].append(place)
    counts, starts = (np.zeros(len(of.places), dtype=np.int64) for _ in range(2))
    flat: list[int] = []
    for place, some in named.items():
        counts[place], starts[place] = len(some), len(flat)
        flat += [numbers[name] for name in some]
    times = counts[of.place]
    rows = np.repeat(np.arange(len(of.place)), times)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    group = np.asarray(flat, dtype=np.int64)[starts[of.place[rows]] + nth]
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    document = of.document[rows]
    first = np.flatnonzero(np.diff(group, prepend=-1) | np.diff(document, prepend=-1))
    if not len(first):
        return
    sums = np.add.reduceat(of.by_document[rows], first, axis=0)
    document, group = document[first], group[first]
    ends = np.searchsorted(group, np.arange(len(names) + 1))
    for number, name in enumerate(names):
        part = slice(ends[number], ends[number + 1])
        by_place = of.by_place[within[number]].sum(axis=0)
        yield Group(level, name, document[part], sums[part], by_place)
