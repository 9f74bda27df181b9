"""The harnesses' own numbers for one task and model in one table, and what they differ by.

A harness's rule is the metric of bench that is meant to be its own. The difference of two
harnesses A and B splits into three terms that add up to it: the rule (B's instead of A's, on A's
answers), the answers (B's instead of A's, by B's rule), and a rest: how each counts failed
requests, and rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.metrics import METRICS
from bench.report import numbers
from bench.schema import JobReport, NativeResult, Report

LEAST = 5e-5  # of a share: what four places show


@dataclass(frozen=True)
class NativeTable:
    """A column a harness; `said` tells what each rule in it is."""

    task: str
    model: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    said: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """What a harness's number is above another's, as shares of a perfect run."""

    whole: float
    rule: float
    answers: float

    @property
    def rest(self) -> float:
        return self.whole - self.rule - self.answers


@dataclass(frozen=True)
class _Column:
    job: JobReport
    native: NativeResult

    @property
    def share(self) -> float | None:
        return self.native.value / self.native.scale if self.native.scale else None

    def ours(self, metric: str | None) -> float | None:
        """What that metric gives on this job's answers, failed requests at its worst."""
        found = (one for one in self.job.results if (one.level, one.metric) == ("global", metric))
        return next((one.value for one in found), None)


def native_tables(report: Report) -> tuple[NativeTable, ...]:
    """One for each task and model with numbers of two harnesses or more."""
    found: dict[tuple[str, str], list[_Column]] = {}
    for job in report.jobs:
        native = headline(job)
        if native is not None:
            found.setdefault((job.task.name, job.model.name), []).append(_Column(job, native))
    return tuple(_table(*key, columns) for key, columns in found.items() if len(columns) > 1)


def headline(job: JobReport) -> NativeResult | None:
    """The harness's number over all samples: the one whose rule is known, else its first."""
    whole = [one for one in job.native if one.group is None]
    return next((one for one in whole if one.rule), next(iter(whole), None))


def gap(one: _Column, other: _Column) -> Gap | None:
    """What `other` is above `one`; None where a rule is not known, or was not applied to both."""
    values = (
        *(one.share, one.ours(one.native.rule)),
        *(other.share, one.ours(other.native.rule), other.ours(other.native.rule)),
    )
    shares = [value for value in values if value is not None]
    if len(shares) < len(values):
        return None
    own, own_rule, theirs, swapped, their_rule = shares
    return Gap(whole=theirs - own, rule=swapped - own_rule, answers=their_rule - swapped)


def _table(task: str, model: str, columns: Sequence[_Column]) -> NativeTable:
    rules = _rules(columns)
    return NativeTable(
        task=task,
        model=model,
        columns=tuple(one.job.harness.name for one in columns),
        lines=tuple(_lines(columns, rules)),
        said=tuple(_said(columns, rules)),
    )


def _rules(columns: Sequence[_Column]) -> list[str]:
    """The task's first metric, then the harnesses' rules."""
    first = [one.job.results[0].metric for one in columns if one.job.results][:1]
    return list(dict.fromkeys([*first, *(one.native.rule for one in columns if one.native.rule)]))


def _lines(
    columns: Sequence[_Column], rules: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    natives = [one.native for one in columns]
    if len({one.metric for one in natives}) > 1:
        yield "its own metric", tuple(one.metric for one in natives)
        yield "its number", tuple(map(numbers.native_value, natives))
    else:
        yield f"its own {natives[0].metric}", tuple(map(numbers.native_value, natives))
    yield "95 %", tuple(map(numbers.native_interval, natives))
    if any(one.scale != 1 for one in natives):
        yield "as a share", tuple(numbers.value(one.share) for one in columns)
    counted = (numbers.MISSING if one.n is None else str(one.n) for one in natives)
    yield "samples", tuple(counted)
    for rule in rules:
        yield f"by {rule}", tuple(_by(rule, one) for one in columns)
    yield from _gaps(columns)


def _by(rule: str, column: _Column) -> str:
    """Its own rule is marked, and takes the samples that the harness's number is over."""
    native = column.native
    if rule != native.rule or native.by_rule is None or not native.scale:
        return numbers.value(column.ours(rule))
    return f"{numbers.value(native.by_rule / native.scale)} {'=' if native.agrees else '≠'}"


def _gaps(columns: Sequence[_Column]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The first column is what the others are held against."""
    first, *others = columns
    gaps = [gap(first, one) for one in others]
    if not any(gaps):
        return

    def row(term: Callable[[Gap], float]) -> tuple[str, ...]:
        return "", *(numbers.MISSING if one is None else _signed(term(one)) for one in gaps)

    yield f"above {first.job.harness.name}", row(lambda one: one.whole)
    yield "· by its rule", row(lambda one: one.rule)
    yield "· by its answers", row(lambda one: one.answers)
    if any(one and abs(one.rest) >= LEAST for one in gaps):
        yield "· failures, rounding", row(lambda one: one.rest)


def _signed(term: float) -> str:
    return f"{term:+.4f}" if abs(term) >= LEAST else "0"


def _said(columns: Sequence[_Column], rules: Sequence[str]) -> Iterator[str]:
    for rule in rules:
        whose = [one.job.harness.name for one in columns if one.native.rule == rule]
        known = METRICS.get(rule)
        about = f": {known.summary}" if known else ""
        yield f"{rule}{about}" + (f"; the rule of {', '.join(whose)}" if whose else "")
