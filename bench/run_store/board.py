"""A leaderboard: jobs that were asked the same, ordered by one number, each with its rank.

Only like is ranked with like: one task with one content, one metric, group and number of samples.
A model and harness stand there once, with their newest run; the older ones are the trend. The rank
counts those that are better beyond doubt, so jobs that cannot be told apart share one. Doubt is
read from the two intervals as if the jobs had other samples (Zou and Donner 2008, MOVER), which
calls more jobs equal than pairs of their answers would: those next to the best are tested by pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.run_store.choosing import Wanted
from bench.run_store.paired import MOST, TOP, Entrant, PairedTests
from bench.run_store.rows import JobEntry, Number, RunEntry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TREND: Final = 30  # points of a trend: the newest


@dataclass(frozen=True)
class Key:
    """`harness` only of a harness's own numbers: they are compared with no other's."""

    task: str
    content: str | None
    metric: str
    level: str
    group: str
    n: int
    limit: int | None
    higher_is_better: bool
    harness: str | None


@dataclass(frozen=True)
class Point:
    at: str
    value: float
    run: str


@dataclass(frozen=True)
class Row:
    """`tied`: others share its rank. `why`: it is not ranked for that reason, `rank` is None."""

    rank: int | None
    model: str
    harness: str
    version: str | None
    value: float | None
    low: float | None
    high: float | None
    failed: int
    run: str
    folder: str
    at: str
    tags: tuple[str, ...]
    trend: tuple[Point, ...]
    tied: bool
    why: str | None


@dataclass(frozen=True)
class Board:
    """`by_pairs`: who shares the first rank was tested by pairs of answers, all of them."""

    key: Key
    rows: tuple[Row, ...]
    by_pairs: bool = False

    @property
    def best(self) -> int:
        """How many share the first rank."""
        return sum(row.rank == 1 for row in self.rows)


@dataclass(frozen=True)
class _Candidate:
    run: RunEntry
    job: JobEntry
    number: Number


def boards(
    runs: Iterable[RunEntry],
    wanted: Wanted,
    *,
    levels: Sequence[str] = ("global",),
    metric: str | None = None,
    every: bool = False,
    tests: PairedTests | None = None,
) -> list[Board]:
    """By task and metric; `every`: older runs of the same stand there too. `levels`: of LEVELS.

    Without `tests` doubt is read from the intervals alone.
    """
    found: dict[Key, list[_Candidate]] = defaultdict(list)
    places: dict[tuple[str, str], int] = {}  # a task's first metric comes first
    for run in runs:
        if not wanted.has(run):
            continue
        for job in run.jobs:
            if job.counts is None or not wanted.has_job(job):
                continue
            for place, number in enumerate(job.numbers):
                if number.level in levels and metric in (None, number.metric):
                    named = job.task, number.metric
                    places[named] = min(place, places.get(named, place))
                    found[_key(run, job, number)].append(_Candidate(run, job, number))
    ordered = sorted(found, key=lambda key: _order(key, places[key.task, key.metric]))
    return [_board(found[key], key, every=every, tests=tests) for key in ordered]


def left_out(runs: Iterable[RunEntry], wanted: Wanted, boards: Iterable[Board]) -> str | None:
    """What has no row though it is wanted: `left out: 2 runs without a score, 1 job …`."""
    asked = [run for run in runs if wanted.has(run)]
    unscored = sum(run.status not in ("ok", "failed") for run in asked)
    jobs = [(run, job) for run in asked for job in run.jobs if wanted.has_job(job)]
    shown = {(row.model, row.harness, board.key.task) for board in boards for row in board.rows}
    numberless = sum(
        job.counts is not None and (job.model, job.harness, job.task) not in shown
        for _, job in jobs
    )
    said = []
    if unscored:
        said.append(f"{unscored} run{'s' * (unscored != 1)} without a score")
    if numberless:
        said.append(f"{numberless} job{'s' * (numberless != 1)} without such a number")
    return f"left out: {', '.join(said)}" if said else None


def _key(run: RunEntry, job: JobEntry, number: Number) -> Key:
    expected = job.counts[0] if job.counts else 0
    return Key(
        task=job.task,
        content=job.content,
        metric=number.metric,
        level=number.level,
        group=number.group,
        n=expected,
        limit=run.limit,
        higher_is_better=number.higher_is_better,
        harness=job.harness if number.native else None,
    )


def _order(key: Key, place: int) -> tuple[object, ...]:
    whole = key.level != "global", key.level, key.group
    rest = key.harness or "", -key.n, key.content or "", key.limit or 0, key.higher_is_better
    return (key.task, *whole, place, key.metric, *rest)


def _board(
    candidates: Sequence[_Candidate], key: Key, *, every: bool, tests: PairedTests | None
) -> Board:
    by_job: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    for one in sorted(candidates, key=lambda one: (one.run.started_at, one.run.folder)):
        by_job[one.job.model, one.job.harness].append(one)
    shown = [one for several in by_job.values() for one in (several if every else several[-1:])]
    ranked = [one for one in shown if _why(one) is None]
    better = _better([one.number for one in ranked], higher=key.higher_is_better)
    by_pairs = bool(ranked) and _by_pairs(better, ranked, key, tests)
    ranks = [1 + int(some.sum()) for some in better]
    rank_of = {id(one): rank for one, rank in zip(ranked, ranks, strict=True)}
    rows = [
        _row(one, rank_of.get(id(one)), ranks, by_job[one.job.model, one.job.harness])
        for one in shown
    ]
    sign = -1 if key.higher_is_better else 1
    rows.sort(
        key=lambda row: (
            row.rank is None,
            0.0 if row.value is None else sign * row.value,
            row.model,
            row.harness,
            row.run,
        )
    )
    return Board(key, tuple(rows), by_pairs)


def _why(one: _Candidate) -> str | None:
    """Why it is not ranked."""
    if one.job.status != "ok":
        return f"its job is {one.job.status}"
    return "it could not be measured" if one.number.value is None else None


def _better(numbers: Sequence[Number], *, higher: bool) -> NDArray[np.bool_]:
    """A row each: which of the others are better beyond doubt, by the intervals; one without an
    interval is told from none.
    """
    import numpy as np

    sign = 1.0 if higher else -1.0
    value = np.array([sign * (one.value or 0.0) for one in numbers])
    ends = np.array([_ends(one) for one in numbers]).reshape(-1, 2) * sign
    low, high = ends.min(axis=1, initial=np.inf), ends.max(axis=1, initial=-np.inf)
    down, up = (value - low) ** 2, (high - value) ** 2
    found = [(value - mine) > np.sqrt(down + my_up) for mine, my_up in zip(value, up, strict=True)]
    return np.array(found, dtype=bool).reshape(len(numbers), -1)


def _by_pairs(
    better: NDArray[np.bool_], ranked: Sequence[_Candidate], key: Key, tests: PairedTests | None
) -> bool:
    """Marks in `better` whom the best is better than by pairs, of those that share its rank: all
    of them, or where they are many none, so that nobody stands above a better one untested.

    Whether all that share the rank could be tested.
    """
    if tests is None or key.level != "global" or key.harness is not None or key.n > MOST:
        return False
    sign = 1.0 if key.higher_is_better else -1.0
    order = sorted(range(len(ranked)), key=lambda place: -sign * (ranked[place].number.value or 0))
    best, *rest = order
    near = [place for place in rest if not better[place].any()]
    if not 0 < len(near) <= TOP:
        return False
    entrants = [Entrant(one.run.folder, one.job.id) for one in ranked]
    told = tests.behind(key.metric, entrants[best], [entrants[place] for place in near])
    for place, is_behind in zip(near, told, strict=True):
        better[place, best] |= bool(is_behind)
    return None not in told


def _ends(one: Number) -> tuple[float, float]:
    if one.low is None or one.high is None:
        return float("-inf"), float("inf")
    return one.low, one.high


def _row(
    one: _Candidate, rank: int | None, ranks: Sequence[int], history: Sequence[_Candidate]
) -> Row:
    trend = tuple(
        Point(each.run.started_at, each.number.value, each.run.id)
        for each in history
        if each.number.value is not None and _why(each) is None
    )
    return Row(
        rank=rank,
        model=one.job.model,
        harness=one.job.harness,
        version=one.job.harness_version,
        value=one.number.value,
        low=one.number.low,
        high=one.number.high,
        failed=one.job.counts[2] if one.job.counts else 0,
        run=one.run.id,
        folder=one.run.folder,
        at=one.run.started_at,
        tags=one.run.tags,
        trend=trend[-TREND:],
        tied=rank is not None and ranks.count(rank) > 1,
        why=_why(one),
    )
