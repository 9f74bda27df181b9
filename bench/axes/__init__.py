"""Four views of a job's answers, each from 0 to 1 or null with a reason (docs/axes.md)."""

from __future__ import annotations

from bench.axes.measure import axes

__all__ = ["axes"]
