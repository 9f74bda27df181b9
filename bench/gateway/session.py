"""The HTTP client, and the way that it takes to an endpoint."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError


def open_session() -> aiohttp.ClientSession:
    """Concurrency and time-outs are the gateway's own; cookies are nobody's."""
    # Servers close idle connections after 5 s (uvicorn): a reused one must be younger, or a
    # request is lost to the race.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)
    loop = asyncio.get_running_loop()
    # There is no public way to name one's own; partial is invariant, so that mypy refuses it.
    connector._factory = functools.partial(_Connection, loop=loop)  # type: ignore[assignment]  # noqa: SLF001
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
    )


class _Connection(ResponseHandler):
    """Tells the reader of a body that its bytes are no HTTP.

    aiohttp (3.14) closes the connection and lets the reader wait: garbage between two chunks would
    be a time-out.
    """

    def set_exception(self, exc: BaseException, *cause: Any) -> None:
        super().set_exception(exc, *cause)
        body = getattr(self, "_payload", None)
        if isinstance(exc, HttpProcessingError) and body is not None and not body.is_eof():
            body.set_exception(aiohttp.ClientPayloadError(exc.message))


def proxy_for(base_url: str) -> tuple[str | None, dict[str, str] | None]:
    """The environment's proxy for an endpoint, its credentials apart; none for loopback."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme)
    if not proxy or is_loopback(host) or proxy_bypass(host):
        return None, None
    if "://" not in proxy:
        proxy = "http://" + proxy
    way = urlsplit(proxy)
    address = urlunsplit(way._replace(netloc=way.netloc.rpartition("@")[2]))
    if way.username is None:
        return address, None
    login = aiohttp.BasicAuth(unquote(way.username), unquote(way.password or ""))
    return address, {"Proxy-Authorization": login.encode()}


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
