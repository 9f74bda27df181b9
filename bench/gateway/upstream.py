"""The endpoint's side: requests out, whole bodies or open streams back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bench.gateway.answer import Kind, Malformed, excerpt
from bench.gateway.attempts import RETRIED_STATUSES, AttemptFailed, Reply
from bench.gateway.engine import EngineWord
from bench.gateway.mask import Mask, MaskedStream
from bench.gateway.pace import Pace
from bench.gateway.session import proxy_for
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
# Servers that label an event stream wrongly use one of these; a page or a JSON body is no stream.
STREAM_TYPES: Final = frozenset(("text/event-stream", "text/plain", "application/octet-stream"))
# With these begins a page or a JSON body, whatever its label; no line of an event stream does.
NO_EVENT: Final = (b"<", b"{", b"[")
# Of an answer over the limit the record keeps its beginning.
KEPT_BYTES: Final = 64 * 2**10


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
    over: bool = False


class Upstream:
    """One model's endpoint, with the places, the pace and the engine that its jobs share."""

    def __init__(self, endpoint: Endpoint, key: str | None, session: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self.mask = Mask(key)
        self.places = asyncio.Semaphore(endpoint.concurrency)
        self.pace = Pace(endpoint.requests_per_minute)
        self.engine = EngineWord(endpoint.state, endpoint.why, supervised=endpoint.supervised)
        self._session = session
        self._added = {"Accept-Encoding": "identity"}
        if key is not None:
            self._added["Authorization"] = f"Bearer {key}"
        self._route()

    def tell(self, said: Endpoint) -> None:
        """Take over address, state and why; nothing happens where they are what they were."""
        new = {name: getattr(said, name) for name in ("base_url", "state", "why")}
        changed = self.endpoint.model_copy(update=new)
        if changed != self.endpoint:
            self.endpoint = changed
            self._route()
            self.engine.say(said.state, said.why)

    def _route(self) -> None:
        self._proxy, self._proxy_headers = proxy_for(self.endpoint.base_url)
        self._added.pop("Proxy-Authorization", None)
        if self._proxy_headers and self.endpoint.base_url.startswith("http:"):
            self._added |= self._proxy_headers

    async def whole(self, call: Call) -> Reply:
        """One attempt, the whole body read within timeout_s.

        Raises AttemptFailed, also for a status of 300 and above.
        """
        async with self._translated():
            async with asyncio.timeout(self.endpoint.timeout_s):
                async with self._sent(call) as response:
                    return self._reply(response, await self._body(response))

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
        if response.status != 200 or response.content_type not in STREAM_TYPES:
            reply = self._reply(response, await self._body(response))
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
            if len(first) > self.endpoint.answer_limit_bytes:
                raise too_large(self.endpoint.answer_limit_bytes, response.status, first)
            if first.lstrip()[:1] in NO_EVENT:
                raise Malformed(f"asked for a stream, got {excerpt(first)}")  # noqa: TRY301
            answer.feed(first)
        except Malformed as error:
            raise malformed(str(error), Reply(200, headers, first)) from None
        return OpenStream(response, headers, first, masked, answer)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """The whole body; AttemptFailed as soon as it is known to be over the limit."""
        limit, body = self.endpoint.answer_limit_bytes, bytearray()
        if (response.content_length or 0) > limit and response.method != "HEAD":
            raise too_large(limit, response.status, b"")
        while chunk := await response.content.readany():
            body += chunk
            if len(body) > limit:
                beginning = MaskedStream(self.mask).feed(bytes(body))
                raise too_large(limit, response.status, beginning)
        return bytes(body)

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
            message = " ".join(self.mask.text(str(error)).split()) or "the connection broke"
            raise AttemptFailed("connection", f"{type(error).__name__}: {message}") from None


def malformed(message: str, reply: Reply) -> AttemptFailed:
    return AttemptFailed("malformed", message, reply=reply)


def too_large(limit: int, status: int, beginning: bytes) -> AttemptFailed:
    """`beginning` is masked already."""
    reply = Reply(status, {}, beginning[:KEPT_BYTES])
    return AttemptFailed("too_large", f"the answer is over {limit} bytes", reply=reply, again=False)


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
