from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.performance_rows import Latency, Performance
from bench.report import quantities
from tests.report.reports import benchmark, job, performance, spread


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((0, "0"), (0.00213, "0.00213"), (0.9999, "1.00"), (4.071, "4.07"), (99.96, "100")),
        *((612.4, "612"), (999.6, "1,000"), (12345.6, "12,346"), (1e-7, "0.000000100")),
    ],
)
def test_three_digits_and_no_exponent(value: float, said: str) -> None:
    assert quantities.digits(value) == said


@given(st.floats(1e-9, 1e12))
def test_digits_are_right_to_half_a_per_cent(value: float) -> None:
    said = quantities.digits(value)
    assert re.fullmatch(r"[0-9,]+(\.[0-9]+)?", said)
    assert float(said.replace(",", "")) == pytest.approx(value, rel=0.0051)


def test_seconds_and_bytes_have_the_unit_that_suits_them() -> None:
    assert [quantities.seconds(one) for one in (None, 0.0123, 0.21, 6.1, 59.96, 725)] == [
        *("–", "12.3 ms", "0.210 s", "6.10 s", "60.0 s", "12 min 5 s"),
    ]
    assert [quantities.size(one) for one in (None, 0, 999, 612e6, 999.9e6, 12.3e9, 2e12)] == [
        *("–", "0 B", "999 B", "612 MB", "1.00 GB", "12.3 GB", "2.00 TB"),
    ]


def test_one_quiet_line() -> None:
    plain = performance(
        requests=24, retries=0, ttft_s=None, tpot_s=None, cost=None, requests_per_s=3.934
    )
    use = plain.engine
    assert use is not None
    bare = plain.model_copy(
        update={"engine": use.model_copy(update={"peak_gpu_bytes": None, "gpu_scope": None})}
    )
    assert quantities.summary(bare) == (
        "24 requests in 6.10 s: 3.93/s, latency p50 0.210 s p95 0.420 s, 0 retries, engine 612 MB"
    )
    assert "TTFT p50 35.0 ms p95 70.0 ms" in str(quantities.summary(performance()))
    assert "GPU 12.3 GB (whole device), 0.00213 USD" in str(quantities.summary(performance()))


def test_nothing_is_said_where_nothing_was_measured() -> None:
    nothing = Performance(requests=0, failed_requests=0, retries=0, latency_s=None)
    assert quantities.summary(None) is None
    assert quantities.summary(nothing) is None
    old = Latency(mean=1, p50=1, p90=2, p99=3)
    earlier = nothing.model_copy(update={"requests": 1, "latency_s": old})
    assert quantities.summary(earlier) == "1 request, latency p50 1.00 s, 0 retries"
    assert quantities.row(old) == ("–", "1.00 s", "1.00 s", "2.00 s", "–", "3.00 s")


def test_a_row_has_one_unit() -> None:
    assert quantities.row(spread(0.035, 8)) == (
        *("8", "43.8 ms", "35.0 ms", "38.5 ms", "70.0 ms", "315 ms"),
    )


def test_every_measure_is_a_fact_and_what_is_missing_is_none() -> None:
    said = dict(quantities.facts(performance()))
    assert said["requests"] == "8, of them 2 failed"
    assert said["retries"] == "1, 2.50 s lost to them"
    assert said["tokens"] == "7,000 prompt + 1,234 completion (told by 5 of 6 answers)"
    assert said["images sent"] == "8 (7 distinct), 12.3 megapixels; 1 of unknown size"
    assert said["peak GPU memory"] == "12.3 GB, of everybody on the device"
    assert said["for 1,000 documents"] == "0.710 USD"
    bare = Performance(requests=1, failed_requests=0, retries=0, latency_s=None)
    assert dict(quantities.facts(bare)) == {"requests": "1, of them 0 failed", "retries": "0"}


def test_side_by_side_is_the_headline_and_what_it_took() -> None:
    assert quantities.side_by_side(job()) == (
        *("cer ↓ 0.2500", "0.210 s", "0.984/s", "612 MB + 12.3 GB GPU", "0.355 USD"),
    )
    assert quantities.side_by_side(benchmark()) == ("–",) * 5
    assert len(quantities.SIDE_BY_SIDE) == 5
