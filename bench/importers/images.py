"""Images of a benchmark -> files of a task folder: byte for byte, each once, named by content.

PNG, JPEG and WebP stay as they are. Anything else that Pillow reads becomes a PNG with the same
pixels, for servers of models do not take it.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bench.importers.names import slug

_KEPT = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"))
_HEAD = 16  # bytes that tell a kind


class NoImageError(Exception):
    """The message says what is wrong with it, without its name."""


@dataclass(frozen=True)
class Picture:
    """An image as a benchmark has it: a file, or the bytes of a column. `name` has no suffix."""

    name: str
    content: Path | bytes


@dataclass
class Shelf:
    """The folder `images/` of a task that is being made."""

    folder: Path
    converted: int = 0
    _stored: dict[tuple[str, str], str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def put(self, picture: Picture) -> str:
        """Its place in the task folder. The same bytes under the same name are stored once."""
        key = (picture.name, _identity(picture.content))
        if key not in self._stored:
            stem = slug(picture.name) or "image"
            if stem.casefold() in self._taken:
                stem = f"{stem}-{hashlib.sha256(repr(key).encode()).hexdigest()[:8]}"
            suffix = self._write(picture.content, self.folder / stem)
            self._taken.add(stem.casefold())
            self._stored[key] = f"{self.folder.name}/{stem}{suffix}"
        return self._stored[key]

    def __len__(self) -> int:
        return len(self._stored)

    def _write(self, content: Path | bytes, place: Path) -> str:
        suffix = kept_suffix(_head(content))
        if suffix is None:
            place.with_name(f"{place.name}.png").write_bytes(_as_png(content))
            self.converted += 1
            return ".png"
        target = place.with_name(place.name + suffix)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_bytes(content)
        return suffix


def kept_suffix(head: bytes) -> str | None:
    """The suffix of what is copied as it is; None for any other kind."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for mark, suffix in _KEPT if head.startswith(mark)), None)


def _head(content: Path | bytes) -> bytes:
    if isinstance(content, bytes):
        return content[:_HEAD]
    try:
        with content.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise NoImageError(f"image {content.name} cannot be read: {error.strerror}") from None


def _identity(content: Path | bytes) -> str:
    """A file is itself; bytes are the same where their hash is."""
    if isinstance(content, Path):
        return str(content)
    return hashlib.sha256(content).hexdigest()


def _as_png(content: Path | bytes) -> bytes:
    from PIL import Image

    source = content if isinstance(content, Path) else io.BytesIO(content)
    written = io.BytesIO()
    try:
        with Image.open(source) as image:
            plain = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
            (image if plain else image.convert("RGB")).save(written, format="PNG")
    except Exception as error:  # noqa: BLE001  (decoders raise whatever they like)
        said = " ".join(str(error).split())[:120]
        raise NoImageError(f"is no image that can be read: {said}") from None
    return written.getvalue()
