"""What a comparison says: of jobs of one task, each against the first, record by record.

Differences are B - A in the metric's unit; whether that is better is the metric's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.comparison.power import Spread
from bench.schema import Level

SCHEMA = 1
Verdict = Literal["b_better", "a_better", "not_shown", "identical", "no_verdict"]


@dataclass(frozen=True)
class Estimate:
    """One metric at one group of the paired records.

    `low` and `high`: 95 % of the difference, None where nothing can be said. `p`: two-sided, by
    sign flips of documents; `p_adjusted`: Holm over all groups of the metric below global.
    `detectable`: the smallest difference that at least 80 % of pairs like these would show; None
    where they are too few for any. `spread`: what it is made from.
    """

    metric: str
    level: Level
    group: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    detectable: float | None
    documents: int
    n: int
    wins: int
    losses: int
    ties: int
    verdict: Verdict
    method: str | None = None
    spread: Spread | None = None

    @property
    def identical(self) -> bool:
        """Every record scores the same on both sides."""
        return self.verdict == "identical"


@dataclass(frozen=True)
class MetricCompared:
    """`answered`: the same over the records that both sides answered; None where all are."""

    name: str
    higher_is_better: bool
    lowest: float
    highest: float | None
    whole: Estimate
    answered: Estimate | None
    groups: tuple[Estimate, ...]


@dataclass(frozen=True)
class KindCompared:
    """Records of one kind of mistake. `gone`: A has it and B does not; `new`: the other way."""

    kind: str
    a: int
    b: int
    gone: int
    new: int


@dataclass(frozen=True)
class Said:
    """One side's answer to a record, and what it scored."""

    prediction: str | None
    value: str | None
    score: float | None
    mistake: str | None
    failed: bool


@dataclass(frozen=True)
class Flip:
    """A record whose score moved; `gain` is positive where B is better.

    `sample`: what was asked, whose field this may be.
    """

    id: str
    sample: str
    doc_id: str
    doc_type: str | None
    field: str | None
    gain: float
    references: tuple[str, ...]
    a: Said
    b: Said


@dataclass(frozen=True)
class Pairing:
    """pairs + only_a = records of A, pairs + only_b = records of B, answers as wholes.

    `fields`: pairs of the fields of extractions, besides. `other_truth`: pairs whose references,
    document or field differ.
    """

    pairs: int
    only_a: int
    only_b: int
    examples: tuple[str, ...]
    other_truth: int
    failed_a: int
    failed_b: int
    fields: int = 0


@dataclass(frozen=True)
class Side:
    """`label` tells a job from the others of the comparison; `folder` is its run's."""

    label: str
    folder: str
    run: str
    job: str
    task: str
    model: str
    harness: str


@dataclass(frozen=True)
class Compared:
    """Two jobs. With `obstacles` there is no verdict, and they say why.

    `flipped_by`: the metric of the flips: of extractions the first that scores fields.
    """

    a: Side
    b: Side
    obstacles: tuple[str, ...]
    notes: tuple[str, ...]
    pairing: Pairing
    metrics: tuple[MetricCompared, ...]
    kinds: tuple[KindCompared, ...]
    fixed: int
    broken: int
    flips: tuple[Flip, ...]
    flipped_by: str | None

    @property
    def headline(self) -> MetricCompared | None:
        return self.metrics[0] if self.metrics else None

    @property
    def detailed(self) -> dict[str, tuple[Estimate, ...]]:
        """By metric the groups that are worth a look: those of the first metric, and of an
        extraction, whose first metric knows no fields, the fields of the first that does.
        """
        found = {one.name: one.groups for one in self.metrics[:1]}
        for one in self.metrics:
            of_fields = tuple(group for group in one.groups if group.level == "field")
            if of_fields:
                return found if one.name in found else found | {one.name: of_fields}
        return found


@dataclass(frozen=True)
class Choice:
    """A row of the choice table; what is None has its reason in `absent`.

    `standing`: `best` by the first metric, `tied` with it, or `behind`; None where the jobs are not
    paired. `p`: of the difference to the best, Holm over the others.
    """

    side: Side
    metric: str | None
    value: float | None
    low: float | None
    high: float | None
    standing: Literal["best", "tied", "behind"] | None
    p: float | None
    latency_p50_s: float | None
    requests_per_s: float | None
    peak_rss_bytes: int | None
    peak_gpu_bytes: int | None
    cost_per_1000: float | None
    currency: str | None
    licence: str | None
    failed: int
    expected: int
    absent: dict[str, str]


@dataclass(frozen=True)
class TaskCompared:
    task: str
    pairs: tuple[Compared, ...]
    choice: tuple[Choice, ...]


@dataclass(frozen=True)
class Comparison:
    """`unmatched`: jobs that have no partner, and why."""

    schema: int
    tasks: tuple[TaskCompared, ...]
    unmatched: tuple[str, ...]
