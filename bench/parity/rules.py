"""A scorer as a setting of switches, and the fewest switches that explain a difference.

A family of scorers has one implementation of ours, `measure(case, setting)`; each harness's scorer,
and each of our metrics, is a setting of it. Where two of them differ on a case, the reason is the
smallest set of switches that turns the score of one into the score of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, Literal, NamedTuple

from bench.metrics import METRICS, Policy
from bench.parity.cases import Case

CLOSE: Final = 1e-9
Kind = Literal["text", "choice"]
Setting = Mapping[str, str]


class Outcome(NamedTuple):
    """`score` None: there is none, because the scorer guesses or the sample has none.
    `read`: the letter that was read of the answer; "?" where it is drawn by lot.
    """

    score: float | None
    read: str | None = None


@dataclass(frozen=True)
class Switch:
    """One thing that scorers do in different ways: `values` says each way in words."""

    name: str
    about: str
    values: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Theirs:
    """A harness's scorer: `name` is its name in the harness's scorers.py.

    `claimed_by`: the metric of ours that is meant to be it.
    """

    harness: str
    name: str
    setting: Setting = field(hash=False)
    claimed_by: str | None = None

    @property
    def key(self) -> str:
        return f"{self.harness}:{self.name}"


@dataclass(frozen=True)
class Ours:
    """A metric of ours. `score` None: the sample has no score."""

    name: str
    setting: Setting = field(hash=False)
    score: Callable[[Case], float | None]

    @property
    def key(self) -> str:
        return f"bench:{self.name}"


@dataclass(frozen=True)
class Family:
    """Scorers of one kind of benchmark. `none`: by harness why it has no such scorer."""

    name: str
    title: str
    kind: Kind
    switches: tuple[Switch, ...]
    measure: Callable[[Case, Setting], Outcome]
    theirs: tuple[Theirs, ...]
    ours: tuple[Ours, ...]
    metrics: tuple[str, ...]
    none: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def scorers(self) -> tuple[Theirs | Ours, ...]:
        return (*self.theirs, *self.ours)


def by(metric: str) -> Callable[[Case], float | None]:
    """That metric of ours, with nothing folded that its rule does not fold."""
    measure, policy = METRICS[metric].measure, Policy()
    return lambda case: measure(case.answer, case.references, policy).value


def same(one: float | None, other: float | None) -> bool:
    """Scores are equal to 1e-9; no score equals no score."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= CLOSE


def differing(a: Setting, b: Setting) -> tuple[str, ...]:
    """The switches that stand in another way."""
    return tuple(name for name in a if a[name] != b[name])


def explanation(family: Family, case: Case, a: Setting, b: Setting) -> tuple[str, ...] | None:
    """The fewest switches that turn the lower of two scores of the case into the higher; of equally
    few the first in the family's order. () where they agree; no score is below 0.

    Upwards, because one switch is often enough to lose what takes two to gain.
    """
    low, high = sorted((a, b), key=lambda one: _height(family.measure(case, one).score))
    wanted = family.measure(case, high).score
    names = differing(low, high)
    for size in range(len(names) + 1):
        for some in combinations(names, size):
            mixed = {**low, **{name: high[name] for name in some}}
            if same(family.measure(case, mixed).score, wanted):
                return some
    return None


def _height(score: float | None) -> float:
    return -1.0 if score is None else score
