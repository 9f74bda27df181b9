"""Images leave the record: each is stored once, by its hash, and named where it stood."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from bench.gateway.record import IMAGES_NAME


class ImageStore:
    """FOLDER/images: one file an image, named by its sha256. Safe to use from threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / IMAGES_NAME
        self._folder.mkdir(exist_ok=True)
        self._known: set[str] = {path.stem for path in self._folder.iterdir()}

    def keep(self, content: bytes) -> str:
        """Store the bytes, where they are new, and return their sha256 in hex."""
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._known:
            staging = self._folder / f".{uuid.uuid4().hex}.part"
            staging.write_bytes(content)
            staging.replace(self._folder / f"{digest}.{extension(content)}")
            self._known.add(digest)
        return digest

    def without_images(self, messages: list[Any]) -> list[Any]:
        """The messages with each embedded image, video or sound replaced by its hash."""
        return [self._message(message) for message in messages]

    def _message(self, message: Any) -> Any:
        if not isinstance(message, dict) or not isinstance(message.get("content"), list):
            return message
        return {**message, "content": [self._part(part) for part in message["content"]]}

    def _part(self, part: Any) -> Any:
        kind = part.get("type") if isinstance(part, dict) else None
        # A text that begins like a data URL stays text.
        if not isinstance(kind, str) or not kind.endswith("_url"):
            return part
        value = part.get(kind)
        inner = value if isinstance(value, dict) else {"url": value}
        url = inner.get("url")
        if not isinstance(url, str) or url[:5].lower() != "data:":
            return part
        media_type, content = decoded(url)
        named = {"sha256": self.keep(content), "media_type": media_type, "bytes": len(content)}
        return {**part, kind: {**{k: v for k, v in inner.items() if k != "url"}, **named}}


def decoded(url: str) -> tuple[str, bytes]:
    """A data URL's declared media type and content; broken base64 stands for itself, as text."""
    declared, _, payload = url[5:].partition(",")
    media_type, *options = (word.strip() for word in declared.split(";"))
    if "base64" not in map(str.lower, options):
        return media_type, unquote_to_bytes(payload)
    try:
        return media_type, base64.b64decode(payload)
    except (binascii.Error, ValueError):
        return media_type, payload.encode("utf-8", "surrogatepass")


def extension(content: bytes) -> str:
    """Told by the first bytes: a declared media type may lie."""
    if content[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(content[8:12], "bin")
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    return "bin"


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
)
