"""One metric of paired records, summed by document and group, the two sides beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.aggregate.places import Place
from bench.comparison.pairing import Paired
from bench.schema import Level
from bench.statistics import Clustered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

A_ABOVE, A_BELOW, B_ABOVE, B_BELOW, WIN, LOSS, APART, N = range(8)


@dataclass(frozen=True)
class Cells:
    """A row a pair that both sides score by the metric. `pair`: its place in the pairing.

    `sums` has the columns A_ABOVE to N; WIN is a record that B does better.
    """

    pair: Places
    document: Places
    place: Places
    both_answered: NDArray[np.bool_]
    sums: Floats

    def answered(self) -> Cells:
        kept = self.both_answered
        return Cells(
            self.pair[kept],
            self.document[kept],
            self.place[kept],
            self.both_answered[kept],
            self.sums[kept],
        )


@dataclass(frozen=True)
class Group:
    level: Level
    name: str
    documents: Places
    sums: Floats

    @property
    def a(self) -> Clustered:
        return Clustered(self.documents, self.sums[:, A_ABOVE], self.sums[:, A_BELOW])

    @property
    def b(self) -> Clustered:
        return Clustered(self.documents, self.sums[:, B_ABOVE], self.sums[:, B_BELOW])

    def count(self, column: int) -> int:
        return int(self.sums[:, column].sum())


def cells(of: Paired, metric: str, *, higher_is_better: bool) -> Cells:
    import numpy as np

    documents = {name: number for number, name in enumerate(of.documents)}
    places = {place: number for number, place in enumerate(of.places)}
    rows = [
        (
            number,
            documents[one.doc_id],
            places[one.place],
            not (one.failed or other.failed),
            *one.scores[metric],
            *other.scores[metric],
        )
        for number, (one, other) in enumerate(zip(of.a, of.b, strict=True))
        if metric in one.scores and metric in other.scores
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 8)
    scores = table[:, 4:]
    better = gains(scores, higher_is_better=higher_is_better)
    apart = (scores[:, 0] != scores[:, 2]) | (scores[:, 1] != scores[:, 3])
    columns = (better > 0, better < 0, apart, np.ones(len(table)))
    pair, document, place = table[:, :3].astype(np.int64).T
    return Cells(pair, document, place, table[:, 3] > 0, np.column_stack([scores, *columns]))


def gains(scores: Floats, *, higher_is_better: bool) -> Floats:
    """By how much B's score of each record is better.

    Without a denominator on a side (nothing to read, by an error rate) the numerators are taken.
    """
    import numpy as np

    a_above, a_below, b_above, b_below = scores.T
    whole = (a_below != 0) & (b_below != 0)
    under_a, under_b = np.where(whole, a_below, 1.0), np.where(whole, b_below, 1.0)
    moved: Floats = b_above / under_b - a_above / under_a
    return moved if higher_is_better else -moved


def groups(of: Cells, places: Sequence[Place], level: Level) -> Iterator[Group]:
    """In the order of their names; a record of two tags is in two of them."""
    import numpy as np

    named = [place.groups(level) for place in places]
    names = sorted({name for some in named for name in some})
    numbers = {name: number for number, name in enumerate(names)}
    counts = np.array([len(some) for some in named], dtype=np.int64)
    flat = np.array([numbers[name] for some in named for name in some], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    times = counts[of.place]
    rows = np.repeat(np.arange(len(of.place)), times)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    group = flat[starts[of.place[rows]] + nth]
    order = np.lexsort((of.document[rows], group))
    rows, group = rows[order], group[order]
    document = of.document[rows]
    first = np.flatnonzero(np.diff(group, prepend=-1) | np.diff(document, prepend=-1))
    if not len(first):
        return
    sums = np.add.reduceat(of.sums[rows], first, axis=0)
    document, group = document[first], group[first]
    ends = np.searchsorted(group, np.arange(len(names) + 1))
    for number, name in enumerate(names):
        part = slice(ends[number], ends[number + 1])
        if part.stop > part.start:
            yield Group(level, name, document[part], sums[part])
