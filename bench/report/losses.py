"""What reading the answers, and normalising them, does to each metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Final

from bench.report import numbers
from bench.schema import JobReport, Result


@dataclass(frozen=True)
class Loss:
    """Words. `read`: value - strict, the format loss. `normal`: value - raw. Signed; a dash where
    the task reads nothing out of the answers, or does not normalise.
    """

    metric: str
    strict: str
    value: str
    read: str
    raw: str
    normal: str


HEADS: Final = (
    "metric",
    "answers as they are",
    "as read",
    "format loss",
    "without normalisation",
    "gain",
)


def losses(job: JobReport) -> Iterator[Loss]:
    """Of the metrics that have a strict or a raw value, over all samples."""
    for one in job.results:
        if one.level == "global" and not (one.value_strict is None and one.value_raw is None):
            yield Loss(
                metric=f"{one.metric} {numbers.better(one)}",
                strict=numbers.value(one.value_strict),
                value=numbers.value(one.value),
                read=_difference(one, one.value_strict),
                raw=numbers.value(one.value_raw),
                normal=_difference(one, one.value_raw),
            )


def table(job: JobReport) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Heads and lines, without the columns that have nothing to say."""
    found = list(losses(job))
    lines = [(one.metric, one.strict, one.value, one.read, one.raw, one.normal) for one in found]
    told = [any(line[column] != numbers.MISSING for line in lines) for column in range(len(HEADS))]
    return tuple(compress(HEADS, told)), tuple(tuple(compress(line, told)) for line in lines)


def _difference(result: Result, other: float | None) -> str:
    if result.value is None or other is None:
        return numbers.MISSING
    return f"{result.value - other:+.4f}"
