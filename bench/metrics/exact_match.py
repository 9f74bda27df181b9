"""Exact match: 1 where the answer equals one of the references under the task's policy."""

from __future__ import annotations

from bench.metrics.metric import Part, Policy, similarity


def exact_match(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    said = policy.apply(prediction)
    return Part(float(any(said == policy.apply(text) for text in references)), 1.0)


EXACT_MATCH = similarity(
    "exact_match",
    "share of answers equal to a reference",
    exact_match,
    unit="share",
    takes_policy=True,
)
