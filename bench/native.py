"""A harness's own numbers, with what can be said of them: an interval, and the rule behind them.

Neither changes a number. The interval is made of the harness's own scores of the samples, and only
where their mean is the number. The rule is the metric of bench that is meant to be the harness's:
it is applied to the stored answers, and the two values are put side by side.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bench.protocol import NativeScore
from bench.quality_rows import Interval
from bench.schema import NativeResult, Result
from bench.statistics import bootstrap, interval
from bench.store import SampleKept

# Harnesses round to four digits, or to two of a percentage.
ROUNDING = 5.1e-5


def native_results(
    given: Sequence[NativeResult],
    scores: Iterable[NativeScore],
    samples: Sequence[SampleKept],
    results: Sequence[Result],
    rules: Mapping[str, str],
    *,
    seed: int,
) -> tuple[NativeResult, ...]:
    """`rules`: the label of the result that is the harness's rule, by the harness's metric."""
    by_metric: dict[str, dict[str, float]] = defaultdict(dict)
    for score in scores:
        by_metric[score.metric][score.id] = score.value
    known = {sample.id: sample for sample in samples}
    return tuple(
        _with_rule(
            one.model_copy(
                update={"interval": _interval(one, by_metric.get(one.metric, {}), known, seed=seed)}
            ),
            results,
            rules.get(one.metric),
        )
        for one in given
    )


def _interval(
    native: NativeResult,
    scores: Mapping[str, float],
    samples: Mapping[str, SampleKept],
    *,
    seed: int,
) -> Interval | None:
    """None where the number is not the mean of the samples' scores."""
    ids = [
        name
        for name in scores
        if name in samples and native.group in (None, samples[name].doc_type)
    ]
    values = [scores[name] for name in ids]
    if (
        not values
        or len(values) != (native.n or len(values))
        or not all(map(math.isfinite, values))
    ):
        return None
    scale = _scale(native, math.fsum(values) / len(values))
    if scale is None:
        return None
    documents = [samples[name].doc_id for name in ids]
    scaled = [value * scale for value in values]
    bounds = bootstrap(scaled, [1.0] * len(scaled), documents, seed=seed)
    return interval(bounds, low=min(0.0, *scaled), high=native.scale or None)


def _scale(native: NativeResult, mean: float) -> float | None:
    """What a sample's score is multiplied by to be on the value's scale."""
    whole = native.scale or 1.0
    for scale in {1.0, whole, whole / 100}:
        if abs(mean * scale - native.value) <= ROUNDING * max(whole, 1.0):
            return scale
    return None


def _with_rule(native: NativeResult, results: Sequence[Result], rule: str | None) -> NativeResult:
    found = [one for one in results if one.metric == rule and _same_group(one, native.group)]
    if not found or native.scale is None:
        return native
    result = found[0]
    # A harness that leaves failures out has the mean over what was answered.
    left_out = native.n is not None and native.n == result.answered < result.n
    value = result.value_answered if left_out else result.value
    if value is None:
        return native
    agrees = abs(value - native.value / native.scale) <= ROUNDING
    update = {"rule": rule, "by_rule": value * native.scale, "agrees": agrees}
    return native.model_copy(update=update)


def _same_group(result: Result, group: str | None) -> bool:
    if group is None:
        return result.level == "global"
    return (result.level, result.group) == ("doc_type", group)
