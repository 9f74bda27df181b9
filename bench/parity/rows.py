"""What was found: the scores of one set of answers, and the rules behind their differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["harness", "bench"]


@dataclass(frozen=True)
class Row:
    """One scorer. `value`: the mean over its `scored` answers. Where an answer was drawn by lot, or
    the scorer raised, there is no such mean: it lies between `low` and `high`.

    `scored` + `guessed` + `unmeasured` + `raised` is the number of answers. `metric`: the metric of
    ours that is meant to be it; it gives the same score on `equal` answers, and another one by the
    rules in `departs` on `departed`. `differs`: by scorer on how many answers it gives another
    score. `problem`: why it could not be called at all.
    """

    key: str
    unit: Unit
    harness: str
    name: str
    function: str | None
    metric: str | None
    value: float | None
    low: float | None
    high: float | None
    scored: int
    guessed: int
    unmeasured: int
    raised: int
    equal: int | None
    departed: int | None
    departs: tuple[str, ...]
    differs: dict[str, int]
    problem: str | None


@dataclass(frozen=True)
class Way:
    """One way of a rule, in words, and the scorers that go it."""

    words: str
    scorers: tuple[str, ...]


@dataclass(frozen=True)
class RuleSaid:
    """A rule by name: what it is about, and the ways that scorers go."""

    name: str
    about: str
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Example:
    """`read`: by scorer the letter that it read of the answer, where options were given."""

    id: str
    about: str
    references: tuple[str, ...]
    prediction: str
    choices: tuple[str, ...]
    scores: dict[str, float | None]
    read: dict[str, str]


@dataclass(frozen=True)
class Group:
    """The answers on which some scorers differ by exactly these rules; the first is the example."""

    rules: tuple[RuleSaid, ...]
    ids: tuple[str, ...]
    example: Example


@dataclass(frozen=True)
class Unexplained:
    """A score that our rules for the scorer do not give. `error`: what it raised."""

    scorer: str
    id: str
    expected: float | None
    expected_read: str | None
    found: float | None
    found_read: str | None
    error: str | None


@dataclass(frozen=True)
class Silence:
    """What a scorer makes of a case without an answer; not part of any value."""

    scorer: str
    words: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class FamilyFound:
    """One family. `answers` + `failed` is the number of cases; `none`: harnesses without a row."""

    name: str
    title: str
    answers: int
    failed: int
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    unexplained: tuple[Unexplained, ...]
    silences: tuple[Silence, ...]
    none: dict[str, str]

    @property
    def fair(self) -> bool:
        """Every score is explained, and every metric of ours is what it claims to be."""
        claims = all(one.departed is not None or one.metric is None for one in self.rows)
        problems = any(one.problem for one in self.rows)
        return claims and not self.unexplained and not problems


@dataclass(frozen=True)
class HarnessUsed:
    name: str
    version: str | None
    environment: str | None


@dataclass(frozen=True)
class Parity:
    """`source`: where the answers are from. `notes`: what was left out of them."""

    source: str
    harnesses: tuple[HarnessUsed, ...]
    families: tuple[FamilyFound, ...]
    notes: tuple[str, ...]
    ok: bool
