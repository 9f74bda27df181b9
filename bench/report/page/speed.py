"""A job's performance as the page shows it: plots, a table of times, and the rest in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.performance_rows import EngineUse, Performance
from bench.report import numbers, quantities
from bench.report.page.plots import CurvePlot, HistogramPlot, curve_plot, histogram_plot
from bench.report.quantities import size
from bench.schema import JobReport, Report

PLOTTED = ("latency", "TTFT", "TPOT")
_PREFIX = "performance."
_NAMES = {
    "ttft_s": "TTFT",
    "tpot_s": "TPOT",
    "latency_s": "latency",
    "requests_per_s": "answers a second",
    "completion_tokens_per_s": "completion tokens a second",
    "engine.peak_gpu_bytes": "GPU memory",
}


@dataclass(frozen=True)
class Times:
    name: str
    meaning: str
    cells: tuple[str, ...]
    plot: HistogramPlot | None


@dataclass(frozen=True)
class SpeedView:
    summary: str
    times: tuple[Times, ...]
    curves: tuple[CurvePlot, ...]
    facts: tuple[tuple[str, str], ...]
    absent: tuple[tuple[str, str], ...]

    @property
    def plots(self) -> tuple[Times, ...]:
        return tuple(one for one in self.times if one.plot)


@dataclass(frozen=True)
class Side:
    """A row of the table of jobs; `sorts` are the values by which its columns are ordered."""

    number: int
    title: str
    cells: tuple[str, ...]
    sorts: tuple[float | None, ...]


def speed_view(job: JobReport) -> SpeedView | None:
    performance = job.performance
    if performance is None or not performance.requests:
        return None
    return SpeedView(
        summary=quantities.summary(performance) or "",
        times=tuple(
            Times(
                name,
                quantities.TIMES[name],
                quantities.row(spread),
                histogram_plot(name, spread) if name in PLOTTED else None,
            )
            for name, spread in quantities.times(performance)
        ),
        curves=tuple(_curves(performance.engine)) if performance.engine else (),
        facts=tuple(quantities.facts(performance)),
        absent=tuple(_absent(job.absent)),
    )


def _curves(use: EngineUse) -> Iterator[CurvePlot]:
    end = max((point[0] for point in use.samples), default=0.0)
    whose = "GPU memory" if use.gpu_scope == "process" else "GPU memory, whole device"
    percent = [(point[0], point[3]) for point in use.samples]
    for plot in (
        curve_plot("Engine memory", [(one[0], one[1]) for one in use.samples], end, size),
        curve_plot(whose, [(one[0], one[2]) for one in use.samples], end, size),
        curve_plot("GPU busy", percent, end, lambda value: f"{value or 0:.0f} %", top=100.0),
    ):
        if plot is not None:
            yield plot


def _absent(absent: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, why in absent.items():
        if key.startswith(_PREFIX):
            name = key.removeprefix(_PREFIX)
            yield _NAMES.get(name, name), why


def sides(report: Report) -> tuple[Side, ...]:
    """The jobs side by side; nothing where there is one, or none was measured."""
    if len(report.jobs) < 2 or not any(job.performance for job in report.jobs):
        return ()
    return tuple(
        Side(number, numbers.title(job), quantities.side_by_side(job), _sorts(job))
        for number, job in enumerate(report.jobs, start=1)
    )


def _sorts(job: JobReport) -> tuple[float | None, ...]:
    quality = next((one.value for one in job.results if one.level == "global"), None)
    spent = job.performance or Performance(requests=0, failed_requests=0, retries=0, latency_s=None)
    return (
        quality,
        spent.latency_s.p50 if spent.latency_s else None,
        spent.requests_per_s,
        spent.engine.peak_rss_bytes if spent.engine else None,
        spent.cost.per_1000_requests if spent.cost else None,
    )
