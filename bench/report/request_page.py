"""One request in full: what was asked, with its images in their places, and what came back."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.color import Color
from rich.style import Style
from rich.text import Text

from bench import store
from bench.gateway.record import Failure, RecordedRequest
from bench.pixels import ImageFacts, image_facts
from bench.report.request_rows import Found
from bench.report.requests import stored_images
from bench.report.visible import visible

PREVIEW = (60, 30)  # columns, rows


@dataclass(frozen=True)
class Page:
    """`preview`: columns and rows that a small copy of each image may take; None for none."""

    folder: Path
    found: Found
    preview: tuple[int, int] | None

    @property
    def request(self) -> RecordedRequest:
        return self.found.request

    def lines(self) -> Iterator[Text]:
        yield from self._head()
        yield from self._asked()
        yield from self._attempts()
        yield from self._answer()

    def _head(self) -> Iterator[Text]:
        one = self.request
        head = Text(f"request {self.found.number}  {one.id}  ", "bold")
        head.append("ok" if one.status == "ok" else "failed", _style(one.error))
        yield head
        if self.found.superseded:
            yield Text("  asked again in a later session: does not count", "yellow")
        yield _named("job", one.job)
        yield _named("sample", one.sample or "(the harness named none)")
        yield _named("model", f"{one.model}, asked as {one.served_model} at {one.path}")
        yield _named("started", f"{one.started_at}, session {one.session}")
        for replay in self.found.replays:
            yield _named("replayed", f"{replay.at}, session {replay.session}: no model was asked")
        yield _named("identity", one.identity)
        yield _named("parameters", _json(one.parameters))

    def _asked(self) -> Iterator[Text]:
        if self.request.messages is None:
            return
        gateway = self.folder / store.GATEWAY
        stored = stored_images(gateway)
        facts = image_facts(gateway, [image.sha256 for image in self.request.images])
        for message in self.request.messages:
            role = message.get("role") if isinstance(message, dict) else None
            yield Text(f"\n{visible(str(role or 'message'), keep='')}", "bold")
            content = message.get("content") if isinstance(message, dict) else message
            for part in content if isinstance(content, list) else [content]:
                digest = _digest(part)
                if digest is None:
                    yield from _quoted(_words(part))
                else:
                    yield from self._image(part, stored.get(digest), facts.get(digest))
            if isinstance(message, dict) and (rest := message.keys() - {"role", "content"}):
                yield _named("besides", _json({name: message[name] for name in sorted(rest)}))

    def _image(self, part: Any, path: Path | None, facts: ImageFacts | None) -> Iterator[Text]:
        inner = part[part["type"]]
        shape = f"{facts.format or '?'} {facts.width}×{facts.height}" if facts else "not stored"
        said = f"{shape}, {inner['bytes']:,} bytes, sent as {inner['media_type']}"
        yield _named(part["type"].removesuffix("_url"), said)
        yield _named("  file", str(path or "gone"))
        yield _named("  sha256", str(inner["sha256"]))
        if facts:
            yield _named("  pixels", facts.rgb_sha256 or f"unknown: {facts.trouble}")
        rest = {name: inner[name] for name in inner.keys() - {"sha256", "bytes", "media_type"}}
        if rest:
            yield _named("  besides", _json(rest))
        if self.preview and path and facts and facts.rgb_sha256:
            yield from half_blocks(path, *self.preview)

    def _attempts(self) -> Iterator[Text]:
        one = self.request
        yield Text("\nattempts", "bold")
        for number, attempt in enumerate(one.attempts, start=1):
            http = f"HTTP {attempt.http_status}" if attempt.http_status else "no status"
            said = f"{attempt.started_at}  {attempt.latency_s:.3f} s  {http}  "
            line = Text(f"  {number}  {said}")
            line.append(
                "ok" if attempt.error is None else attempt.error.kind, _style(attempt.error)
            )
            yield line
            if attempt.error is not None:
                yield from _quoted(attempt.error.message)
        if not one.attempts:
            yield Text("  none: it never reached the endpoint")
        if one.error is not None and not (one.attempts and one.attempts[-1].error == one.error):
            yield _named(one.error.kind, one.error.message)
        times = {"queue": one.queue_s, "waiting for the engine": one.down_s, "retries": one.retry_s}
        spent = [
            f"{name} {value:.3f} s" for name, value in times.items() if value or name == "queue"
        ]
        spent += [f"first token {one.ttft_s:.3f} s"] if one.ttft_s is not None else []
        spent += [f"latency {one.latency_s:.3f} s"] if one.latency_s is not None else []
        spent += [f"{one.tpot_s * 1000:.2f} ms a token"] if one.tpot_s is not None else []
        yield _named("times", ", ".join(spent))

    def _answer(self) -> Iterator[Text]:
        one = self.request
        yield Text("\nanswer", "bold")
        if one.usage is not None:
            yield _named("usage", _json(one.usage))
        if one.status != "ok":
            yield Text("  none", "red")
            if one.response:
                yield Text("  what the endpoint sent instead: --raw", "dim")
            return
        yield _named("finished", one.finish_reason or "(no reason was given)")
        if one.text is None:
            yield Text("  a null content: counted as an empty answer")
        else:
            yield _named("characters", str(len(one.text)))
            yield from _quoted(one.text)


def half_blocks(path: Path, columns: int, rows: int) -> Iterator[Text]:
    """A small copy of an image in coloured half blocks; nothing where it cannot be read."""
    from PIL import Image

    from bench.report.images import thumbnail

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a big image
            small = Image.open(io.BytesIO(thumbnail(path.read_bytes())[0]))
            small.thumbnail((columns, 2 * rows), Image.Resampling.LANCZOS)
    except Exception:  # noqa: BLE001  (a decoder may raise anything)
        return
    for top in range(0, small.height, 2):
        line = Text("    ")
        for x in range(small.width):
            upper, lower = _pixel(small, x, top), _pixel(small, x, top + 1)
            line.append("▀", Style(color=upper, bgcolor=lower))
        yield line


def _pixel(image: Any, x: int, y: int) -> Color | None:
    return Color.from_rgb(*image.getpixel((x, y))) if y < image.height else None


def _digest(part: Any) -> str | None:
    kind = part.get("type") if isinstance(part, dict) else None
    inner = part.get(kind) if isinstance(kind, str) else None
    if isinstance(inner, dict) and {"sha256", "media_type", "bytes"} <= inner.keys():
        return str(inner["sha256"])
    return None


def _words(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and part.keys() == {"type", "text"} and isinstance(part["text"], str):
        return part["text"]
    return _json(part)


def _named(name: str, value: str) -> Text:
    return Text.assemble((f"  {name:11} ", "dim"), visible(value, keep=""))


def _quoted(text: str) -> Iterator[Text]:
    """Line by line behind a bar, so that spaces at either end of the text can be seen."""
    for line in visible(text).split("\n"):
        yield Text.assemble(("  │ ", "dim"), line)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _style(error: Failure | None) -> str:
    return "red" if error else "green"
