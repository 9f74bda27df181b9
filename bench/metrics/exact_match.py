"""Exact match: 1 where the answer equals one of the references under the task's policy."""

from __future__ import annotations

from bench.metrics.metric import Metric, Part, Policy, zero


def exact_match(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    said = policy.apply(prediction)
    return Part(float(any(said == policy.apply(text) for text in references)), 1.0)


EXACT_MATCH = Metric(
    name="exact_match",
    summary="share of answers equal to a reference",
    higher_is_better=True,
    low=0.0,
    high=1.0,
    unit="share",
    measure=exact_match,
    worst=zero,
)
