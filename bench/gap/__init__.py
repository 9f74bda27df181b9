"""The gap between two runs, split into terms that add up: by re-scoring, step by step."""

from __future__ import annotations

from pathlib import Path

from bench.differences import Comparison, compare_sides
from bench.differences.sides import JobOf, open_side
from bench.gap.rows import (
    EXACT,
    OF_REQUESTS,
    TERMS,
    WORDS,
    Gap,
    GroupGap,
    Rest,
    Samples,
    Term,
    TermKind,
)
from bench.gap.splitting import Wanted, split
from bench.growing import only_growing

__all__ = [
    "EXACT",
    "OF_REQUESTS",
    "TERMS",
    "WORDS",
    "Gap",
    "GroupGap",
    "Rest",
    "Samples",
    "Term",
    "TermKind",
    "Wanted",
    "gaps",
    "split",
]


def gaps(a: Path, b: Path, wanted: Wanted) -> tuple[Comparison, tuple[Gap, ...]]:
    """What differs between two runs, and the gap of each two of their jobs, in the same order.

    UsageError or RunError where one cannot be read, or for a metric that is not known.
    """
    old, new = open_side(a), open_side(b)
    with only_growing():
        found = compare_sides(old, new)
        jobs_a, jobs_b = (
            {job.id: JobOf(side, job) for job in side.report.jobs} for side in (old, new)
        )
        return found, tuple(
            split(jobs_a[one.a], jobs_b[one.b], wanted=wanted, named=one) for one in found.jobs
        )
