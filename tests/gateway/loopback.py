"""A real endpoint in a thread and a real gateway process, both on loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.gateway.launch import job_url, ready, tell
from bench.gateway.record import RecordedRequest, read_requests
from bench.gateway.settings import Endpoint, GatewaySettings

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class LoopbackEndpoint:
    """Answers by `script`; the body has been read by then and stands in `seen`."""

    script: Script
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(request.method, request.raw_path, dict(request.headers), body))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self.script(request)
        finally:
            self.in_flight -= 1


@contextmanager
def endpoint(script: Script) -> Iterator[LoopbackEndpoint]:
    served = LoopbackEndpoint(script)
    listening = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        application = web.Application(client_max_size=2**28)
        application.router.add_route("*", "/{anything:.*}", served._answer)
        runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        served.port = runner.addresses[0][1]
        listening.set()
        await stop.wait()
        await runner.cleanup()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert listening.wait(10)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@dataclass(frozen=True)
class Said:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class RunningGateway:
    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    before: int = 0

    def send(
        self,
        body: bytes | Mapping[str, Any],
        *,
        path: str = "/chat/completions",
        job: str = "job",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPConnection:
        """The connection, after the request went out; the caller reads and closes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        target = job_url(self.port, job).partition(str(self.port))[2] + path
        connection.request(method, target, content, dict(headers or {}))
        return connection

    def ask(self, body: bytes | Mapping[str, Any], **how: Any) -> Said:
        connection = self.send(body, **how)
        try:
            response = connection.getresponse()
            return Said(response.status, response.headers, response.read())
        finally:
            connection.close()

    def requests(self) -> list[RecordedRequest]:
        """What was recorded since this test began."""
        return list(read_requests(self.folder))[self.before :]

    def one(self) -> RecordedRequest:
        (only,) = self.requests()
        return only

    def tell(self, **said: Any) -> None:
        """The core's word on the engine of `model`."""
        settings = GatewaySettings.read(self.folder)
        model = settings.models["model"].model_copy(update=said)
        changed = settings.model_copy(update={"models": {"model": model}})
        tell(self.folder, changed, self.process.pid)

    def recorded(self, count: int) -> list[RecordedRequest]:
        """Waits until so many are there: for those that no reply announces."""
        await_true(lambda: len(self.requests()) >= count)
        return self.requests()


@contextmanager
def gateway(
    folder: Path,
    base_url: str,
    *,
    environment: Mapping[str, str] | None = None,
    session: int = 1,
    body_limit_bytes: int = 2**28,
    **settings: Any,
) -> Iterator[RunningGateway]:
    """One model, `model`, and the jobs `job` and `other/job`; quick retries unless told."""
    settings = {"backoff_s": 0.01, "timeout_s": 10.0, **settings}
    GatewaySettings(
        models={"model": Endpoint(base_url=base_url, **settings)},
        jobs={"job": "model", "other/job": "model"},
        session=session,
        body_limit_bytes=body_limit_bytes,
    ).write(folder)
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.gateway", str(folder)],
            stdout=log,
            stderr=log,
            env={**os.environ, **(environment or {})},
        )
    try:
        await_true(lambda: ready(folder, pid=process.pid) or process.poll() is not None)
        listening = ready(folder, pid=process.pid)
        assert listening is not None, (folder / "log.txt").read_text()
        yield RunningGateway(process, folder, listening.port)
        process.terminate()
        assert process.wait(10) == 0, (folder / "log.txt").read_text()
    finally:
        process.kill()
        process.wait()


Pair = tuple[LoopbackEndpoint, RunningGateway]


@contextmanager
def answering(pair: Pair, script: Script) -> Iterator[Pair]:
    """The shared pair, as if new, with an endpoint that answers so."""
    server, proxy = pair
    server.script = script
    server.seen.clear()
    yield server, replace(proxy, before=len(proxy.requests()))
    assert proxy.process.poll() is None


def await_true(condition: Callable[[], object], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def question(text: str = "What is the total?", **parameters: Any) -> dict[str, Any]:
    return {"model": "tiny", "messages": [{"role": "user", "content": text}], **parameters}


def answer_body(text: str | None, **usage: int) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    reply = {"choices": [{**choice, "finish_reason": "stop"}], "usage": usage or None}
    return json.dumps(reply).encode()


def always(body: bytes, status: int = 200, **headers: str) -> Script:
    """An endpoint that says the same to everyone."""

    async def script(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(
            body=body, status=status, headers={"Content-Type": "application/json", **named}
        )

    return script


def in_turn(*scripts: Script) -> Script:
    """One script a request; the last one stays."""
    left = list(scripts)

    async def script(request: web.Request) -> web.StreamResponse:
        chosen = left.pop(0) if len(left) > 1 else left[0]
        return await chosen(request)

    return script
