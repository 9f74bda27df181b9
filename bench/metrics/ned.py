"""1-N.E.D.: one minus the normalised edit distance, the mean over the samples.

Source: ICDAR 2019 Robust Reading Challenges on arbitrary-shaped text (ArT; Chng et al., ICDAR 2019)
and on large-scale street view text (LSVT; Sun et al., ICDAR 2019). A sample scores
1 - edits / length of the longer text, without a threshold; two empty texts score 1. Of several
references the best counts. What is folded beforehand (the challenges fold case) is the task's
policy.
"""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from bench.metrics.metric import Part, Policy, similarity


def one_minus_ned(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    said = policy.apply(prediction)
    near = (Levenshtein.normalized_similarity(said, policy.apply(text)) for text in references)
    return Part(max(near), 1.0)


ONE_MINUS_NED = similarity(
    "1-ned",
    "1 - edits over the longer text, mean over the samples (ICDAR's 1-N.E.D.)",
    one_minus_ned,
    takes_policy=True,
)
