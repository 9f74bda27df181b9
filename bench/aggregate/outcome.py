"""A group's sums and its bounds -> the result as the report has it."""

from __future__ import annotations

from bench.aggregate.groups import Group
from bench.aggregate.table import (
    ABOVE,
    BELOW,
    EMPTY,
    FAILED,
    FAILED_ABOVE,
    FAILED_BELOW,
    RAW,
    RAW_ABOVE,
    RAW_BELOW,
    STRICT,
    STRICT_ABOVE,
    STRICT_BELOW,
    UNMEASURED,
    N,
)
from bench.metrics import Metric
from bench.schema import Range, Result
from bench.statistics import MINIMUM, Bounds, Clustered, detectable, interval


def outcome(
    label: str, metric: Metric, group: Group, clustered: Clustered, bounds: Bounds | None
) -> Result:
    """A result without its `macro`, for which other groups are needed."""
    above, below = group.total(ABOVE), group.total(BELOW)
    n = int(group.by_document[:, N].sum())
    sums = group.by_place
    failed, empty, unmeasured = (int(sums[column]) for column in (FAILED, EMPTY, UNMEASURED))
    strict, raw = (
        _ratio(above + sums[over], below + sums[under]) if sums[known] else None
        for known, over, under in (
            (STRICT, STRICT_ABOVE, STRICT_BELOW),
            (RAW, RAW_ABOVE, RAW_BELOW),
        )
    )
    answered = None
    if n > failed:
        answered = _ratio(above - sums[FAILED_ABOVE], below - sums[FAILED_BELOW])
    return Result(
        metric=label,
        level=group.level,
        group=group.name,
        value=_ratio(above, below),
        value_answered=answered,
        value_strict=strict,
        value_raw=raw,
        detectable=detectable(clustered),
        n=n,
        answered=n - failed,
        failed=failed,
        empty_references=empty,
        higher_is_better=metric.higher_is_better,
        range=Range(low=metric.low, high=metric.high),
        unit=metric.unit,
        interval=interval(bounds, low=metric.low, high=metric.high),
        note=_note(metric, empty, unmeasured, bounds),
    )


def _ratio(above: float, below: float) -> float | None:
    return float(above / below) if below else None


def _note(metric: Metric, empty: int, unmeasured: int, bounds: Bounds | None) -> str | None:
    said = []
    if bounds is not None and metric.high is None and bounds.low == bounds.high:
        said.append(f"no interval: all documents are alike, and {metric.name} has no highest value")
    if bounds is None:
        said.append(f"no interval: it takes {MINIMUM} documents or more")
    if empty and metric.name in ("cer", "wer"):
        said.append(f"{empty} empty references: what was answered to them counts as edits")
    if unmeasured:
        said.append(f"{unmeasured} samples left out: {metric.name} cannot measure their references")
    return "; ".join(said) or None
