"""Where the parts of the performance plots stand: a histogram with its quantiles, and a curve.

A plot is 320 units wide and is scaled as a whole, so that its text keeps its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.performance_rows import Latency
from bench.report.page.charts import round_up
from bench.report.quantities import QUANTILES, seconds

LEFT, RIGHT = 6.0, 314.0
TOP, BASE = 10.0, 74.0
APART = 50.0  # between two labels
Said = Callable[[float | None], str]


@dataclass(frozen=True)
class Quantile:
    """Its place on the axis, and the place of its label; `beyond` where the axis ends before."""

    name: str
    value: str
    x: float
    label_x: float
    beyond: bool


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class HistogramPlot:
    """`said` is for those who do not see it."""

    bars: tuple[Bar, ...]
    quantiles: tuple[Quantile, ...]
    end: str
    above: int
    said: str


@dataclass(frozen=True)
class CurvePlot:
    name: str
    peak: str
    line: str
    area: str
    dots: tuple[tuple[float, float], ...]
    top: str
    end: str
    said: str


def histogram_plot(name: str, spread: Latency) -> HistogramPlot | None:
    """None where a report of an earlier version has no histogram, or all took no time."""
    if spread.histogram is None:
        return None
    counts, step = spread.histogram.counts, spread.histogram.step_s
    end = step * len(counts)
    most = max(counts) or 1
    wide = (RIGHT - LEFT) / len(counts)
    bars = tuple(
        Bar(
            round(LEFT + number * wide + 0.5, 2),
            round(BASE - max(1.5, (BASE - TOP) * count / most), 2),
            round(wide - 1, 2),
            round(max(1.5, (BASE - TOP) * count / most), 2),
        )
        for number, count in enumerate(counts)
        if count
    )
    known = [(one, value) for one in QUANTILES if (value := getattr(spread, one)) is not None]
    places = [LEFT + (RIGHT - LEFT) * min(1.0, value / end) for _, value in known]
    quantiles = tuple(
        Quantile(one, seconds(value), round(place, 2), round(label, 2), beyond=value > end)
        for (one, value), place, label in zip(known, places, spaced(places), strict=True)
    )
    values = ", ".join(f"{one.name} {one.value}" for one in quantiles)
    return HistogramPlot(
        bars,
        quantiles,
        seconds(end),
        spread.histogram.above,
        f"{name} of {sum(counts) + spread.histogram.above} requests: {values}",
    )


def spaced(places: Sequence[float], apart: float = APART) -> list[float]:
    """Labels near their `places` (in rising order), none nearer to its neighbour than `apart`."""
    low, high = LEFT + apart / 2 - 6, RIGHT - apart / 2 + 6
    labels: list[float] = []
    for place in places:
        labels.append(max(place, low, labels[-1] + apart if labels else low))
    for number in range(len(labels) - 1, -1, -1):
        labels[number] = min(labels[number], high - apart * (len(labels) - 1 - number))
    return labels


def curve_plot(
    name: str,
    points: Sequence[tuple[float, float | None]],
    end_s: float,
    said: Said,
    *,
    top: float | None = None,
) -> CurvePlot | None:
    """(seconds, value) as a line from 0; None where no value is known. `top` is the scale's end."""
    known = [(second, value) for second, value in points if value is not None]
    if not known:
        return None
    most = max(value for _, value in known)
    high = top or round_up(most) or 1.0
    width = max(end_s, known[-1][0]) or 1.0
    placed = [
        (
            round(LEFT + (RIGHT - LEFT) * second / width, 1),
            round(BASE - (BASE - TOP) * min(1.0, value / high), 1),
        )
        for second, value in known
    ]
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in placed)
    area = f"{line}L{placed[-1][0]:g} {BASE:g}L{placed[0][0]:g} {BASE:g}Z"
    told = f"{name} over {seconds(width)}: at most {said(most)}, at the end {said(known[-1][1])}"
    dots = tuple(placed) if len(placed) <= 12 else ()
    return CurvePlot(name, said(most), line, area, dots, said(high), seconds(width), told)
