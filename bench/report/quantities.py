"""How seconds, bytes, rates and money are said to people: three digits, the unit beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.performance_rows import Cost, EngineUse, Latency, Performance
from bench.report import numbers
from bench.report.numbers import MISSING
from bench.schema import JobReport

TIMES = {
    "latency": "to the last byte of the answer",
    "TTFT": "time to first token",
    "TPOT": "time per token after the first",
    "queue": "waiting for a free place, in no latency",
}
QUANTILES = ("p50", "p90", "p95", "p99")
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def digits(value: float) -> str:
    """Three digits that count, never an exponent: 0.00213, 4.07, 612, 12,345."""
    if value == 0:
        return "0"
    if abs(value) < 1000:
        value = float(f"{value:.3g}")
    before = math.floor(math.log10(abs(value))) + 1
    return f"{value:,.{max(0, 3 - before)}f}"


def seconds(value: float | None) -> str:
    if value is None:
        return MISSING
    if value >= 600:
        return f"{value // 60:,.0f} min {value % 60:.0f} s"
    return f"{digits(1000 * value)} ms" if value < 0.1 else f"{digits(value)} s"


def size(value: float | None) -> str:
    """Decimal units, as disks and NVIDIA's data sheets have them: 1 MB is 1,000,000 bytes."""
    if value is None:
        return MISSING
    value = float(f"{value:.3g}")
    unit, name = next((one for one in _BYTES if value >= one[0]), (1.0, "B"))
    return f"{digits(value / unit)} {name}"


def money(cost: Cost | None) -> str:
    return MISSING if cost is None else f"{digits(cost.amount)} {cost.currency}"


def rate(performance: Performance) -> str:
    per_s = performance.requests_per_s
    return MISSING if per_s is None else f"{digits(per_s)}/s"


def times(performance: Performance) -> Iterator[tuple[str, Latency]]:
    """The times that were measured, by their short names."""
    for name, spread in zip(
        TIMES,
        (performance.latency_s, performance.ttft_s, performance.tpot_s, performance.queue_s),
        strict=True,
    ):
        if spread is not None:
            yield name, spread


def row(spread: Latency) -> tuple[str, ...]:
    """n, mean and the quantiles, all in the unit that suits the p50."""
    values = (spread.mean, *(getattr(spread, name) for name in QUANTILES))
    unit, name = (1000, "ms") if spread.p50 < 0.1 else (1, "s")
    said = (MISSING if value is None else f"{digits(unit * value)} {name}" for value in values)
    return (MISSING if spread.n is None else f"{spread.n:,}", *said)


def summary(performance: Performance | None) -> str | None:
    """One line: `24 requests in 6.10 s: 3.93/s, latency p50 0.210 s p95 0.430 s, 0 retries`."""
    if performance is None or not performance.requests:
        return None
    said = f"{performance.requests:,} request{'s' * (performance.requests != 1)}"
    if performance.duration_s is not None:
        said += f" in {seconds(performance.duration_s)}: {rate(performance)}"
    parts = [said]
    for name, spread in times(performance):
        if name != "queue":
            slow = f" p95 {seconds(spread.p95)}" if spread.p95 is not None else ""
            parts.append(f"{name} p50 {seconds(spread.p50)}{slow}")
    parts.append(f"{performance.retries} retr{'y' if performance.retries == 1 else 'ies'}")
    if use := performance.engine:
        parts.append(f"engine {size(use.peak_rss_bytes)}")
        if use.peak_gpu_bytes:
            whole = " (whole device)" if use.gpu_scope == "device" else ""
            parts.append(f"GPU {size(use.peak_gpu_bytes)}{whole}")
    if performance.cost:
        parts.append(money(performance.cost))
    return ", ".join(parts)


SIDE_BY_SIDE = ("quality", "latency p50", "answers", "peak memory", "cost of 1,000")


def side_by_side(job: JobReport) -> tuple[str, ...]:
    """The headline beside what it took, as SIDE_BY_SIDE names them. Cost: of 1,000 requests."""
    head = next((one for one in job.results if one.level == "global"), None)
    quality = MISSING
    if head is not None:
        quality = f"{head.metric} {numbers.better(head)} {numbers.value(head.value)}"
    spent = job.performance
    if spent is None:
        return (quality, *[MISSING] * 4)
    price = MISSING
    if spent.cost is not None:
        price = f"{digits(spent.cost.per_1000_requests)} {spent.cost.currency}"
    latency = spent.latency_s.p50 if spent.latency_s else None
    return (quality, seconds(latency), rate(spent), memory(spent), price)


def memory(performance: Performance) -> str:
    use = performance.engine
    if use is None:
        return MISSING
    gpu = f" + {size(use.peak_gpu_bytes)} GPU" if use.peak_gpu_bytes else ""
    return f"{size(use.peak_rss_bytes)}{gpu}"


def facts(performance: Performance) -> Iterator[tuple[str, str]]:
    """Everything that is no quantile, in words."""
    yield "requests", f"{performance.requests:,}, of them {performance.failed_requests:,} failed"
    if performance.duration_s is not None:
        yield "time of asking", seconds(performance.duration_s)
        yield "answers", rate(performance)
    if performance.completion_tokens_per_s is not None:
        yield "completion tokens", f"{digits(performance.completion_tokens_per_s)}/s"
    if performance.concurrency is not None:
        yield "requests at a time", f"{digits(performance.concurrency)} on average"
    lost = f", {seconds(performance.retry_s)} lost to them" if performance.retry_s else ""
    yield "retries", f"{performance.retries:,}{lost}"
    yield from _sent(performance)
    if performance.engine:
        yield from _engine(performance.engine)
    if cost := performance.cost:
        yield "cost", f"{money(cost)}, by the prices in the model file"
        yield "for 1,000 requests", f"{digits(cost.per_1000_requests)} {cost.currency}"
        if cost.per_1000_documents is not None:
            yield "for 1,000 documents", f"{digits(cost.per_1000_documents)} {cost.currency}"


def _sent(performance: Performance) -> Iterator[tuple[str, str]]:
    if tokens := performance.tokens:
        answered = performance.requests - performance.failed_requests
        some = f" (told by {tokens.requests:,} of {answered:,} answers)"
        said = f"{tokens.prompt:,} prompt + {tokens.completion:,} completion"
        yield "tokens", said + (some if tokens.requests != answered else "")
    if (images := performance.images) and images.sent:
        unread = f"; {images.unread:,} of unknown size" if images.unread else ""
        said = f"{images.sent:,} ({images.distinct:,} distinct)"
        yield "images sent", f"{said}, {digits(images.megapixels)} megapixels{unread}"


def _engine(use: EngineUse) -> Iterator[tuple[str, str]]:
    yield "engine's peak memory", size(use.peak_rss_bytes)
    if use.cpu_s is not None:
        yield "engine's CPU time", seconds(use.cpu_s)
    if use.peak_gpu_bytes is not None:
        whose = "" if use.gpu_scope == "process" else ", of everybody on the device"
        yield "peak GPU memory", f"{size(use.peak_gpu_bytes)}{whose}"
    if use.gpu_name:
        yield "GPU", use.gpu_name
