"""The four axes of a job, as every view of a report says them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bench.quality_rows import Axes, AxisValue
from bench.report import numbers
from bench.schema import JobReport

Axis = Literal["accuracy", "groundedness", "relevancy", "stability"]
MEANINGS: Final[dict[Axis, str]] = {
    "accuracy": "how right the answers are",
    "groundedness": "whether what is answered stands on the page",
    "relevancy": "whether it is an answer of the asked kind at all",
    "stability": "whether it holds where it should say nothing, and asked again",
}
NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True)
class AxisLine:
    """`said` and `interval` are words; an axis without a value has its reason in `about`."""

    name: Axis
    axis: AxisValue
    said: str
    interval: str
    about: str


def axis_lines(axes: Axes | None) -> tuple[AxisLine, ...]:
    """None at all in a report that has no axes."""
    return () if axes is None else tuple(_line(name, getattr(axes, name)) for name in MEANINGS)


def _line(name: Axis, axis: AxisValue) -> AxisLine:
    if axis.value is None:
        reason = axis.reason or "no reason is on record"
        return AxisLine(name, axis, NOT_MEASURED, numbers.MISSING, reason)
    about = f"{axis.measure}, n {axis.n:,}"
    return AxisLine(name, axis, numbers.value(axis.value), numbers.bounds(axis.interval), about)


def with_axes(jobs: Sequence[JobReport]) -> bool:
    return any(job.axes is not None for job in jobs)


def plot(axis: AxisValue, width: int = 20) -> str:
    """From 0 to 1 in signs: the value a dot, its interval a line. Empty without a value."""
    if axis.value is None:
        return ""
    signs = ["·"] * width
    if axis.interval is not None:
        low, high = (_place(one, width) for one in (axis.interval.low, axis.interval.high))
        signs[low : high + 1] = "━" * (high + 1 - low)
    signs[_place(axis.value, width)] = "●"
    return "".join(signs)


def _place(share: float, width: int) -> int:
    return min(width - 1, max(0, int(share * width)))
