"""Where a value and its interval stand on their scale, in hundredths of its width."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bench.quality_rows import Interval
from bench.schema import Result

_STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    low: float
    high: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.low:g}", f"{self.high:g}"


@dataclass(frozen=True)
class Mark:
    """A point, and its interval where there is one; `said` is for those who do not see it."""

    point: float
    start: float | None
    width: float
    said: str


def scale_of(results: Iterable[Result]) -> Scale:
    """One scale for all groups of a metric: its range, or from its low to a round number that
    holds every interval where it has no upper bound.
    """
    given = list(results)
    low, high = given[0].range.low, given[0].range.high
    if high is not None and high > low:
        return Scale(low, high)
    ends = [one.value for one in given if one.value is not None]
    ends += [one.interval.high for one in given if one.interval is not None]
    return Scale(low, low + round_up(max(ends, default=low + 1.0) - low))


def round_up(length: float) -> float:
    if length <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(length))
    return float(f"{next(unit * step for step in _STEPS if unit * step >= length * 0.9999):.4g}")


def mark_of(result: Result, scale: Scale) -> Mark | None:
    """None where there is no value to draw."""
    return mark_at(result.value, result.interval, scale)


def mark_at(value: float | None, interval: Interval | None, scale: Scale) -> Mark | None:
    if value is None:
        return None
    point = scale.place(value)
    said = f"{value:.4f} on a scale from {scale.ends[0]} to {scale.ends[1]}"
    if interval is None:
        return Mark(point, None, 0.0, said)
    start, end = scale.place(interval.low), scale.place(interval.high)
    said += f", interval {interval.low:.4f} to {interval.high:.4f}"
    return Mark(point, start, round(end - start, 2), said)
