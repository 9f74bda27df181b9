"""Is B better than A? Paired record by record, with an interval and a test; and a gate on it."""

from __future__ import annotations

from bench.comparison.compare import compare
from bench.comparison.rows import Compared, Comparison, Estimate, MetricCompared

__all__ = ["Compared", "Comparison", "Estimate", "MetricCompared", "compare"]
