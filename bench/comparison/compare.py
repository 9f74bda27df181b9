"""Runs -> what differs between their jobs' scores, each job against the first of its task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.comparison.choice import Standing, best_of, choice, headline, standings
from bench.comparison.estimates import Scale, compared
from bench.comparison.flips import flips
from bench.comparison.pairing import Paired, kinds, labels, obstacles, paired
from bench.comparison.rows import (
    SCHEMA,
    Compared,
    Comparison,
    MetricCompared,
    Side,
    TaskCompared,
)
from bench.comparison.sameness import (
    content_obstacles,
    notes,
    scorer_obstacles,
    truth_obstacle,
)
from bench.comparison.subjects import Subject, labelled, named, subjects
from bench.errors import UsageError
from bench.schema import JobReport, Level


def compare(names: Sequence[str]) -> Comparison:
    """`names`: runs, or RUN:JOB; the first is A. One run alone: its jobs of one task.

    UsageError or RunError where one cannot be read, or nothing can be compared.
    """
    given = [named(name) for name in names]
    sets, unmatched = subjects(given)
    if not sets:
        has = (
            f"{one.folder} has {', '.join(sorted({job.task.name for job in one.jobs}))}"
            for one in given
        )
        raise UsageError("nothing to compare: no two jobs of one task", hint="; ".join(has))
    return Comparison(SCHEMA, tuple(_task(some) for some in sets), tuple(map(str, unmatched)))


def _task(some: Sequence[Subject]) -> TaskCompared:
    sides = labelled(some)
    pairs = tuple(
        two_jobs(some[0], other, sides[0], side)
        for other, side in zip(some[1:], sides[1:], strict=True)
    )
    first = headline(some[0])
    metric = first.metric if first else None
    ranked = _ranked(some, pairs, metric)
    rows = tuple(
        choice(one, side, metric, standing, p)
        for one, side, (standing, p) in zip(some, sides, ranked, strict=True)
    )
    return TaskCompared(some[0].job.task.name, pairs, rows)


def two_jobs(a: Subject, b: Subject, left: Side, right: Side) -> Compared:
    """B against A, at every level of both."""
    of = paired(a.answers, b.answers)
    why = tuple(reasons(of, a.job, b.job))
    scales, only = shared_scales(a.job, b.job)
    metrics = compared(
        of, scales, shared_levels(a.job, b.job), seed=a.report.run.seed, verdicts=not why
    )
    moved, fixed, broken = kinds(of)
    telling = _telling(of, metrics)
    shown = (
        flips(of, a, b, telling.name, higher_is_better=telling.higher_is_better) if telling else ()
    )
    return Compared(
        a=left,
        b=right,
        obstacles=why,
        notes=(*notes(a.job, b.job), *only),
        pairing=of.pairing,
        metrics=metrics,
        kinds=moved,
        fixed=fixed,
        broken=broken,
        flips=shown,
        flipped_by=telling.name if telling else None,
    )


def _telling(of: Paired, metrics: Sequence[MetricCompared]) -> MetricCompared | None:
    """Whose flips are shown: a field says more than all of an extraction's JSON."""
    of_fields = labels(one for one in of.a if not one.whole)
    return next((one for one in metrics if one.name in of_fields), next(iter(metrics), None))


def reasons(of: Paired, a: JobReport, b: JobReport) -> Iterator[str]:
    """Why there is no verdict; nothing where there may be one."""
    apart = [*obstacles(of.pairing), *content_obstacles(a, b)]
    yield from apart or truth_obstacle(a, b)
    yield from scorer_obstacles(a, b)


def shared_scales(a: JobReport, b: JobReport) -> tuple[list[Scale], list[str]]:
    """The metrics of both, in A's order; and a line for each that one of them lacks."""
    old, new = ({one.metric: one for one in job.results if one.level == "global"} for job in (a, b))
    scales = [
        Scale(name, one.higher_is_better, one.range.low, one.range.high)
        for name, one in old.items()
        if name in new
    ]
    only = [f"{name} only in A" for name in old if name not in new]
    return scales, only + [f"{name} only in B" for name in new if name not in old]


def shared_levels(a: JobReport, b: JobReport) -> list[Level]:
    """Those of either, in A's order: the groups are taken from the records."""
    return list(dict.fromkeys(one.level for job in (a, b) for one in job.results))


def _ranked(
    some: Sequence[Subject], pairs: Sequence[Compared], metric: str | None
) -> list[tuple[Standing, float | None]]:
    """Nothing where one cannot be paired with all others."""
    nothing: list[tuple[Standing, float | None]] = [(None, None)] * len(some)
    best = None if metric is None else best_of(some, metric)
    if best is None or any(one.obstacles for one in pairs):
        return nothing
    against: list[float | None] = []
    for place, one in enumerate(some):
        if place == best:
            against.append(None)
            continue
        of = paired(some[best].answers, one.answers)
        scales, _ = shared_scales(some[best].job, one.job)
        found = compared(
            of,
            [scale for scale in scales if scale.name == metric],
            (),
            seed=some[0].report.run.seed,
        )
        if not found or found[0].whole.low is None:
            return nothing
        against.append(found[0].whole.p)
    return standings(best, against)
