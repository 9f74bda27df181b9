"""An OCR behind the OpenAI chat API: the images of the last user message in, their text out.

Needs aiohttp, and what bench_images needs. The adapter brings `read`: an image's bytes to its text,
and may bring what is said about the text: `serve_pages` for rules, `serve_replies` for a model.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Awaitable, Callable, NamedTuple, Optional, Tuple

from aiohttp import web
from bench_images import RequestError, asked_of
from bench_openai import (
    DONE,
    application,
    body_of,
    chunk,
    completion,
    event,
    framed,
    listen,
    streaming,
    usage_chunk,
    wants_usage,
)
from bench_protocol import PROTOCOL, Unsupported, read_json
from PIL import Image, ImageDraw, ImageFont

Read = Tuple[str, float]  # the page's text, and the scale (at most 1) it was read at
Answer = Callable[[str, str], str]  # the page's text and the question to the text to send


class Said(NamedTuple):
    """An answer. No usage where no tokens were counted: 0 would be a claim."""

    text: str
    finish_reason: str = "stop"
    usage: Optional[dict[str, Any]] = None


Reply = Callable[[str, str, dict[str, Any]], Awaitable[Said]]  # text, question, request's body


def page_text(page: str, _question: str) -> str:
    """What an OCR answers to any question: all that it read."""
    return page


def engine_spec(folder: str) -> dict[str, Any]:
    spec: dict[str, Any] = read_json(os.path.join(folder, "engine.json"))
    if spec.get("protocol") != PROTOCOL:
        raise Unsupported(
            "engine.json speaks protocol %r, not %d" % (spec.get("protocol"), PROTOCOL)
        )
    return spec


def settings(
    arguments: dict[str, Any], defaults: dict[str, Any], least: dict[str, int]
) -> dict[str, Any]:
    """`arguments` over `defaults`; `threads` of None are the cores that this process may use.

    `least`: the lowest values of those that are integers. ValueError for an unknown argument and
    an impossible integer.
    """
    unknown = sorted(set(arguments) - set(defaults))
    if unknown:
        raise ValueError("unknown arguments %s; known: %s" % (unknown, sorted(defaults)))
    chosen = dict(defaults, **arguments)
    if chosen["threads"] is None:
        chosen["threads"] = len(os.sched_getaffinity(0))
    for name, lowest in least.items():
        if type(chosen[name]) is not int or chosen[name] < lowest:
            raise ValueError("%s must be an integer of at least %d" % (name, lowest))
    return chosen


def page_of(word: str) -> bytes:
    """A small drawn page, read before the first request: it then pays no more than the next."""
    page = Image.new("RGB", (320, 96), "white")
    ImageDraw.Draw(page).text((20, 20), word, fill="black", font=ImageFont.load_default(48))
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()


class Pages:
    """Texts of pages, read in worker threads; the latest are kept by the hash of their bytes."""

    def __init__(self, read: Callable[[bytes], Read], threads: int, keep: int) -> None:
        self._read, self._keep = read, keep
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ocr")
        self._known: OrderedDict[bytes, asyncio.Future[Read]] = OrderedDict()

    async def text(self, content: bytes) -> tuple[str, float, bool]:
        """(text, scale, whether it was known)."""
        key = hashlib.sha256(content).digest()
        reading = self._known.pop(key, None)
        known = reading is not None
        if reading is None:
            reading = asyncio.get_running_loop().run_in_executor(self._pool, self._read, content)
        if self._keep:
            self._known[key] = reading
            if len(self._known) > self._keep:
                self._known.popitem(last=False)
        try:
            # Shielded: a client that hangs up must not cancel the page for another.
            text, scale = await asyncio.shield(reading)
        except Exception:
            self._known.pop(key, None)
            raise
        return text, scale, known

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class Api:
    """The route of the server."""

    def __init__(self, pages: Pages, spec: dict[str, Any], reply: Reply) -> None:
        self._pages, self._reply = pages, reply
        self._served_id, self._engine = spec["served_id"], spec["engine"]

    def application(self) -> web.Application:
        model = {"id": self._served_id, "owned_by": self._engine}
        return application([web.post("/v1/chat/completions", self.chat)], model, "ocr_failed")

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, self._served_id)
        images, question = asked_of(body)
        numbered = enumerate(images, start=1)
        read = await asyncio.gather(*[self._page(image, n, len(images)) for n, image in numbered])
        texts, scales, known = zip(*read)
        headers = {"X-Bench-Cache": "hit" if all(known) else "miss"}
        if min(scales) < 1:
            headers["X-Bench-Scale"] = "%.3f" % min(scales)
        frame = framed("chatcmpl-", self._served_id)
        answer = await self._reply("\n\n".join(texts), question, body)
        if body.get("stream"):
            usage = answer.usage if wants_usage(body) else None
            return await _stream(request, headers, frame, answer._replace(usage=usage))
        whole = completion(frame, answer.text, answer.finish_reason, answer.usage)
        return web.json_response(whole, headers=headers)

    async def _page(self, content: bytes, number: int, count: int) -> tuple[str, float, bool]:
        try:
            return await self._pages.text(content)
        except RequestError as error:
            if count == 1:
                raise
            said = "image %d of %d: %s" % (number, count, error)
            raise RequestError(error.code, said, error.status) from error


async def _stream(
    request: web.Request, headers: dict[str, str], frame: dict[str, Any], said: Said
) -> web.StreamResponse:
    steps = [
        chunk(frame, {"role": "assistant"}),
        chunk(frame, {"content": said.text}),
        chunk(frame, {}, said.finish_reason),
    ]
    if said.usage is not None:
        steps.append(usage_chunk(frame, said.usage))
    response = await streaming(request, headers)
    for step in (*steps, DONE):
        await response.write(event(step))
    await response.write_eof()
    return response


def serve_pages(
    folder: str, pages: Pages, versions: dict[str, Any], answer: Answer = page_text
) -> None:
    """Listen on a port that the kernel chooses, write ready.json, and return at SIGTERM."""

    async def reply(page: str, question: str, _body: dict[str, Any]) -> Said:
        return Said(answer(page, question))

    serve_replies(folder, pages, versions, reply)


def serve_replies(folder: str, pages: Pages, versions: dict[str, Any], reply: Reply) -> None:
    """serve_pages with an answer that takes time: `reply` must not block the loop."""
    spec = engine_spec(folder)
    listen(Api(pages, spec, reply).application(), folder, spec["host"], versions)
    pages.close()
