"""Field match: 1 where the answer means what a reference means, by the type of the field.

The rules are those of bench/fields (docs/fields.md). A sample whose field has no declared type is
compared as exact_match does, by the policy.
"""

from __future__ import annotations

from bench.fields import reason
from bench.fields.verdict import MATCHING
from bench.metrics.exact_match import exact_match
from bench.metrics.metric import Part, Policy, similarity


def field_match(prediction: str, references: tuple[str, ...], policy: Policy) -> Part:
    if policy.field is None:
        return exact_match(prediction, references, policy)
    found = reason(prediction, references, policy.field)
    return Part(float(found in MATCHING), 1.0, found)


FIELD_MATCH = similarity(
    "field_match",
    "share of answers that mean what a reference means, by the field's type",
    field_match,
    unit="share",
    takes_policy=True,
)
