"""Records -> results: each metric at each level and group, with intervals, in bounded memory."""

from __future__ import annotations

from bench.aggregate.aggregator import Aggregator, results

__all__ = ["Aggregator", "results"]
