"""Character error rate: edits (insert, delete, substitute) over the characters of the reference.

Micro over the corpus: the sum of the edits over the sum of the reference lengths, so that a long
page weighs more than a short one. It has no upper bound: an answer longer than its reference can
give more edits than the reference has characters. A reference that is too long has no score
(bench/metrics/edits.py).
"""

from __future__ import annotations

from bench.metrics.edits import edits, measurable
from bench.metrics.metric import TOO_LONG, Metric, Part, Policy


def cer(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    """Edits and length for the reference that gives the lowest rate.

    An empty reference has no rate of its own: what was answered counts as edits (numerator) over
    a length of 0, so it still raises the corpus value.
    """
    said = policy.apply(prediction)
    parts = [_part(said, text) for text in measurable(map(policy.apply, references))]
    return min(parts, key=rate, default=TOO_LONG)


def whole_reference_deleted(references: tuple[str, ...], policy: Policy) -> Part:
    """The longest reference, all of it missing: a rate of 1."""
    lengths = [float(len(text)) for text in measurable(map(policy.apply, references))]
    return Part(max(lengths), max(lengths)) if lengths else TOO_LONG


def _part(said: str, reference: str) -> Part:
    return Part(float(edits(said, reference)), float(len(reference)))


def rate(part: Part) -> tuple[float, float]:
    """For choosing the nearest reference: an empty one is near only to an empty answer."""
    if part.denominator:
        return part.numerator / part.denominator, part.numerator
    return (float("inf") if part.numerator else 0.0), part.numerator


CER = Metric(
    name="cer",
    summary="character error rate, micro over the corpus",
    higher_is_better=False,
    low=0.0,
    high=None,
    unit="edits per reference character",
    measure=cer,
    worst=whole_reference_deleted,
)
