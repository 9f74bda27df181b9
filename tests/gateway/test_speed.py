from __future__ import annotations

import base64
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.gateway.launch import job_url
from tests.gateway.loopback import always, answer_body, endpoint, gateway

LOAD = str(Path(__file__).with_name("load.py"))
MIB = 2**20
ROUNDS, REQUESTS, WARM_UP = 5, 320, 32
BUSY_PERCENT = 15.0


@contextmanager
def loaded() -> Iterator[str]:
    """The address of an endpoint of its own process, which answers after 50 ms."""
    with subprocess.Popen([sys.executable, LOAD, "serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        finally:
            server.kill()


def load(*arguments: object) -> Any:
    asking = [sys.executable, LOAD, *map(str, arguments)]
    return json.loads(subprocess.run(asking, check=True, capture_output=True).stdout)


def seconds(url: str) -> float:
    return float(load("ask", url, REQUESTS))


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@pytest.mark.slow
def test_a_request_costs_a_millisecond_and_a_tenth_of_the_throughput_at_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = psutil.cpu_percent(1.0)
    with loaded() as direct, gateway(tmp_path, direct, concurrency=32) as proxy:
        process = psutil.Process(proxy.process.pid)
        through = job_url(proxy.port, "job")
        before = cpu_seconds(process)
        pairs = [(seconds(direct), seconds(through)) for _ in range(ROUNDS)]
        used = cpu_seconds(process) - before
        rows = proxy.requests()
    assert len(rows) == ROUNDS * (REQUESTS + WARM_UP)
    assert {row.status for row in rows} == {"ok"}
    cpu_ms = used / len(rows) * 1000
    # The least disturbed round of each side, as timeit takes it.
    share = min(alone for alone, _ in pairs) / min(proxied for _, proxied in pairs)
    rates = [[round(REQUESTS / took) for took in pair] for pair in pairs]
    with capsys.disabled():
        print(f"\n{cpu_ms:.2f} ms CPU a request, {share:.0%} of direct throughput, {rates} req/s")
    assert cpu_ms <= 1.0
    if busy > BUSY_PERCENT:
        pytest.skip(f"others took {busy:.0f} % of the CPU: throughput here says nothing")
    # On two cores that client, endpoint and gateway share, 0.82 to 0.93 were seen.
    assert share >= 0.9


@pytest.mark.slow
def test_ten_thousand_requests_leave_nothing_in_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with loaded() as direct, gateway(tmp_path, direct, concurrency=32) as proxy:
        process = psutil.Process(proxy.process.pid)
        through = job_url(proxy.port, "job")
        load("ask", through, 30 * WARM_UP)
        early = process.memory_info().rss
        load("ask", through, 282 * WARM_UP)
        late = process.memory_info().rss
        record = tmp_path / "requests.jsonl"
        assert record.read_bytes().count(b"\n") == 10_048
        written = record.stat().st_size
    grown = late - early
    with capsys.disabled():
        said = f"{early / MIB:.1f} MiB after 1,000 requests, {late / MIB:.1f} after 10,000"
        print(f"\n{said}; {written / MIB:.1f} MiB of record")
    # A list of what was asked alone would take more than the record itself.
    assert grown < written / 4


@pytest.mark.slow
def test_an_image_of_20_mb_passes_and_is_stored_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = b"\x89PNG\r\n\x1a\n" + os.urandom(20_000_000)
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    part = {"type": "image_url", "image_url": {"url": url}}
    body = json.dumps({"messages": [{"role": "user", "content": [part]}]}).encode()
    with (
        endpoint(always(answer_body("42"))) as server,
        gateway(tmp_path, server.url) as proxy,
    ):
        process = psutil.Process(proxy.process.pid)
        took = []
        for _ in range(4):
            started = time.perf_counter()
            assert proxy.ask(body).status == 200
            took.append(time.perf_counter() - started)
            if len(took) == 1:
                early = process.memory_info().rss
        late = process.memory_info().rss
        assert [seen.body == body for seen in server.seen] == [True] * 4
        sent = [row.images[0].sha256 for row in proxy.requests()]
        (stored,) = (tmp_path / "images").iterdir()
        assert stored.read_bytes() == image
    assert sent == [stored.stem] * 4
    assert (tmp_path / "requests.jsonl").stat().st_size < 10_000
    with capsys.disabled():
        print(f"\n{[round(one, 2) for one in took]} s, {late / MIB:.0f} MiB at the end")
    assert late - early < 2 * len(body)


@pytest.mark.slow
def test_the_first_token_comes_3_ms_later_at_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with loaded() as direct, gateway(tmp_path, direct) as proxy:
        pairs = load("firsts", direct, job_url(proxy.port, "job"), 100)
        rows = proxy.requests()
    later = statistics.median(through - alone for alone, through in pairs) * 1000
    with capsys.disabled():
        print(f"\nthe first token comes {later:.2f} ms later")
    assert later < 3.0
    # What the record says is what the harness saw, but for the way through the gateway.
    recorded = statistics.median(row.ttft_s or 9 for row in rows)
    assert abs(recorded - statistics.median(alone for alone, _ in pairs)) < 0.003
