"""Processes for the measurements: `serve` answers after 50 ms, `ask URL N` asks N times.

`firsts URL URL N` measures the time to the first chunk of N streams of each, taking turns.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
from aiohttp import web

CONNECTIONS = 32
ANSWER = {"choices": [{"index": 0, "message": {"content": "42"}, "finish_reason": "stop"}]}
EVENT = {"choices": [{"index": 0, "delta": {"content": "42"}, "finish_reason": None}]}
QUESTION = {"model": "tiny", "messages": [{"role": "user", "content": "What is the total?"}]}


async def serve() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        await asyncio.sleep(0.05)
        return await streamed(request) if asked.get("stream") else web.json_response(ANSWER)

    application = web.Application()
    application.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def streamed(request: web.Request) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await reply.prepare(request)
    for _ in range(8):
        await reply.write(b"data: " + json.dumps(EVENT).encode() + b"\n\n")
        await asyncio.sleep(0.001)
    await reply.write(b"data: [DONE]\n\n")
    return reply


async def firsts(direct: str, through: str, count: int) -> None:
    """Prints pairs of seconds, after one stream of each that does not count."""
    body = json.dumps({**QUESTION, "stream": True}).encode()

    async def first(session: aiohttp.ClientSession, url: str) -> float:
        started = time.perf_counter()
        async with session.post(f"{url}/chat/completions", data=body) as response:
            assert await response.content.readany()
            seen = time.perf_counter() - started
            assert (await response.read()).endswith(b"data: [DONE]\n\n")
        return seen

    async with aiohttp.ClientSession() as session:
        pairs = [
            [await first(session, direct), await first(session, through)] for _ in range(count + 1)
        ]
    print(json.dumps(pairs[1:]))


async def ask(url: str, count: int) -> None:
    """Prints the seconds that `count` requests took over 32 connections, after one each."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    body = json.dumps(QUESTION).encode()
    async with aiohttp.ClientSession(connector=connector) as session:

        async def asker(share: int) -> None:
            for _ in range(share):
                async with session.post(f"{url}/chat/completions", data=body) as response:
                    said = await response.json()
                    assert said == ANSWER, said

        await asyncio.gather(*(asker(1) for _ in range(CONNECTIONS)))
        started = time.perf_counter()
        await asyncio.gather(*(asker(count // CONNECTIONS) for _ in range(CONNECTIONS)))
        print(time.perf_counter() - started)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            asyncio.run(serve())
        case ["ask", url, count]:
            asyncio.run(ask(url, int(count)))
        case ["firsts", direct, through, count]:
            asyncio.run(firsts(direct, through, int(count)))
