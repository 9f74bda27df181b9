"""1-N.E.D.: one minus the normalised edit distance, the mean over the samples.

Source: ICDAR 2019 Robust Reading Challenges on arbitrary-shaped text (ArT; Chng et al., ICDAR 2019)
and on large-scale street view text (LSVT; Sun et al., ICDAR 2019). A sample scores
1 - edits / length of the longer text, without a threshold; two empty texts score 1. Of several
references the best counts. What is folded beforehand (the challenges fold case) is the task's
policy. A reference that is too long has no score (bench/metrics/edits.py).
"""

from __future__ import annotations

from bench.metrics.edits import edits, measurable
from bench.metrics.metric import NOTHING, TOO_LONG, Part, Policy, similarity


def one_minus_ned(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    said = policy.apply(prediction)
    near = [_near(said, text) for text in measurable(map(policy.apply, references))]
    return Part(max(near), 1.0) if near else TOO_LONG


def worst(references: tuple[str, ...], policy: Policy) -> Part:
    return NOTHING if measurable(map(policy.apply, references)) else TOO_LONG


def _near(said: str, true: str) -> float:
    longer = max(len(said), len(true))
    return 1.0 - edits(said, true) / longer if longer else 1.0


ONE_MINUS_NED = similarity(
    "1-ned",
    "1 - edits over the longer text, mean over the samples (ICDAR's 1-N.E.D.)",
    one_minus_ned,
    worst=worst,
    takes_policy=True,
)
