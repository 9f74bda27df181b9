"""Why two runs differ: by their fingerprints, and by their records where they are at hand."""

from __future__ import annotations

from pathlib import Path

from bench.differences.jobs import compare_jobs
from bench.differences.pairing import pair_jobs
from bench.differences.rows import Compared, Comparison, Difference, Edit, Headline, Kind
from bench.differences.sides import JobOf, Side, open_side

__all__ = [
    "Compared",
    "Comparison",
    "Difference",
    "Edit",
    "Headline",
    "Kind",
    "compare",
    "compare_sides",
]


def compare(a: Path, b: Path) -> Comparison:
    """Two runs: folders, or files report.json. UsageError or RunError where one cannot be read."""
    return compare_sides(open_side(a), open_side(b))


def compare_sides(old: Side, new: Side) -> Comparison:
    pairs, only_a, only_b = pair_jobs(old.report.jobs, new.report.jobs)
    return Comparison(
        a=old.name,
        b=new.name,
        jobs=tuple(compare_jobs(JobOf(old, one), JobOf(new, two)) for one, two in pairs),
        only_a=tuple(job.id for job in only_a),
        only_b=tuple(job.id for job in only_b),
    )
