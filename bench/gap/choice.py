"""Which number the gap is of, and by which rule both sides' answers are scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.differences.sides import JobOf
from bench.errors import UsageError, suggestion
from bench.gap.sums import Ends
from bench.gap.walk import Cause
from bench.metrics.plugins import known_metric, metric_names
from bench.schema import NativeResult
from bench.store import JobDescribed
from bench.task import MetricUse

OWN_COUNTS = Cause(rest="own count", side="A"), Cause(rest="own count", side="B")


@dataclass(frozen=True)
class Choice:
    """`use` scores both sides on the way. `a_label`, `b_label`: under which each side has stored
    scores of its own; None where it has none, so that its way begins with `use`.
    """

    name: str
    use: MetricUse
    a_label: str | None
    b_label: str | None
    ends: Ends
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoChoice:
    why: str


def chosen(
    a: JobOf, b: JobOf, old: JobDescribed, new: JobDescribed, name: str | None
) -> Choice | NoChoice:
    """By B's use of the metric. UsageError for one that neither has and bench does not know."""
    uses_a, uses_b = _labelled(old.metrics), _labelled(new.metrics)
    if name is not None:
        use = uses_b.get(name) or uses_a.get(name) or MetricUse(metric=name)
        if known_metric(use.metric) is None:
            known = {*uses_a, *uses_b, *metric_names()}
            raise UsageError(f"unknown metric {name!r}", hint=suggestion(name, known))
        return _named(a, b, use)
    if not (uses_a or uses_b):
        return NoChoice("bench has no metric of its own here: see --metric and --native")
    shared = [label for label in uses_a if label in uses_b]
    first_a, first_b = next(iter(uses_a), None), next(iter(uses_b), None)
    use = uses_b[shared[0]] if shared else next(iter([*new.metrics, *old.metrics]))
    notes: tuple[str, ...] = ()
    if first_a != first_b:
        heads = f"A's first metric is {first_a or 'none'}, B's is {first_b or 'none'}"
        notes = (f"{heads}: the gap is of {use.label}; --metric names another",)
    return _named(a, b, use, notes)


def _labelled(uses: Sequence[MetricUse]) -> dict[str, MetricUse]:
    return {use.label: use for use in uses}


def _named(a: JobOf, b: JobOf, use: MetricUse, notes: tuple[str, ...] = ()) -> Choice:
    label = use.label
    found = [label if label in side.value else None for side in (a, b)]
    for name, one in zip("AB", found, strict=True):
        if one is None:
            notes += (f"{name}'s report has no {label}: its answers are scored by it here",)
    a_label, b_label = found
    ends = Ends(
        a=a.value[a_label].value if a_label else None,
        b=b.value[b_label].value if b_label else None,
    )
    return Choice(label, use, a_label, b_label, ends, notes)


def native(
    a: JobOf, b: JobOf, old: JobDescribed, new: JobDescribed, name: str | None
) -> Choice | NoChoice:
    """The harnesses' own numbers, as shares; each goes over to its rule among bench's metrics.

    `name`: which of their metrics, where they have several. UsageError where neither has it.
    """
    ours = [_own(side, name) for side in (a, b)]
    if name is not None and ours == [None, None]:
        known = {one.metric for side in (a, b) for one in side.job.native if one.group is None}
        said = f"neither harness gives a number {name!r} over all samples"
        raise UsageError(said, hint=suggestion(name, known))
    labels, values = [], []
    for side, one, described in zip("AB", ours, (old, new), strict=True):
        if one is None:
            return NoChoice(f"the harness of {side} gives no such number of its own")
        if one.scale is None:
            return NoChoice(f"what a perfect {one.metric} is in {side} is not known")
        rule = described.native_rules.get(one.metric)
        if rule is None or rule not in _labelled(described.metrics):
            return NoChoice(f"the rule behind {one.metric} of {side} is not known")
        labels.append(rule)
        values.append(one.value / one.scale)
    metrics = list(dict.fromkeys(one.metric for one in ours if one))
    return Choice(
        name="native " + " → ".join(metrics),
        use=_labelled(new.metrics)[labels[1]],
        a_label=labels[0],
        b_label=labels[1],
        ends=Ends(values[0], values[1], *OWN_COUNTS),
    )


def _own(side: JobOf, name: str | None) -> NativeResult | None:
    """The one over all samples: whose rule is known, where none is named."""
    whole = [one for one in side.job.native if one.group is None]
    if name is not None:
        return next((one for one in whole if one.metric == name), None)
    return next((one for one in whole if one.rule), next(iter(whole), None))
