"""The form of the OpenAI API, which our engines share: bodies, errors, streams, and the server.

Needs aiohttp, and what bench_images needs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import uuid
from typing import Any, Awaitable, Callable, Sequence

from aiohttp import web
from bench_images import RequestError
from bench_protocol import PROTOCOL, write_json

BODY_LIMIT = 256 * 1024**2  # bytes
DONE = "[DONE]"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(
    routes: Sequence[web.RouteDef], model: dict[str, Any], broken: str
) -> web.Application:
    """`routes` with /health and /v1/models. `model`: what is told of the one that is served.

    `broken`: the code of an error that no RequestError foresaw.
    """
    told = dict(model, object="model", created=int(time.time()))

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def models(_request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [told]})

    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[_errors(broken)])
    app.add_routes([web.get("/health", health), web.get("/v1/models", models), *routes])
    return app


async def body_of(request: web.Request, served_id: str) -> dict[str, Any]:
    """RequestError where it is no JSON object, or for another model."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise RequestError("invalid_json", "the body is not JSON: %s" % error) from error
    if not isinstance(body, dict):
        raise RequestError("invalid_body", "the body must be an object")
    if body.get("model") not in (None, served_id):
        said = "this server has %r, not %r" % (served_id, body["model"])
        raise RequestError("model_not_found", said, status=404)
    return body


def framed(prefix: str, served_id: str) -> dict[str, Any]:
    """What is in every answer, and in every chunk of one."""
    return {"id": prefix + uuid.uuid4().hex, "created": int(time.time()), "model": served_id}


def completion(
    frame: dict[str, Any], text: str, finish_reason: str, usage: dict[str, Any] | None
) -> dict[str, Any]:
    """A whole answer of /v1/chat/completions. Without `usage` it claims no number of tokens."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    whole = dict(frame, object="chat.completion", choices=[choice])
    return whole if usage is None else dict(whole, usage=usage)


def chunk(frame: dict[str, Any], delta: dict[str, str], reason: str | None = None) -> str:
    """A piece of a streamed answer, as JSON."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return json.dumps(dict(frame, object="chat.completion.chunk", choices=[choice]))


def usage_chunk(frame: dict[str, Any], usage: dict[str, Any]) -> str:
    return json.dumps(dict(frame, object="chat.completion.chunk", choices=[], usage=usage))


def wants_usage(body: dict[str, Any]) -> bool:
    wished = body.get("stream_options")
    return isinstance(wished, dict) and wished.get("include_usage") is True


async def streaming(request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(headers=dict(headers, **{"Content-Type": "text/event-stream"}))
    await response.prepare(request)
    return response


def event(text: str) -> bytes:
    return ("data: %s\n\n" % text).encode()


def failed(code: str, message: str, kind: str = "server_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def _errors(broken: str) -> Any:
    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whatever goes wrong becomes an error in the API's form."""
        try:
            return await handler(request)
        except RequestError as error:
            kind = "invalid_request_error" if error.status < 500 else "server_error"
            said, status = failed(error.code, str(error), kind), error.status
        except web.HTTPException as error:
            said = failed("http_%d" % error.status, error.reason, "http_error")
            status = error.status
        except Exception as error:
            request.app.logger.exception("a request could not be answered")
            said, status = failed(broken, "%s: %s" % (type(error).__name__, error)), 500
        return web.json_response(said, status=status)

    return errors


def listen(
    app: web.Application, folder: str, host: str, versions: dict[str, Any], **runner: Any
) -> None:
    """On a port that the kernel chooses, named in folder/ready.json; returns at SIGTERM."""
    asyncio.run(_listen(app, os.path.join(folder, "ready.json"), host, versions, runner))


async def _listen(
    app: web.Application, ready: str, host: str, versions: dict[str, Any], given: dict[str, Any]
) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, **given)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    port = runner.addresses[0][1]
    write_json(ready, {"protocol": PROTOCOL, "port": port, "versions": versions})
    await stop.wait()
    await runner.cleanup()
