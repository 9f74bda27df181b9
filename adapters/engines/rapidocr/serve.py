"""RapidOCR behind the OpenAI chat API: the images of the last user message in, their text out."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import importlib.util
import io
import json
import os
import signal
import time
import uuid
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np
from aiohttp import web
from bench_protocol import PROTOCOL, Unsupported, main, read_json, write_json
from PIL import Image, ImageDraw, ImageFont, ImageOps

MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
BODY_LIMIT = 256 * 1024**2  # bytes
PIXEL_LIMIT = 200_000_000  # a decoded page takes 3 bytes each
DEFAULTS = {"threads": None, "max_side": 4096, "text_score": 0.5, "cache": 256}


class RequestError(Exception):
    """The client's fault: `code` for programs, the message for people, an HTTP status."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status


def versions():
    names = {name: version(name) for name in ("rapidocr", "onnxruntime")}
    return dict(names, models=sorted(MODELS.values()))


def settings(arguments):
    """The arguments with their defaults filled in; ValueError for an unknown or impossible one."""
    unknown = sorted(set(arguments) - set(DEFAULTS))
    if unknown:
        raise ValueError("unknown arguments %s; known: %s" % (unknown, sorted(DEFAULTS)))
    chosen = dict(DEFAULTS, **arguments)
    if chosen["threads"] is None:
        chosen["threads"] = len(os.sched_getaffinity(0))
    for name, least in (("threads", 1), ("max_side", 32), ("cache", 0)):
        if type(chosen[name]) is not int or chosen[name] < least:
            raise ValueError("%s must be an integer of at least %d" % (name, least))
    score = chosen["text_score"]
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
        raise ValueError("text_score must be a number from 0 to 1")
    return chosen


def sibling(name):
    """PYTHONSAFEPATH hides the files beside this one: load by path."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Reader:
    """An image's bytes to its text; safe to call from many threads."""

    def __init__(self, max_side, text_score):
        import cv2
        import rapidocr
        from rapidocr.utils.download_file import DownloadFile

        folder = os.path.join(os.path.dirname(rapidocr.__file__), "models")
        params = {"%s.model_path" % part: os.path.join(folder, MODELS[part]) for part in MODELS}
        for path in params.values():
            if not os.path.isfile(path):
                raise FileNotFoundError("the model %s is missing: build this engine anew" % path)
        DownloadFile.run = _no_download
        cv2.setNumThreads(1)
        self._order = sibling("reading").reading_order
        self._max_side = max_side
        # Intra-op 1: measured faster and 12 % cheaper than one page on two cores, and the text
        # cannot depend on the number of cores.
        self._ocr = rapidocr.RapidOCR(
            params=dict(
                params,
                **{
                    "Global.log_level": "warning",
                    "Global.max_side_len": max_side,
                    "Global.text_score": text_score,
                    # 1000 as shipped: a dense page would lose lines without a word.
                    "Det.max_candidates": 100_000,
                    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                },
            )
        )

    def read(self, content):
        """The page's text, and the scale (at most 1) it was read at; may raise RequestError."""
        page = decoded(content)
        found = self._ocr(page)
        scale = min(1.0, self._max_side / max(page.shape))
        if found.boxes is None:
            return "", scale
        return self._order(found.boxes.tolist(), list(found.txts)), scale


def _no_download(*_args, **_options):
    raise RuntimeError("this engine reads only the models of its own wheel")


def decoded(content):
    """Any image that Pillow opens as upright BGR pixels, 8 bits deep, on white."""
    Image.MAX_IMAGE_PIXELS = None  # the limit below is an error, not a warning
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > PIXEL_LIMIT:
            raise RequestError(
                "image_too_large",
                "%d x %d pixels; at most %d in all" % (image.width, image.height, PIXEL_LIMIT),
            )
        if image.format == "TIFF" and image.n_frames > 1:
            raise RequestError("many_pages", "a TIFF of %d pages: send each" % image.n_frames)
        return np.ascontiguousarray(np.asarray(_upright_rgb(image))[:, :, ::-1])
    except RequestError:
        raise
    except Exception as error:  # Pillow's plugins raise what they like at broken bytes
        raise RequestError("invalid_image", "the image cannot be decoded: %s" % error) from error


def _upright_rgb(image):
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # Pillow would clip these at 255
        levels = np.nan_to_num(np.asarray(image).astype("float64"))
        peak = max(levels.max(), 0)
        top = 255 if peak <= 255 else max(65535, peak)
        top = peak if image.mode == "F" and peak <= 1 else top
        image = Image.fromarray((levels.clip(0, top) * (255 / (top or 1))).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


class Pages:
    """Texts of pages, read in worker threads; the latest are kept by the hash of their bytes."""

    def __init__(self, reader, threads, keep):
        self._reader, self._keep = reader, keep
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ocr")
        self._known = OrderedDict()

    async def text(self, content):
        """(text, scale, whether it was known)."""
        key = hashlib.sha256(content).digest()
        reading = self._known.pop(key, None)
        known = reading is not None
        if not known:
            reading = asyncio.get_running_loop().run_in_executor(
                self._pool, self._reader.read, content
            )
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

    def close(self):
        self._pool.shutdown(wait=False, cancel_futures=True)


def page_text(page, _question):
    """What this engine answers to any question: all that it read."""
    return page


def asked_of(body):
    """(images' bytes in order, text) of the last user message; RequestError without an image."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise RequestError("invalid_body", "the body must be an object with a list `messages`")
    if body.get("n") not in (None, 1):
        raise RequestError("unsupported_n", "an OCR has one answer: n must be 1")
    asked = [
        message.get("content")
        for message in body["messages"]
        if isinstance(message, dict) and message.get("role") == "user"
    ]
    parts = asked[-1] if asked and isinstance(asked[-1], list) else []
    images, texts = [], []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image_url":
            images.append(_image(part.get("image_url")))
        elif kind == "text":
            texts.append(str(part.get("text") or ""))
        else:
            raise RequestError("unsupported_content", "cannot read a part of type %r" % kind)
    if not images:
        raise RequestError("no_image", "the last user message has no image: this is an OCR")
    return images, "\n".join(texts)


def _image(image_url):
    url = image_url.get("url") if isinstance(image_url, dict) else None
    if not isinstance(url, str):
        raise RequestError("invalid_image_url", "image_url must be an object with a string `url`")
    head, comma, encoded = url.partition(",")
    if head[:5].lower() != "data:":
        raise RequestError(
            "remote_image", "only data: URLs are read; nothing is fetched from a net"
        )
    if not comma or not head.lower().endswith(";base64"):
        raise RequestError("invalid_image_url", "a data: URL must be data:TYPE;base64,BYTES")
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("invalid_image_url", "not base64: %s" % error) from error


class Api:
    """The routes of the server. `answer(page's text, question)` gives the text to send."""

    def __init__(self, pages, served_id, answer):
        self._pages, self._served_id, self._started = pages, served_id, int(time.time())
        self._answer = answer

    def application(self):
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[errors])
        app.router.add_get("/health", self.health)
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        return app

    async def health(self, _request):
        return web.json_response({"status": "ok"})

    async def models(self, _request):
        model = {"id": self._served_id, "object": "model", "created": self._started}
        return web.json_response({"object": "list", "data": [dict(model, owned_by="rapidocr")]})

    async def chat(self, request):
        try:
            body = json.loads(await request.read())
        except (ValueError, RecursionError) as error:
            raise RequestError("invalid_json", "the body is not JSON: %s" % error) from error
        images, question = asked_of(body)
        if body.get("model") not in (None, self._served_id):
            said = "this server has %r, not %r" % (self._served_id, body["model"])
            raise RequestError("model_not_found", said, status=404)
        read = await asyncio.gather(*[self._pages.text(content) for content in images])
        texts, scales, known = zip(*read)
        headers = {"X-Bench-Cache": "hit" if all(known) else "miss"}
        if min(scales) < 1:
            headers["X-Bench-Scale"] = "%.3f" % min(scales)
        frame = {"id": "chatcmpl-" + uuid.uuid4().hex, "created": int(time.time())}
        frame["model"] = self._served_id
        text = self._answer("\n\n".join(texts), question)
        if body.get("stream"):
            frame["object"] = "chat.completion.chunk"
            return await _stream(request, headers, frame, text)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        # No usage: an OCR counts no tokens, and 0 would be a claim.
        whole = dict(frame, object="chat.completion", choices=[choice])
        return web.json_response(whole, headers=headers)


@web.middleware
async def errors(request, handler):
    """Whatever goes wrong becomes an error in the API's form."""
    try:
        return await handler(request)
    except RequestError as error:
        return _error(error.status, error.code, str(error), "invalid_request_error")
    except web.HTTPException as error:
        return _error(error.status, "http_%d" % error.status, error.reason, "http_error")
    except Exception as error:
        request.app.logger.exception("a page could not be read")
        said = "%s: %s" % (type(error).__name__, error)
        return _error(500, "ocr_failed", said, "server_error")


def _error(status, code, message, kind):
    error = {"message": message, "type": kind, "code": code}
    return web.json_response({"error": error}, status=status)


async def _stream(request, headers, frame, text):
    response = web.StreamResponse(headers=dict(headers, **{"Content-Type": "text/event-stream"}))
    await response.prepare(request)
    steps = [({"role": "assistant"}, None), ({"content": text}, None), ({}, "stop")]
    for delta, reason in steps:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = json.dumps(dict(frame, choices=[choice]))
        await response.write(("data: %s\n\n" % chunk).encode())
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def warm_up(reader):
    """Read a small drawn page once, so that the first request pays no more than the next."""
    page = Image.new("RGB", (320, 96), "white")
    ImageDraw.Draw(page).text((20, 20), "READY", fill="black", font=ImageFont.load_default(48))
    file = io.BytesIO()
    page.save(file, "PNG")
    text, _ = reader.read(file.getvalue())
    if "READY" not in text.upper():
        raise RuntimeError("warm-up: drew READY, read %r" % text)


def serve(folder, answer=page_text, versions=versions):
    """Until SIGTERM. A pipeline on top of this OCR passes its own `answer` and `versions`."""
    spec = read_json(os.path.join(folder, "engine.json"))
    if spec.get("protocol") != PROTOCOL:
        raise Unsupported(
            "engine.json speaks protocol %r, not %d" % (spec.get("protocol"), PROTOCOL)
        )
    chosen = settings(spec.get("arguments") or {})
    reader = Reader(chosen["max_side"], chosen["text_score"])
    warm_up(reader)
    pages = Pages(reader, chosen["threads"], chosen["cache"])
    ready = os.path.join(folder, "ready.json")
    app = Api(pages, spec["served_id"], answer).application()
    asyncio.run(_listen(app, spec["host"], ready, versions()))
    pages.close()


async def _listen(app, host, ready, versions):
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    port = runner.addresses[0][1]
    write_json(ready, {"protocol": PROTOCOL, "port": port, "versions": versions})
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main(describe=lambda: {"versions": versions()}, serve=serve)
