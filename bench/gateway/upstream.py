"""The endpoint's side: requests out, whole bodies or open streams back."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bench.gateway.answer import Kind, Malformed, excerpt
from bench.gateway.attempts import RETRIED_STATUSES, AttemptFailed, Reply
from bench.gateway.mask import Mask, MaskedStream
from bench.gateway.settings import Endpoint
from bench.gateway.sse import StreamedAnswer

HOP_BY_HOP: Final = frozenset(
    (
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("content-length", "expect"),
    )
)
NOT_FORWARDED: Final = HOP_BY_HOP | {"host", "authorization", "cookie", "accept-encoding"}
# A harness that followed a Location would go around the gateway.
NOT_RETURNED: Final = HOP_BY_HOP | {"content-encoding", "set-cookie", "location"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the harness sent it; `target` is what follows /v1, query included."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class OpenStream:
    """A stream whose first visible chunk has come and has been fed to `answer`."""

    response: aiohttp.ClientResponse
    headers: Mapping[str, str]
    first: bytes
    masked: MaskedStream
    answer: StreamedAnswer


class Upstream:
    """One model's endpoint, with the places that its jobs share."""

    def __init__(self, endpoint: Endpoint, key: str | None, session: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self.mask = Mask(key)
        self.places = asyncio.Semaphore(endpoint.concurrency)
        self._session = session
        self._added = {"Accept-Encoding": "identity"}
        if key is not None:
            self._added["Authorization"] = f"Bearer {key}"
        self._proxy, self._proxy_headers = proxy_for(endpoint.base_url)
        if self._proxy_headers and endpoint.base_url.startswith("http:"):
            self._added |= self._proxy_headers

    async def whole(self, call: Call) -> Reply:
        """One attempt, the whole body read within timeout_s.

        Raises AttemptFailed, also for a status of 300 and above.
        """
        async with self._translated():
            async with asyncio.timeout(self.endpoint.timeout_s):
                async with self._sent(call) as response:
                    return self._reply(response, await response.read())

    async def opened(self, call: Call, kind: Kind) -> OpenStream:
        """One attempt at a stream, up to its first chunk within timeout_s. Raises AttemptFailed."""
        response: aiohttp.ClientResponse | None = None
        try:
            async with self._translated():
                async with asyncio.timeout(self.endpoint.timeout_s):
                    response = await self._request(call)
                    return await self._begun(response, kind)
        except BaseException:
            if response is not None:
                response.close()
            raise

    async def _begun(self, response: aiohttp.ClientResponse, kind: Kind) -> OpenStream:
        if response.status != 200 or response.content_type == "application/json":
            reply = self._reply(response, await response.read())
            raise malformed(f"asked for a stream, got one whole body (HTTP {reply.status})", reply)
        masked, answer = MaskedStream(self.mask), StreamedAnswer(kind)
        headers = self._returned(response)
        first = b""
        try:
            while not first:
                chunk = await response.content.readany()
                if not chunk:
                    raise Malformed("the stream ended before it began")  # noqa: TRY301
                first = masked.feed(chunk)
            answer.feed(first)
        except Malformed as error:
            raise malformed(str(error), Reply(200, headers, first)) from None
        return OpenStream(response, headers, first, masked, answer)

    def _reply(self, response: aiohttp.ClientResponse, body: bytes) -> Reply:
        reply = Reply(response.status, self._returned(response), self.mask(body))
        if response.status < 300:
            return reply
        again = response.status in RETRIED_STATUSES
        message = f"HTTP {reply.status}: {excerpt(reply.body)}"
        raise AttemptFailed("http", message, reply=reply, again=again)

    def _returned(self, response: aiohttp.ClientResponse) -> Mapping[str, str]:
        kept = without(response.headers, NOT_RETURNED)
        if self.mask.forms:
            kept = [(name, self.mask.text(value)) for name, value in kept]
        return CIMultiDict(kept)

    async def _request(self, call: Call) -> aiohttp.ClientResponse:
        headers: CIMultiDict[str] = CIMultiDict(without(call.headers, NOT_FORWARDED, "x-bench-"))
        headers.update(self._added)
        return await self._session.request(
            call.method,
            URL(self.endpoint.base_url + call.target, encoded=True),
            data=call.body or None,
            headers=headers,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        )

    @asynccontextmanager
    async def _sent(self, call: Call) -> AsyncIterator[aiohttp.ClientResponse]:
        async with await self._request(call) as response:
            yield response

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        try:
            yield
        except TimeoutError:
            message = f"no answer within {self.endpoint.timeout_s:g} s"
            raise AttemptFailed("timeout", message) from None
        except (aiohttp.ClientError, OSError) as error:
            message = self.mask.text(str(error) or "the connection broke")
            raise AttemptFailed("connection", f"{type(error).__name__}: {message}") from None


def malformed(message: str, reply: Reply) -> AttemptFailed:
    return AttemptFailed("malformed", message, reply=reply)


def open_session() -> aiohttp.ClientSession:
    """Concurrency and time-outs are the gateway's own; cookies are nobody's."""
    # Servers close idle connections after 5 s (uvicorn): a reused one must be younger, or a
    # request is lost to the race.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
    )


def without(
    headers: Mapping[str, str], names: frozenset[str], prefix: str | None = None
) -> list[tuple[str, str]]:
    """The headers but those named, those that Connection names and those that begin so."""
    listed = headers.get("Connection")
    if listed:
        names |= {name.strip().lower() for name in listed.split(",")}
    return [
        (name, value)
        for name, value in headers.items()
        if (lowered := name.lower()) not in names and not (prefix and lowered.startswith(prefix))
    ]


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
