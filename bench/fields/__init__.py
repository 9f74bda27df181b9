"""Whether a value means what a reference means, by the declared type of its field.

Formats are explicit, and what is ambiguous is decided by the task's declaration or not at all:
docs/fields.md has the rules.
"""

from __future__ import annotations

from bench.fields.compare import compare, reason
from bench.fields.rule import FieldRule
from bench.fields.verdict import Reason, Verdict

__all__ = ["FieldRule", "Reason", "Verdict", "compare", "reason"]
