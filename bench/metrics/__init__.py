"""The metrics, by name. A metric measures a sample; a result is a sum over a sum of such parts."""

from __future__ import annotations

from bench.metrics.anls import ANLS, ANLS_VLMEVALKIT
from bench.metrics.cer import CER
from bench.metrics.exact_match import EXACT_MATCH
from bench.metrics.metric import Metric, Part, Policy
from bench.metrics.wer import WER

METRICS: dict[str, Metric] = {
    metric.name: metric for metric in (EXACT_MATCH, CER, WER, ANLS, ANLS_VLMEVALKIT)
}

__all__ = ["METRICS", "Metric", "Part", "Policy"]
