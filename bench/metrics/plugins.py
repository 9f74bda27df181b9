"""Metrics of others, by entry point: a package names them in the group `vlmhyperbench.metrics`.

    [project.entry-points."vlmhyperbench.metrics"]
    my_metric = "my_package:MY_METRIC"        # a bench.metrics.Metric

Only a metric that a task names is imported. None of ours can be replaced.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from bench.errors import UsageError
from bench.metrics import METRICS, Metric

GROUP = "vlmhyperbench.metrics"


def known_metric(name: str) -> Metric | None:
    """Ours, or the one that an installed package has under `name`; None where there is none.

    UsageError where a package names something that cannot be imported or is no Metric.
    """
    return METRICS.get(name) or _others(name)


def metric_named(name: str) -> Metric:
    """As `known_metric`; UsageError where there is none."""
    metric = known_metric(name)
    if metric is None:
        raise UsageError(
            f"unknown metric {name!r}", hint="the package that has it is not installed here"
        )
    return metric


def metric_names() -> list[str]:
    """Without an import of any package."""
    return sorted({*METRICS, *(one.name for one in entry_points(group=GROUP))})


def origin(name: str) -> str | None:
    """The package and version that a metric comes from; None for ours."""
    found = _entry(name) if name not in METRICS else None
    return f"{found.dist.name} {found.dist.version}" if found and found.dist else None


def _entry(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)


@cache
def _others(name: str) -> Metric | None:
    found = _entry(name)
    if found is None:
        return None
    said = f"metric {name!r} of {found.value}"
    try:
        metric = found.load()
    except Exception as error:  # whatever a package raises when it is imported
        raise UsageError(f"{said} cannot be imported: {error!r}") from error
    if not isinstance(metric, Metric):
        raise UsageError(f"{said} is no bench.metrics.Metric", hint="see docs/metrics.md")
    if metric.name != name:
        raise UsageError(f"{said} calls itself {metric.name!r}", hint="both names must be one")
    return metric
