"""Paired records -> each metric's difference at each level and group."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.comparison.pairing import Paired
from bench.comparison.power import detectable, spread
from bench.comparison.rows import Estimate, MetricCompared, Verdict
from bench.comparison.significance import (
    ALPHA,
    contributions,
    difference,
    holm,
    sign_flip,
)
from bench.comparison.sums import APART, LOSS, WIN, Cells, Group, N, cells, groups
from bench.quality_rows import Interval
from bench.schema import Level
from bench.statistics import Bounds, Clustered, interval, intervals, keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Scale:
    """A metric as the report has it."""

    name: str
    higher_is_better: bool
    lowest: float
    highest: float | None

    @property
    def span(self) -> float | None:
        return None if self.highest is None else self.highest - self.lowest


def compared(
    of: Paired,
    scales: Iterable[Scale],
    levels: Sequence[Level],
    *,
    seed: int,
    verdicts: bool = True,
) -> tuple[MetricCompared, ...]:
    """In the order of `scales`; a metric that no pair has on both sides is left out.

    `verdicts`: False where the records cannot be told to be of the same questions.
    """
    known = keys(of.documents, seed=seed)
    found = []
    for scale in scales:
        some = cells(of, scale.name, higher_is_better=scale.higher_is_better)
        if len(some.pair):
            found.append(_metric(of, scale, some, levels, known, verdicts=verdicts))
    return tuple(found)


def _metric(
    of: Paired, scale: Scale, some: Cells, levels: Sequence[Level], known: Keys, *, verdicts: bool
) -> MetricCompared:
    below = [level for level in dict.fromkeys(levels) if level != "global"]
    wholes = list(groups(some, of.places, "global"))
    if not some.both_answered.all():
        wholes += groups(some.answered(), of.places, "global")
    parts = [group for level in below for group in groups(some, of.places, level)]
    estimates = estimated(scale, [*wholes, *parts], known)
    tops, rest = estimates[: len(wholes)], estimates[len(wholes) :]
    adjusted = holm([one.p for one in rest])
    rest = [dataclasses.replace(one, p_adjusted=p) for one, p in zip(rest, adjusted, strict=True)]
    tops = [dataclasses.replace(one, p_adjusted=one.p) for one in tops]
    whole, *answered = [_with_verdict(one, scale, verdicts=verdicts) for one in tops]
    return MetricCompared(
        name=scale.name,
        higher_is_better=scale.higher_is_better,
        lowest=scale.lowest,
        highest=scale.highest,
        whole=whole,
        answered=answered[0] if answered else None,
        groups=tuple(_with_verdict(one, scale, verdicts=verdicts) for one in rest),
    )


def estimated(scale: Scale, parts: Sequence[Group], known: Keys) -> list[Estimate]:
    """One a part, without verdicts; `known` are the keys of all documents."""
    apart = [difference(one.a, one.b) for one in parts]
    measured = [one for one in apart if one is not None]
    bounds = iter(intervals(measured, known))
    return [
        _estimate(scale, group, one, None if one is None else next(bounds), known)
        for group, one in zip(parts, apart, strict=True)
    ]


def _estimate(
    scale: Scale, group: Group, apart: Clustered | None, bounds: Bounds | None, known: Keys
) -> Estimate:
    within: Interval | None = None
    given: dict[str, Any] = dict.fromkeys(
        ("difference", "low", "high", "p", "detectable", "method", "spread")
    )
    identical = not group.count(APART)
    if apart is not None:
        span = scale.span
        within = interval(bounds, low=float("-inf") if span is None else -span, high=span)
        moves = contributions(group.a, group.b)
        given["difference"] = 0.0 if identical else apart.value
        given["p"] = sign_flip(moves, known[group.documents])
        given["spread"] = spread(group.a, group.b, apart)
        given["detectable"] = detectable(given["spread"], most=span)
    if within is not None:
        given |= {"low": within.low, "high": within.high, "method": within.method}
    wins, losses, n = (group.count(column) for column in (WIN, LOSS, N))
    return Estimate(
        metric=scale.name,
        level=group.level,
        group=group.name,
        a=group.a.value,
        b=group.b.value,
        p_adjusted=None,
        documents=len(group.documents) if apart is None else len(apart.documents),
        n=n,
        wins=wins,
        losses=losses,
        ties=n - wins - losses,
        verdict="identical" if identical else "no_verdict",
        **given,
    )


def _with_verdict(one: Estimate, scale: Scale, *, verdicts: bool) -> Estimate:
    if not verdicts:
        return dataclasses.replace(one, verdict="no_verdict")
    if one.identical:
        return one
    return dataclasses.replace(one, verdict=_verdict(one, scale))


def _verdict(one: Estimate, scale: Scale) -> Verdict:
    """Both the interval and the test must show it."""
    if one.difference is None or one.low is None or one.high is None or one.p_adjusted is None:
        return "no_verdict"
    if one.p_adjusted >= ALPHA or one.low <= 0 <= one.high:
        return "not_shown"
    return "b_better" if (one.difference > 0) == scale.higher_is_better else "a_better"
