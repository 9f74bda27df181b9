"""What the harness gets: the endpoint's own words where it spoke, else an OpenAI-style error."""

from __future__ import annotations

from aiohttp import web
from multidict import CIMultiDict

from bench.gateway.attempts import AttemptFailed, Reply

# Clients built on OpenAI's library would repeat what the gateway has already repeated.
_NO_RETRY = ("x-should-retry", "false")


def handed_on(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def failure_reply(failed: AttemptFailed) -> web.Response:
    """Final: the endpoint's status and body; the gateway's own words and status where it has none.

    504 for a time-out, 413 for a request that was too large to be passed on, else 502.
    """
    if failed.kind == "http" and failed.reply is not None:
        headers = CIMultiDict(failed.reply.headers)
        headers[_NO_RETRY[0]] = _NO_RETRY[1]
        return web.Response(status=failed.reply.status, headers=headers, body=failed.reply.body)
    status = {"timeout": 504}.get(failed.kind, 502)
    if failed.kind == "too_large" and failed.reply is None:
        status = 413
    return error_reply(status, failed.message, failed.kind)


def error_reply(status: int, message: str, code: str) -> web.Response:
    error = {"message": f"gateway: {message}", "type": "gateway_error", "code": code}
    return web.json_response({"error": error}, status=status, headers=dict([_NO_RETRY]))
