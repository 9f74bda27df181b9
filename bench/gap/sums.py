"""Walks -> the value after each step, each cause's part of the gap, and its interval.

The value of a state is a sum over a sum, as any result is (docs/decisions/0003). A cause's part is
the change of the value in its steps, so that all parts add up to the gap whatever the metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench.aggregate.places import Place
from bench.gap.rows import EXACT
from bench.gap.walk import ANSWERS, STEPS, Cause, Walk
from bench.statistics import Clustered, interval, intervals, keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

SCORER = Cause(term="scorer")
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Table:
    """A row a sample: `above` and `below` have a column a place on its walk.

    `document`: its number in `names`; `cause`: its number in `causes`, -1 where it has none.
    """

    names: tuple[str, ...]
    causes: tuple[Cause, ...]
    above: Floats
    below: Floats
    document: Numbers
    cause: Numbers


class Ends(NamedTuple):
    """The numbers as they are said elsewhere (a report, a harness), in front of and behind the
    walk; a cause is what such a number's difference from the walk's own end is put down to.
    """

    a: float | None = None
    b: float | None = None
    of_a: Cause = SCORER
    of_b: Cause = SCORER


class Part(NamedTuple):
    """`bounds`: 95 %, over documents."""

    value: float
    moved: int
    bounds: Bounds = (None, None)


@dataclass(frozen=True)
class Summed:
    """`parts` add up to `b` - `a`; empty where one of these is None."""

    a: float | None
    b: float | None
    parts: Mapping[Cause, Part]
    bounds: Bounds = (None, None)


def table(walks: Sequence[Walk], keeps: Callable[[Place], bool] | None = None) -> Table:
    """`keeps`: which records count; all where it is None."""
    import numpy as np

    names = tuple(sorted({walk.doc_id for walk in walks}))
    documents = {name: number for number, name in enumerate(names)}
    causes = tuple(sorted({walk.cause for walk in walks if walk.cause}, key=_order))
    numbers = {cause: number for number, cause in enumerate(causes)}
    sums = np.zeros((len(walks), len(STEPS) + 1, 2))
    for row, walk in enumerate(walks):
        for column, cells in enumerate(walk.scores):
            if column and cells is walk.scores[column - 1]:
                sums[row, column] = sums[row, column - 1]
                continue
            kept = cells if keeps is None else [one for one in cells if keeps(one.place)]
            sums[row, column, 0] = math.fsum(one.above for one in kept)
            sums[row, column, 1] = math.fsum(one.below for one in kept)
    return Table(
        names,
        causes,
        sums[:, :, 0],
        sums[:, :, 1],
        np.array([documents[walk.doc_id] for walk in walks], dtype=np.int64),
        np.array([numbers[walk.cause] if walk.cause else -1 for walk in walks], dtype=np.int64),
    )


_RESTS = ("together", "same request", "not on record")


def _order(cause: Cause) -> tuple[int, tuple[str, ...], str]:
    """Terms first, then what no single cause can be given."""
    if cause.rest is None:
        return 0, (cause.term or "",), ""
    return 1 + _RESTS.index(cause.rest), cause.kinds, cause.side


class _State(NamedTuple):
    """After a step of `cause`. Without sums it is a number that was said elsewhere."""

    cause: Cause
    value: float | None
    sums: tuple[Floats, Floats] | None


def _states(of: Table, ends: Ends) -> Iterator[_State]:
    import numpy as np

    if ends.a is not None:
        yield _State(ends.of_a, ends.a, None)
    yield _state(ends.of_a, of.above[:, 0], of.below[:, 0])
    for step, term in enumerate(STEPS):
        if term is not None:
            yield _state(Cause(term=term), of.above[:, step + 1], of.below[:, step + 1])
            continue
        for number, cause in enumerate(of.causes):
            done = of.cause <= number
            above, below = (
                np.where(done, one[:, ANSWERS + 1], one[:, ANSWERS]) for one in (of.above, of.below)
            )
            yield _state(cause, above, below)
    if ends.b is not None:
        yield _State(ends.of_b, ends.b, None)


def _state(cause: Cause, above: Floats, below: Floats) -> _State:
    under = math.fsum(below)
    return _State(cause, math.fsum(above) / under if under else None, (above, below))


@dataclass
class _Sum:
    """A part while it is added up. `moves`: what each document adds; None where it is not known."""

    value: float
    moved: Flags
    moves: Floats | None

    def add(self, value: float, moved: Flags, moves: Floats | None) -> None:
        self.value += value
        self.moved |= moved
        known = self.moves is not None and moves is not None
        self.moves = self.moves + moves if known else None  # type: ignore[operator]


def summed(of: Table, ends: Ends, *, seed: int) -> Summed:
    import numpy as np

    states = list(_states(of, ends))
    a, b = states[0].value, states[-1].value
    if a is None or b is None:
        return Summed(a, b, {})
    found: dict[Cause, _Sum] = {}
    known, last = states[0], states[0]
    waiting: list[tuple[Cause, Flags]] = []
    for state in states[1:]:
        waiting.append((state.cause, _changed(last, state, len(of.above))))
        last = state
        if state.value is None or known.value is None:
            continue
        cause = _culprit(waiting)
        moved = np.logical_or.reduce([rows for _, rows in waiting])
        step = (state.value - known.value, moved, _moves(of, known, state))
        nothing = _Sum(0.0, np.zeros(len(moved), dtype=bool), np.zeros(len(of.names)))
        found.setdefault(cause, nothing).add(*step)
        known, waiting = state, []
    return _with_bounds(a, b, found, keys(of.names, seed=seed))


def _changed(one: _State, other: _State, count: int) -> Flags:
    import numpy as np

    if one.sums is None or other.sums is None:
        return np.zeros(count, dtype=bool)
    (above, below), (now_above, now_below) = one.sums, other.sums
    changed: Flags = (above != now_above) | (below != now_below)
    return changed


def _culprit(waiting: Sequence[tuple[Cause, Flags]]) -> Cause:
    """Of steps between which there was no number: the only one that changed a score, if it is."""
    if len(waiting) == 1:
        return waiting[0][0]
    guilty = list(dict.fromkeys(cause for cause, rows in waiting if rows.any()))
    if len(guilty) == 1:
        return guilty[0]
    kinds = dict.fromkeys(kind for one in guilty for kind in (one.term, *one.kinds) if kind)
    return Cause(rest="no number", kinds=tuple(kinds))


def _moves(of: Table, one: _State, other: _State) -> Floats | None:
    """What each document adds to the change, linearised around both values."""
    if one.sums is None or other.sums is None:
        same = abs((one.value or 0.0) - (other.value or 0.0)) <= EXACT
        return _nothing(of) if same else None
    return _influence(of, other) - _influence(of, one)


def _nothing(of: Table) -> Floats:
    import numpy as np

    return np.zeros(len(of.names))


def _influence(of: Table, state: _State) -> Floats:
    import numpy as np

    if state.sums is None:
        return _nothing(of)
    above, below = state.sums
    beyond = above - (state.value or 0.0) * below
    by_document = np.zeros(len(of.names))
    np.add.at(by_document, of.document, beyond)
    return by_document / math.fsum(below)


def _with_bounds(
    a: float, b: float, found: Mapping[Cause, _Sum], known: NDArray[np.uint64]
) -> Summed:
    import numpy as np

    whole = [one.moves for one in found.values() if one.moves is not None]
    wanted: list[tuple[Cause | None, float, Floats]] = [
        (cause, one.value, one.moves)
        for cause, one in found.items()
        if one.moves is not None and one.moved.any()
    ]
    if wanted and len(whole) == len(found):
        wanted.append((None, b - a, np.sum(whole, axis=0)))
    count = len(known)
    ratios = [
        Clustered(np.arange(count), value + count * moves, np.ones(count))
        for _, value, moves in wanted
    ]
    bounds: dict[Cause | None, Bounds] = {}
    for (cause, _, _), one in zip(wanted, intervals(ratios, known), strict=True):
        within = interval(one, low=-math.inf, high=None)
        bounds[cause] = (within.low, within.high) if within else (None, None)
    parts = {
        cause: Part(one.value, int(one.moved.sum()), bounds.get(cause, (None, None)))
        for cause, one in found.items()
    }
    return Summed(a, b, parts, bounds.get(None, (None, None)))
