"""A fixed report with one of everything, for the renderers."""

from __future__ import annotations

from typing import Any

from bench.performance_rows import (
    Cost,
    EngineUse,
    Histogram,
    ImagesSent,
    Latency,
    Performance,
    Prices,
    Tokens,
)
from bench.quality_rows import Interval
from bench.schema import (
    Artifact,
    Counts,
    EnvironmentUsed,
    HarnessUsed,
    JobReport,
    Level,
    ModelUsed,
    NativeResult,
    Range,
    Record,
    Report,
    Result,
    RunUsed,
    Score,
    TaskUsed,
    Trouble,
)


def result(metric: str = "cer", level: Level = "global", group: str = "all", **keys: Any) -> Result:
    values: dict[str, Any] = {
        "value": 0.25,
        "value_answered": 0.125,
        "n": 8,
        "answered": 6,
        "failed": 2,
        "higher_is_better": False,
        "range": Range(low=0, high=None),
        "unit": "edits per character",
        "interval": Interval(low=0.1, high=0.5, confidence=0.95, method="bootstrap", clusters=4),
    }
    return Result(metric=metric, level=level, group=group, **values | keys)


def job(**keys: Any) -> JobReport:
    values: dict[str, Any] = {
        "id": "echo--m--tiny-m",
        "status": "ok",
        "harness": HarnessUsed(name="echo", version="1"),
        "model": ModelUsed(name="m", engine="toy", served_id="m", pipeline=True),
        "task": TaskUsed(name="tiny:m", kind="document", version="1"),
        "environment": EnvironmentUsed(
            key="k", flavour="cpu", python="3.11.7", lock_sha256="0123456789abcdef", note="a note"
        ),
        "counts": Counts(expected=8, answered=6, failed=2, unscored=1),
        "results": (
            result(),
            result(level="doc_type", group="invoice [a|b]*", n=5, interval=None),
            result("exact_match", higher_is_better=True, value=None, value_answered=None),
        ),
        "native": (),
        "errors": (
            Trouble(kind="http", message="HTTP 500: [/] `<b>`\nline", n=2, samples=("s2", "s5")),
            Trouble(kind="timeout", message="no answer within 1 s", n=9, samples=("a", "b", "c")),
            Trouble(kind="counts_open", message="not every sample has an answer", n=1),
        ),
        "performance": performance(),
        "notes": ("3 [odd] rows were left out",),
        "artifacts": (Artifact(path="jobs/x/log.txt", sha256="0" * 64),),
    }
    return JobReport(**values | keys)


def spread(p50: float, *counts: int, above: int = 0) -> Latency:
    """Bars of half of p50 each; p90 is near p50, p99 nine times as much."""
    return Latency(
        n=sum(counts) + above,
        mean=1.25 * p50,
        p50=p50,
        p90=1.1 * p50,
        p95=2 * p50,
        p99=9 * p50,
        histogram=Histogram(step_s=p50 / 2, counts=counts, above=above),
    )


def performance(**keys: Any) -> Performance:
    """One of everything that is measured."""
    bars = (0, 1, 4, 1, 0, 1, 0, 0)
    use = EngineUse(
        peak_rss_bytes=612_000_000,
        peak_gpu_bytes=12_300_000_000,
        gpu_scope="device",
        gpu_name="NVIDIA <Toy>",
        cpu_s=11.5,
        samples=(
            (0.0, 200_000_000, None, None),
            (2.0, 612_000_000, 12_300_000_000, 80.0),
            (6.1, 400_000_000, 9_000_000_000, 40.0),
        ),
    )
    values: dict[str, Any] = {
        "requests": 8,
        "failed_requests": 2,
        "retries": 1,
        "retry_s": 2.5,
        "latency_s": spread(0.21, *bars, above=1),
        "ttft_s": spread(0.035, *bars),
        "tpot_s": spread(0.0091, *bars),
        "queue_s": spread(0.001, *bars),
        "tokens": Tokens(prompt=7000, completion=1234, requests=5),
        "images": ImagesSent(sent=8, distinct=7, megapixels=12.34, unread=1),
        "duration_s": 6.1,
        "requests_per_s": 6 / 6.1,
        "completion_tokens_per_s": 202.3,
        "concurrency": 3.9,
        "engine": use,
        "cost": Cost(
            amount=0.00213,
            currency="USD",
            per_1000_requests=0.355,
            per_1000_documents=0.71,
            prices=Prices(input_per_million=0.15, output_per_million=0.6),
        ),
    }
    return Performance(**values | keys)


def benchmark() -> JobReport:
    natives = (
        NativeResult(metric="Overall", value=61.5, scale=100, n=8, failed_scored=2, source="acc"),
        NativeResult(metric="Split", group="val", value=0.5, scale=1, source="acc"),
    )
    return job(
        id="kit--m--DocVQA",
        status="crashed",
        task=TaskUsed(name="DocVQA", kind="benchmark", version=None),
        model=ModelUsed(name="m", engine=None, served_id="m"),
        environment=EnvironmentUsed(key=None, flavour=None, python=None, lock_sha256=None),
        harness=HarnessUsed(name="kit", version=None),
        counts=Counts(expected=8, answered=8, failed=0, unscored=0),
        results=(),
        errors=(),
        native=natives,
        performance=None,
    )


def report(*jobs: JobReport, limit: int | None = 8) -> Report:
    used = RunUsed(
        id="20260101-000000-tiny",
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:01:00+00:00",
        command=("bench", "eval", "--backend", "echo"),
        config_sha256="fedcba9876543210",
        bench_version="0.1.0",
        limit=limit,
        seed=0,
    )
    return Report(run=used, jobs=jobs or (job(), benchmark()))


def record(sample: str, prediction: str | None, **keys: Any) -> Record:
    values: dict[str, Any] = {
        "job": "echo--m--tiny-m",
        "doc_id": "d1",
        "doc_type": "invoice",
        "field": None,
        "language": "en",
        "references": ("a", "b"),
        "value": prediction,
        "status": "failed" if prediction is None else "answered",
        "scores": {"cer": Score(value=0.5, numerator=1, denominator=2)},
        "error_kind": "http" if prediction is None else None,
    }
    return Record(id=sample, prediction=prediction, **values | keys)
