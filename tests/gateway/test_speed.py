from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.gateway.launch import job_url
from tests.gateway.loopback import gateway

LOAD = str(Path(__file__).with_name("load.py"))
ROUNDS, REQUESTS, WARM_UP = 5, 320, 32
BUSY_PERCENT = 15.0


def seconds(url: str) -> float:
    asking = [sys.executable, LOAD, "ask", url, str(REQUESTS)]
    return float(subprocess.run(asking, check=True, capture_output=True).stdout)


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@pytest.mark.slow
def test_a_request_costs_a_millisecond_and_a_tenth_of_the_throughput_at_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = psutil.cpu_percent(1.0)
    with subprocess.Popen([sys.executable, LOAD, "serve"], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        direct = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        try:
            with gateway(tmp_path, direct, concurrency=32) as proxy:
                process = psutil.Process(proxy.process.pid)
                through = job_url(proxy.port, "job")
                before = cpu_seconds(process)
                pairs = [(seconds(direct), seconds(through)) for _ in range(ROUNDS)]
                used = cpu_seconds(process) - before
                rows = proxy.requests()
        finally:
            server.kill()
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
