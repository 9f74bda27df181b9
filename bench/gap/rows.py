"""What the split of a gap finds. Plain rows: the terminal and `--json` show the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

TermKind = Literal[
    "scorer", "data", "failures", "extraction", "prompt", "image", "parameters", "model"
]
TERMS: tuple[TermKind, ...] = get_args(TermKind)
WORDS: dict[TermKind, str] = {
    "scorer": "scorer",
    "data": "data",
    "failures": "failures",
    "extraction": "answer extraction",
    "prompt": "prompt",
    "image": "image",
    "parameters": "parameters",
    "model": "model or engine",
}
OF_REQUESTS: tuple[TermKind, ...] = ("prompt", "image", "parameters", "model")
RestKind = Literal["together", "same request", "not on record", "own count", "no number"]


@dataclass(frozen=True)
class Term:
    """One cause's part of the gap, B - A in the metric's own unit (0.01 is a point).

    `samples`: how many the cause concerns; `moved`: whose score it changed. `differences` are the
    named differences that are this cause. `low`, `high`: 95 %, over documents; None where there
    are too few.
    """

    kind: TermKind
    value: float
    moved: int
    samples: int
    differences: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def silent(self) -> bool:
        """It is no part of the gap, and nothing that is named could have made it one."""
        return not (self.moved or self.differences or abs(self.value) > EXACT)


@dataclass(frozen=True)
class Rest:
    """A part of the gap that no single cause can be given: `kinds` are those it may be of."""

    kind: RestKind
    said: str
    value: float
    moved: int
    samples: int
    kinds: tuple[TermKind, ...] = ()
    low: float | None = None
    high: float | None = None


EXACT = 1e-9  # a sum of floats; nothing smaller is called a part


@dataclass(frozen=True)
class Samples:
    """Where each sample of either side is: in one place only, so that they add up to `all`.

    `failed_once`: on exactly one side. Of those that both answered: `one_cause`, `several_causes`
    by what differs in their requests, `same_request`, `not_recorded`.
    """

    all: int
    only_a: int
    only_b: int
    failed_once: int
    failed_twice: int
    one_cause: int
    several_causes: int
    same_request: int
    not_recorded: int

    def __post_init__(self) -> None:
        places = (
            *(self.only_a, self.only_b, self.failed_once, self.failed_twice, self.one_cause),
            *(self.several_causes, self.same_request, self.not_recorded),
        )
        if sum(places) != self.all:
            raise ValueError(f"{sum(places)} samples have a place, {self.all} were expected")


@dataclass(frozen=True)
class GroupGap:
    """The same split over the records of one group."""

    level: str
    group: str
    a: float | None
    b: float | None
    value: float | None
    terms: tuple[Term, ...] = ()
    rest: tuple[Rest, ...] = ()

    def __post_init__(self) -> None:
        check_sum(self.value, self.terms, self.rest)

    def term(self, kind: TermKind) -> Term:
        """KeyError where the group has no number on a side, so no terms."""
        return {one.kind: one for one in self.terms}[kind]


@dataclass(frozen=True)
class Gap:
    """B's number less A's, and what it is the sum of; `absent` says why there is no such number.

    `terms` has each kind once, in the order of the steps. `value` = sum of terms and rests, to
    1e-9: a split that does not add up is never made.
    """

    a_job: str
    b_job: str
    metric: str
    higher_is_better: bool | None
    a: float | None
    b: float | None
    value: float | None
    terms: tuple[Term, ...]
    rest: tuple[Rest, ...]
    samples: Samples | None
    low: float | None = None
    high: float | None = None
    notes: tuple[str, ...] = ()
    groups: tuple[GroupGap, ...] = ()
    absent: str | None = None

    def __post_init__(self) -> None:
        check_sum(self.value, self.terms, self.rest)

    def term(self, kind: TermKind) -> Term:
        return next(one for one in self.terms if one.kind == kind)

    @property
    def parts(self) -> Iterator[Term | Rest]:
        yield from self.terms
        yield from self.rest


def check_sum(value: float | None, terms: tuple[Term, ...], rest: tuple[Rest, ...]) -> None:
    """ValueError where the parts are not the whole: an error of bench, not of a run."""
    if value is None:
        return
    found = math.fsum([one.value for one in terms] + [one.value for one in rest])
    if abs(found - value) > EXACT * max(1.0, abs(value)):
        raise ValueError(f"the terms add up to {found!r}, the gap is {value!r}")
