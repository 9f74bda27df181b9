"""What a gate says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.comparison.policy import Tier
from bench.comparison.rows import Pairing
from bench.schema import Level

SCHEMA = 1
Decision = Literal["GO", "NO-GO", "INCONCLUSIVE"]
EXIT: dict[Decision, int] = {"GO": 0, "NO-GO": 1, "INCONCLUSIVE": 4}


@dataclass(frozen=True)
class Checked:
    """One metric at one group. `drop` is positive where the run is worse; `low` and `high` are its
    95 %. `allowed`: what it may drop by. `p`: two-sided, Holm over the gate's checks that decide.
    `detectable`: a true drop of this size is a NO-GO in at least 80 % of runs; None where none is.
    `documents_needed`: for 80 % power to tell no drop from one of `allowed`.
    """

    task: str
    metric: str
    level: Level
    group: str | None
    tier: Tier
    decision: Decision
    reason: str
    base: float | None = None
    run: float | None = None
    drop: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    allowed: float | None = None
    detectable: float | None = None
    n: int = 0
    documents: int = 0
    documents_needed: int | None = None

    @property
    def name(self) -> str:
        return " · ".join(part for part in (self.task, self.metric, self.group) if part)


@dataclass(frozen=True)
class Gate:
    """`policy`: the file; None is the default. `pairings`: by the base's job."""

    schema: int
    run: str
    against: str
    policy: str | None
    decision: Decision
    reason: str
    checks: tuple[Checked, ...]
    pairings: dict[str, Pairing]
