from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiohttp import web

from bench.gateway import serving
from bench.gateway.__main__ import main
from bench.gateway.launch import gateway_command, job_url, ready
from bench.gateway.mask import Mask, MaskedStream
from bench.gateway.record import read_requests
from bench.gateway.settings import Endpoint, GatewaySettings
from tests.gateway.loopback import (
    Pair,
    always,
    answer_body,
    answering,
    await_true,
    endpoint,
    gateway,
    question,
)

KEY = 'sk-Qx/7+"very secret'
KEYED: dict[str, Any] = {"environment": {"MODEL_KEY": KEY}, "api_key_env": "MODEL_KEY"}


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


def test_the_key_goes_to_the_endpoint_and_nowhere_else(tmp_path: Path) -> None:
    with (
        endpoint(always(answer_body("42"))) as server,
        gateway(tmp_path, server.url, **KEYED) as proxy,
    ):
        assert proxy.ask(question(), headers={"Authorization": "Bearer harness"}).status == 200
        assert server.seen[0].headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in " ".join(psutil.Process(proxy.process.pid).cmdline())
    assert_nowhere(tmp_path)


@pytest.mark.parametrize("status", [200, 401])
def test_a_key_that_the_endpoint_echoes_is_masked(tmp_path: Path, status: int) -> None:
    said_key = json.dumps(KEY).encode()
    body = b'{"error": {"message": "no such key", "key": ' + said_key + b"}}"
    body = answer_body(f"your key is {KEY}!") if status == 200 else body
    with (
        endpoint(always(body, status, X_Echo=KEY)) as server,
        gateway(tmp_path, server.url, **KEYED) as proxy,
    ):
        said = proxy.ask(question())
        row = proxy.one()
    assert said.status == status
    assert said.body == body.replace(said_key[1:-1], b"***")
    assert said.headers["X-Echo"] == "***"
    assert row.response == said.body.decode()
    assert_nowhere(tmp_path)


def test_a_key_cut_over_chunks_of_a_stream_is_masked(tmp_path: Path) -> None:
    choice = {"index": 0, "delta": {"content": f"<{KEY}>"}, "finish_reason": "stop"}
    sent = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\ndata: [DONE]\n\n"

    async def script(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await reply.prepare(request)
        for at in range(0, len(sent), 5):
            await reply.write(sent[at : at + 5])
            await asyncio.sleep(0.002)
        return reply

    with endpoint(script) as server, gateway(tmp_path, server.url, **KEYED) as proxy:
        said = proxy.ask(question(stream=True))
        assert proxy.one().text == "<***>"
    assert said.body == sent.replace(json.dumps(KEY)[1:-1].encode(), b"***")
    assert_nowhere(tmp_path)


def assert_nowhere(folder: Path) -> None:
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(b'"attempts"' in content for content in written)
    for form in (KEY, json.dumps(KEY)[1:-1], "very secret"):
        assert all(form.encode() not in content for content in written)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_masking_a_stream_is_masking_the_whole(size: int) -> None:
    whole = b"aaabaaab-secret aaabaaa aaabaaab-secre aaabaaab-secret" * 3
    mask = Mask("aaabaaab-secret")
    stream = MaskedStream(mask)
    pieces = [stream.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
    assert b"".join([*pieces, stream.rest()]) == mask(whole)
    assert b"***" in mask(whole)


def test_a_word_too_short_for_a_secret_changes_no_answer() -> None:
    assert Mask("EMPTY")(b"EMPTY") == b"EMPTY"


def test_a_missing_key_is_named_before_listening(tmp_path: Path) -> None:
    write_settings(tmp_path, api_key_env="NO_SUCH_VARIABLE")
    ended = subprocess.run(gateway_command(tmp_path), capture_output=True, check=False, text=True)
    assert ended.returncode == 2
    assert "NO_SUCH_VARIABLE" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ready(tmp_path) is None


def test_wrong_settings_are_exit_2(tmp_path: Path) -> None:
    (tmp_path / "gateway.json").write_text('{"protocol": 2, "models": {}, "jobs": {}}')
    ended = subprocess.run(gateway_command(tmp_path), capture_output=True, check=False, text=True)
    assert ended.returncode == 2
    assert "protocol" in ended.stderr


def write_settings(folder: Path, **endpoint_settings: str) -> None:
    model = Endpoint(base_url="http://127.0.0.1:9/v1", **endpoint_settings)  # type: ignore[arg-type]
    GatewaySettings(models={"model": model}, jobs={"job": "model"}).write(folder)


@pytest.mark.parametrize(
    "url", ["ftp://x/v1", "http://user:pass@x/v1", "http://x/v1?key=1", "x/v1", ""]
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Endpoint(base_url=url)


def test_a_job_must_name_a_model() -> None:
    with pytest.raises(ValueError, match="not in models"):
        GatewaySettings(models={}, jobs={"job": "model"})


@pytest.mark.parametrize(("signum", "stream"), [(signal.SIGTERM, True), (signal.SIGINT, False)])
def test_a_stop_leaves_a_record_of_what_was_in_flight(
    tmp_path: Path, signum: int, *, stream: bool
) -> None:
    with endpoint(hang) as server, gateway(tmp_path, server.url, concurrency=1) as proxy:
        waiting, queued = (proxy.send(question(stream=stream)) for _ in range(2))
        await_true(lambda: server.in_flight == 1)
        assert proxy.requests() == []
        # The second one's body has arrived, though nothing shows it from outside.
        assert proxy.ask(b"", path="/nothing", job="nobody", method="GET").status == 404
        proxy.process.send_signal(signum)
        assert waiting.getresponse().status == 503
        assert proxy.process.wait(5) == 0
        waiting.close()
        queued.close()
    rows = list(read_requests(tmp_path))
    assert [(row.status, row.error and row.error.message) for row in rows] == [
        ("failed", "gateway stopped")
    ] * 2
    assert sorted(len(row.attempts) for row in rows) == [0, 1]
    assert ready(tmp_path) is None


def test_a_harness_that_leaves_frees_its_place_and_is_recorded(tmp_path: Path) -> None:
    with endpoint(hang) as server, gateway(tmp_path, server.url, concurrency=1) as proxy:
        connection = proxy.send(question())
        await_true(lambda: server.in_flight == 1)
        connection.close()
        (row,) = proxy.recorded(1)
        await_true(lambda: server.in_flight == 0)
    assert row.error is not None
    assert (row.status, row.error.kind) == ("failed", "interrupted")
    assert "harness" in row.error.message


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    write_settings(tmp_path)
    start = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", start, *gateway_command(tmp_path)])
    try:
        await_true(lambda: ready(tmp_path))
        listening = ready(tmp_path)
        assert listening is not None
        assert psutil.Process(listening.pid).ppid() == parent.pid
    finally:
        parent.kill()
        parent.wait()
    await_true(lambda: not psutil.pid_exists(listening.pid) or zombie(listening.pid))
    assert ready(tmp_path) is None


def zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_cut_last_line_is_dropped_and_the_next_gateway_goes_on(tmp_path: Path) -> None:
    with endpoint(always(answer_body("42"))) as server:
        with gateway(tmp_path, server.url) as proxy:
            assert proxy.ask(question()).status == 200
        record = tmp_path / "requests.jsonl"
        whole = record.read_bytes()
        record.write_bytes(whole + whole[:-10])
        assert len(list(read_requests(tmp_path))) == 1
        with gateway(tmp_path, server.url) as proxy:
            assert proxy.ask(question()).status == 200
            assert [row.text for row in proxy.requests()] == ["42", "42"]
    assert record.read_bytes().startswith(whole)


def test_two_gateways_do_not_write_in_one_folder(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "LOCK_WAIT_S", 0.3)
    with answering(pair, always(answer_body("42"))) as (_server, proxy):
        started = time.monotonic()
        assert main([str(proxy.folder)]) == 2
        assert 0.3 < time.monotonic() - started < 5
        assert "another gateway" in capsys.readouterr().err
        assert proxy.ask(question()).status == 200
        assert ready(proxy.folder, pid=os.getpid()) is None


def test_a_gateway_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    """Its core was killed, and a resumed run begins before it has noticed."""
    write_settings(tmp_path)
    start = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    killed = subprocess.Popen([sys.executable, "-c", start, *gateway_command(tmp_path)])
    try:
        await_true(lambda: ready(tmp_path))
    finally:
        killed.kill()
        killed.wait()
    with endpoint(always(answer_body("42"))) as server, gateway(tmp_path, server.url) as proxy:
        assert proxy.ask(question()).status == 200


def test_a_gateway_that_waits_for_another_one_can_be_stopped(pair: Pair) -> None:
    with (
        answering(pair, always(answer_body("42"))) as (_server, proxy),
        subprocess.Popen(gateway_command(proxy.folder), stderr=subprocess.PIPE) as waiting,
    ):
        try:
            assert waiting.stderr is not None
            assert b"waiting for another one" in waiting.stderr.readline()
            waiting.terminate()
            assert waiting.wait(5) == 0
        finally:
            waiting.kill()
        assert ready(proxy.folder, pid=proxy.process.pid)


def test_importing_what_the_core_reads_loads_no_aiohttp() -> None:
    modules = "bench.gateway, bench.gateway.settings, bench.gateway.record, bench.gateway.launch"
    code = f"import {modules}, sys; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_jobs_address_is_one_segment() -> None:
    assert job_url(5, "a/b c") == "http://127.0.0.1:5/jobs/a%2Fb%20c/v1"
