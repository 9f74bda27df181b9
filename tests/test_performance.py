"""Performance against sums and quantiles done by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from bench import jsonl
from bench.gateway.record import RecordedRequest
from bench.performance import measured, spread
from bench.performance_rows import Performance, Prices
from bench.pixels import decode
from bench.schema import EnvironmentUsed, HarnessUsed, ModelUsed, TaskUsed
from bench.store import JobDescribed
from tests.made_requests import T0, made


def job(*, engine: str | None = None, gateway: bool = True, **keys: Any) -> JobDescribed:
    return JobDescribed(
        id="j",
        harness=HarnessUsed(name="h", version=None),
        model=ModelUsed(name="m", engine=engine, served_id="m"),
        task=TaskUsed(name="t", kind="document", version="1"),
        environment=EnvironmentUsed(key=None, flavour=None, python=None, lock_sha256=None),
        metrics=(),
        levels=(),
        through_gateway=gateway,
        **keys,
    )


def of(folder: Path, *requests: RecordedRequest, **keys: Any) -> tuple[Performance, dict[str, str]]:
    found, absent = measured(folder, job(**keys), requests, documents=max(1, len(requests)))
    assert found is not None
    return found, absent


def test_quantiles_are_linear_between_the_two_nearest() -> None:
    """Of 1..5 the rank is (n - 1) q: p90 is at 3.6, so 4 + 0.6; p99 at 3.96."""
    times = spread([5.0, 3.0, None, 1.0, 2.0, 4.0])
    assert times is not None
    assert (times.n, times.mean, times.p50) == (5, 3.0, 3.0)
    assert (times.p90, times.p95, times.p99) == pytest.approx((4.6, 4.8, 4.96))
    assert spread([None, None]) is None
    assert spread([]) is None


def test_the_histogram_counts_each_once_in_round_steps() -> None:
    """2 x p90 is 1.76, above the slowest: 24 bars reach 1.2 in steps of 0.05."""
    times = spread([0.07, 0.12, 0.13, 1.2])
    assert times is not None
    assert times.histogram is not None
    assert times.histogram.step_s == 0.05
    counts = times.histogram.counts
    assert (len(counts), counts[1], counts[2], counts[23], sum(counts)) == (24, 1, 2, 1, 4)
    assert times.histogram.above == 0


def test_a_cold_first_request_does_not_press_the_others_into_one_bar() -> None:
    times = spread([30.0] + [0.2 + number / 1000 for number in range(40)])
    assert times is not None
    assert times.histogram is not None
    assert times.histogram.above == 1
    assert sum(count > 0 for count in times.histogram.counts) > 1
    assert sum(times.histogram.counts) == 40


@given(st.lists(st.floats(0, 1e5, allow_nan=False), min_size=1, max_size=60))
@example([6000.5])
def test_no_request_is_lost_in_a_histogram(values: list[float]) -> None:
    times = spread(values)
    assert times is not None
    assert (times.histogram is None) == (max(values) < 1e-6)
    if times.histogram is not None:
        assert sum(times.histogram.counts) + times.histogram.above == len(values)
        assert 1 <= len(times.histogram.counts) <= 24


def test_failures_and_retries_stand_apart_from_latency(tmp_path: Path) -> None:
    """Two failed attempts of 2 s and 3 s with pauses: the last one began 8 s after the first."""
    again = made(0, 1.5, failed_before=[(0, 2), (4, 3)], answered_from=8, retry_s=8.0)
    found, _ = of(tmp_path, again, made(1, 0.5), made(2, 9, status="failed"))
    assert (found.requests, found.failed_requests, found.retries) == (3, 1, 2)
    assert found.retry_s == 8.0
    assert found.latency_s is not None
    assert (found.latency_s.n, found.latency_s.mean) == (2, 1.0)


def test_rates_go_by_the_time_from_first_to_last(tmp_path: Path) -> None:
    """0..2, 1..4 and 3..5 (failed): 5 s, 7 s of asking, 2 answers, 30 tokens."""
    found, absent = of(
        tmp_path,
        *(made(0, 2, tokens=(7, 10)), made(1, 3, tokens=(8, 20))),
        made(3, 2, status="failed"),
    )
    assert found.duration_s == pytest.approx(5)
    assert found.requests_per_s == pytest.approx(2 / 5)
    assert found.completion_tokens_per_s == pytest.approx(30 / 5)
    assert found.concurrency == pytest.approx(7 / 5)
    assert found.tokens is not None
    assert (found.tokens.prompt, found.tokens.completion, found.tokens.requests) == (15, 30, 2)
    assert "performance.tokens" not in absent


def test_waiting_for_a_place_is_no_latency_but_takes_time(tmp_path: Path) -> None:
    found, _ = of(tmp_path, made(0, 1), made(0, 1, queue_s=1.0))
    assert found.queue_s is not None
    assert (found.queue_s.n, found.queue_s.mean) == (2, 0.5)
    assert found.duration_s == pytest.approx(2)
    assert found.latency_s is not None
    assert found.latency_s.p99 == pytest.approx(1)


def test_the_pause_before_a_resume_does_not_count(tmp_path: Path) -> None:
    """0..3 in the first session, an hour later 3600..3604 in the second."""
    first = [made(0, 1), made(1, 2)]
    second = [made(3600, 1, session=2), made(3602, 2, session=2)]
    found, _ = of(tmp_path, *second, *first)
    assert found.duration_s == pytest.approx(7)
    assert found.requests_per_s == pytest.approx(4 / 7)


def test_what_was_not_streamed_has_no_ttft_and_says_how_to_get_it(tmp_path: Path) -> None:
    found, absent = of(tmp_path, made())
    assert (found.ttft_s, found.tpot_s) == (None, None)
    said = "no answer was streamed: parameters {stream: true} measures it"
    assert absent["performance.ttft_s"] == absent["performance.tpot_s"] == said


def test_time_per_token_is_after_the_first(tmp_path: Path) -> None:
    """(3 - 1) / (5 - 1) and (2 - 1) / (11 - 1)."""
    found, absent = of(
        tmp_path,
        *(made(0, 3, ttft_s=1.0, tokens=(1, 5)), made(0, 2, ttft_s=1.0, tokens=(1, 11))),
        made(0, 2, ttft_s=2.0, tokens=(1, 1)),
    )
    assert found.ttft_s is not None
    assert found.tpot_s is not None
    assert (found.ttft_s.n, found.tpot_s.n) == (3, 2)
    assert found.tpot_s.mean == pytest.approx((0.5 + 0.1) / 2)
    assert "performance.ttft_s" not in absent


def test_a_stream_without_tokens_says_which_parameter_is_missing(tmp_path: Path) -> None:
    found, absent = of(tmp_path, made(ttft_s=0.1, tokens=None))
    assert found.ttft_s is not None
    assert found.tpot_s is None
    assert "stream_options: {include_usage: true}" in absent["performance.tpot_s"]
    assert absent["performance.tokens"] == "no answer came with its number of tokens"


def test_tokens_of_some_give_no_rate_of_all(tmp_path: Path) -> None:
    found, absent = of(tmp_path, made(tokens=(4, 2)), made(tokens=None))
    assert found.tokens is not None
    assert (found.tokens.completion, found.tokens.requests) == (2, 1)
    assert found.completion_tokens_per_s is None
    said = absent["performance.completion_tokens_per_s"]
    assert said == "1 of 2 answers came without their number of tokens"


def test_images_are_counted_as_sent_and_once(tmp_path: Path) -> None:
    place = tmp_path / "gateway" / "images"
    place.mkdir(parents=True)
    broken = "b" * 64
    for name, size in (("a" * 64, (2000, 1000)), ("c" * 64, (100, 50))):
        Image.new("L", size).save(place / f"{name}.png")
    (place / f"{broken}.png").write_bytes(b"no image")
    assert decode(place / f"{'a' * 64}.png").megapixels == 2.0
    found, _ = of(
        tmp_path,
        made(images=("a" * 64, "c" * 64, broken)),
        made(images=("a" * 64, "d" * 64)),
    )
    assert found.images is not None
    assert (found.images.sent, found.images.distinct, found.images.unread) == (5, 4, 2)
    assert found.images.megapixels == pytest.approx(2 + 2 + 0.005)


def test_nothing_answered_gives_no_number_and_the_reason(tmp_path: Path) -> None:
    found, absent = of(tmp_path, made(status="failed"), prices=Prices(per_request=1))
    assert found.latency_s is None
    assert found.failed_requests == 1
    for name in ("latency_s", "ttft_s", "tpot_s", "tokens", "cost"):
        assert absent[f"performance.{name}"] == "no request was answered"
    empty, absent = of(tmp_path)
    assert (empty.requests, empty.duration_s, empty.queue_s) == (0, None, None)
    assert absent["performance.requests_per_s"] == "no request was answered"


def test_without_a_gateway_there_is_no_performance(tmp_path: Path) -> None:
    found = measured(tmp_path, job(gateway=False), [], documents=1)
    assert found == (None, {"performance": "no request went through the gateway"})


def test_the_engine_is_ours_somebody_elses_or_was_not_seen(tmp_path: Path) -> None:
    _, absent = of(tmp_path, made())
    assert absent["performance.engine"] == "somebody else serves this model"
    _, absent = of(tmp_path, made(), engine="toy")
    assert absent["performance.engine"] == "the engine's use was not sampled while this job asked"
    (tmp_path / "engines/m").mkdir(parents=True)
    row = {"t": T0 + 0.5, "rss": 612_000_000, "cpu_s": 3.5, "processes": 2}
    jsonl.write(tmp_path / "engines/m/usage.jsonl", [row])
    found, absent = of(tmp_path, made(), engine="toy")
    assert found.engine is not None
    assert found.engine.peak_rss_bytes == 612_000_000
    assert found.engine.samples == ((0.5, 612_000_000, None, None),)
    assert absent["performance.engine.peak_gpu_bytes"] == "no NVIDIA GPU was seen"
    assert "performance.engine" not in absent


def test_prices_give_a_cost_and_their_lack_says_so(tmp_path: Path) -> None:
    found, absent = of(tmp_path, made(), made(), prices=Prices(per_request=0.25))
    assert found.cost is not None
    assert (found.cost.amount, found.cost.per_1000_documents) == (0.5, 250)
    assert "performance.cost" not in absent
    _, absent = of(tmp_path, made())
    assert absent["performance.cost"] == "the model file gives no prices"


def test_a_report_of_an_earlier_version_is_still_read() -> None:
    old = {
        "requests": 8,
        "failed_requests": 2,
        "retries": 1,
        "latency_s": {"mean": 1, "p50": 1, "p90": 2, "p99": 3},
    }
    found = Performance.model_validate(old)
    assert found.latency_s is not None
    assert (found.latency_s.p90, found.latency_s.p95, found.engine) == (2, None, None)
