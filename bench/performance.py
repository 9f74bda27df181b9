"""How fast a job was and what it took, from the gateway's record and the engine's use.

One engine may serve several jobs at once: what it uses is then the use of them all.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import store
from bench.cost import cost
from bench.engine_use import Window, engine_use
from bench.gateway.record import RecordedRequest
from bench.performance_rows import Histogram, ImagesSent, Latency, Performance, Tokens
from bench.pixels import image_facts
from bench.store import JobDescribed

BINS = 24
FAR = 2  # times p90
CLOCK_S = 1e-6  # the record's times are rounded to this
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
Measured = tuple[Performance | None, dict[str, str]]


def measured(
    folder: Path, job: JobDescribed, requests: Sequence[RecordedRequest], *, documents: int
) -> Measured:
    """Of one job, its effective requests given; beside it what is absent, and why."""
    if not job.through_gateway:
        return None, {"performance": "no request went through the gateway"}
    answered = [one for one in requests if one.status == "ok"]
    attempted = [one for one in requests if one.attempts]
    windows = _windows(requests)
    duration = sum(end - start for start, end in windows) or None
    tokens = _tokens(answered)
    all_counted = tokens is not None and tokens.requests == len(answered)
    use = engine_use(folder, job.model.name, windows) if job.model.engine else None
    asked = documents if job.task.kind == "document" else None
    price = cost(job.prices, requests, documents=asked)
    performance = Performance(
        requests=len(requests),
        failed_requests=len(requests) - len(answered),
        retries=sum(len(one.attempts) - 1 for one in attempted),
        retry_s=round(sum(one.retry_s for one in requests), 6),
        latency_s=spread(one.latency_s for one in answered),
        ttft_s=spread(one.ttft_s for one in answered),
        tpot_s=spread(one.tpot_s for one in answered),
        queue_s=spread(one.queue_s for one in requests),
        tokens=tokens,
        images=_images(folder / store.GATEWAY, requests),
        duration_s=duration,
        requests_per_s=len(answered) / duration if duration else None,
        completion_tokens_per_s=(
            tokens.completion / duration if tokens and all_counted and duration else None
        ),
        concurrency=(
            sum(attempt.latency_s for one in attempted for attempt in one.attempts) / duration
            if duration
            else None
        ),
        engine=use,
        cost=None if isinstance(price, str) else price,
    )
    why = _why(job, answered, tokens)
    if isinstance(price, str):
        why["cost"] = price
    absent = [name for name in why if getattr(performance, name) is None]
    missing = {f"performance.{name}": why[name] for name in absent}
    if use and use.peak_gpu_bytes is None:
        missing["performance.engine.peak_gpu_bytes"] = "no NVIDIA GPU was seen"
    return performance, missing


def spread(values: Iterable[float | None]) -> Latency | None:
    """Mean, quantiles and histogram of those that are known; None where none is."""
    import numpy as np

    known = [value for value in values if value is not None]
    if not known:
        return None
    p50, p90, p95, p99 = (float(one) for one in np.quantile(known, [0.5, 0.9, 0.95, 0.99]))
    return Latency(
        n=len(known),
        mean=float(np.mean(known)),
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        histogram=_histogram(known, p90),
    )


def _histogram(values: Sequence[float], p90: float) -> Histogram | None:
    """From 0 in round steps. A few far ones (a cold first request) are counted apart: they would
    press all others into one bar.
    """
    import numpy as np

    most = max(values)
    top = FAR * p90 if CLOCK_S <= FAR * p90 < most else most
    if top < CLOCK_S:
        return None
    unit = 10.0 ** math.floor(math.log10(top / BINS))
    steps = (float(f"{unit * one:.6g}") for one in _STEPS)
    step = next(one for one in steps if one * BINS >= top)
    bins = math.ceil(top / step)
    counts, _ = np.histogram(values, bins=bins, range=(0.0, bins * step))
    within = tuple(int(count) for count in counts)
    return Histogram(step_s=step, counts=within, above=len(values) - sum(within))


def _windows(requests: Iterable[RecordedRequest]) -> list[Window]:
    """Of each session: from its first request to its last answer."""
    sessions: dict[int, list[Window]] = defaultdict(list)
    for one in requests:
        last = one.attempts[-1] if one.attempts else None
        start = _unix(one.started_at)
        end = _unix(last.started_at) + last.latency_s if last else start + one.queue_s + one.down_s
        sessions[one.session].append((start, max(start, end)))
    return [
        (min(start for start, _ in spans), max(end for _, end in spans))
        for _, spans in sorted(sessions.items())
    ]


def _unix(time: str) -> float:
    return dt.datetime.fromisoformat(time).timestamp()


def _tokens(answered: Iterable[RecordedRequest]) -> Tokens | None:
    pairs = [(one.prompt_tokens, one.completion_tokens) for one in answered]
    known = [(sent, made) for sent, made in pairs if sent is not None and made is not None]
    if not known:
        return None
    return Tokens(
        prompt=sum(sent for sent, _ in known),
        completion=sum(made for _, made in known),
        requests=len(known),
    )


def _images(gateway: Path, requests: Iterable[RecordedRequest]) -> ImagesSent:
    sent = [image.sha256 for one in requests for image in one.images]
    facts = image_facts(gateway, set(sent)) if sent else {}
    sizes = [facts[name].megapixels if name in facts else None for name in sent]
    return ImagesSent(
        sent=len(sent),
        distinct=len(set(sent)),
        megapixels=round(sum(size for size in sizes if size is not None), 6),
        unread=sizes.count(None),
    )


def _why(
    job: JobDescribed, answered: Sequence[RecordedRequest], tokens: Tokens | None
) -> dict[str, str]:
    """The reason for each field that may be absent."""
    if job.model.engine is None:
        no_use = "somebody else serves this model"
    else:
        no_use = "the engine's use was not sampled while this job asked"
    if not answered:
        fields = ("latency_s", "ttft_s", "tpot_s", "tokens", "requests_per_s")
        return {"engine": no_use} | dict.fromkeys(fields, "no request was answered")
    no_stream = "no answer was streamed: parameters {stream: true} measures it"
    uncounted = (
        "no streamed answer has a count of two tokens or more: "
        "parameters {stream_options: {include_usage: true}} asks for the count"
    )
    streamed = any(one.ttft_s is not None for one in answered)
    lacking = len(answered) - (tokens.requests if tokens else 0)
    return {
        "ttft_s": no_stream,
        "tpot_s": uncounted if streamed else no_stream,
        "tokens": "no answer came with its number of tokens",
        "completion_tokens_per_s": (
            f"{lacking} of {len(answered)} answers came without their number of tokens"
        ),
        "engine": no_use,
    }
