"""Rows of the report that say how fast, how big and how dear a job was.

All but the oldest fields may be missing: reports of earlier versions are read as well.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.row import Row


class Histogram(Row):
    """Requests by their time. counts[i] took from i to i + 1 times `step_s` seconds."""

    step_s: float
    counts: tuple[int, ...]
    above: Annotated[int, Field(description="requests beyond the last of the counts")] = 0


class Latency(Row):
    """Seconds, and how they are spread over the requests that have them.

    Quantiles are linear between the two nearest requests (numpy's default; type 7 of Hyndman and
    Fan, Sample Quantiles in Statistical Packages, 1996): of few requests the p99 is their slowest.
    """

    n: int | None = None
    mean: float
    p50: float
    p90: float
    p95: float | None = None
    p99: float
    histogram: Histogram | None = None


class Tokens(Row):
    """Sums over the answered requests that reported them: `requests` of them."""

    prompt: int
    completion: int
    requests: int


class ImagesSent(Row):
    """`sent` counts an image that is sent twice twice; `distinct` goes by the bytes."""

    sent: int
    distinct: int
    megapixels: Annotated[float, Field(description="width x height of all sent, in millions")]
    unread: Annotated[int, Field(description="sent, but of unknown size: not in megapixels")] = 0


UsePoint = tuple[float, int | None, int | None, float | None]


class EngineUse(Row):
    """The engine's whole process tree while this job's requests ran, sampled once a second.

    RSS counts memory that processes share once for each of them. With the scope `device`, GPU
    memory is what everybody uses on the device; with `process` the engine's alone.
    """

    peak_rss_bytes: int | None
    peak_gpu_bytes: int | None = None
    gpu_scope: Literal["process", "device"] | None = None
    gpu_name: str | None = None
    cpu_s: Annotated[float | None, Field(description="CPU seconds, of all its processes")] = None
    samples: Annotated[
        tuple[UsePoint, ...],
        Field(
            description="[seconds of asking, RSS in bytes, GPU bytes, GPU use in %], 120 at most"
        ),
    ] = ()


class Prices(Row):
    """What a provider asks, in `currency`, by its price list."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    input_per_million: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    output_per_million: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    per_request: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    per_image: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class Cost(Row):
    """Of the answered requests, each counted once, by the prices of the model file."""

    amount: float
    currency: str
    per_1000_requests: float
    per_1000_documents: Annotated[float | None, Field(description="of a document task")] = None
    prices: Prices


class Performance(Row):
    """Read from the gateway's record of this job. Times in seconds, tokens as the endpoint counts.

    An answer that a resumed run replayed has the times of its first asking. `duration_s` is from
    the first request to the last answer, summed over the sessions of the run.
    """

    requests: int
    failed_requests: int
    retries: Annotated[int, Field(description="attempts after the first of a request")]
    retry_s: Annotated[
        float | None,
        Field(description="spent on failed attempts and the pauses after them: in no latency"),
    ] = None
    latency_s: Annotated[
        Latency | None, Field(description="of the attempt that answered, to its last byte")
    ]
    ttft_s: Annotated[
        Latency | None, Field(description="time to first token, of streamed answers")
    ] = None
    tpot_s: Annotated[
        Latency | None,
        Field(description="(latency - TTFT) / (completion tokens - 1), of streamed answers"),
    ] = None
    queue_s: Annotated[
        Latency | None, Field(description="waiting for a free place, in no latency")
    ] = None
    tokens: Tokens | None = None
    images: ImagesSent | None = None
    duration_s: float | None = None
    requests_per_s: Annotated[float | None, Field(description="answered requests")] = None
    completion_tokens_per_s: float | None = None
    concurrency: Annotated[
        float | None, Field(description="requests at the endpoint at a time, on average")
    ] = None
    engine: EngineUse | None = None
    cost: Cost | None = None
