"""Two processes for the measurement: `serve` answers after 50 ms, `ask URL N` asks N times."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
from aiohttp import web

CONNECTIONS = 32
ANSWER = {"choices": [{"index": 0, "message": {"content": "42"}, "finish_reason": "stop"}]}
QUESTION = {"model": "tiny", "messages": [{"role": "user", "content": "What is the total?"}]}


async def serve() -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(0.05)
        return web.json_response(ANSWER)

    application = web.Application()
    application.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


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
    asyncio.run(serve() if sys.argv[1] == "serve" else ask(sys.argv[2], int(sys.argv[3])))
