"""What one request asked of a model, taken apart: the same parts whatever way it went."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from bench.gateway.record import RecordedRequest
from bench.pixels import ImageFacts

_SYSTEM = ("system", "developer")


class Piece(NamedTuple):
    """A text of a message, or (`text` is None) the images that stand there, one or more.

    `message` counts from 0, system messages left out.
    """

    message: int
    role: str
    text: str | None


class Picture(NamedTuple):
    """An image as it was sent: `key` is its sha256, or the address where it was only named."""

    key: str
    declared: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """Everything that a request said, each thing in one part.

    `form` is what is in no other part: the path, unusual keys and kinds of parts, and whether a
    content is one string or a list. Of an image's declared type see `misdeclared`.
    """

    sample: str | None
    served_model: str | None
    system: tuple[Piece, ...]
    prompt: tuple[Piece, ...]
    images: tuple[Picture, ...]
    parameters: dict[str, Any]
    form: str

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(image.key for image in self.images)


def sent(request: RecordedRequest) -> Sent:
    found, parameters = _Found(), dict(request.parameters)
    if request.messages is None and isinstance(parameters.get("prompt"), str):
        found.prompt.append(Piece(0, "user", parameters.pop("prompt")))
    number = 0
    for message in request.messages or ():
        number += found.add(message, number)
    form = {"path": request.path.strip("/"), "content": sorted(found.contents)}
    if found.odd:
        form["other"] = sorted(found.odd)
    return Sent(
        sample=request.sample,
        served_model=request.served_model,
        system=tuple(found.system),
        prompt=tuple(found.prompt),
        images=tuple(found.images),
        parameters=parameters,
        form=json.dumps(form, sort_keys=True),
    )


@dataclass(slots=True)
class _Found:
    system: list[Piece] = field(default_factory=list)
    prompt: list[Piece] = field(default_factory=list)
    images: list[Picture] = field(default_factory=list)
    contents: set[Literal["string", "list"]] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)

    def add(self, message: Any, number: int) -> int:
        """1 where the message counts as one of the conversation, 0 for a system message."""
        if not isinstance(message, dict):
            self.odd.add(_text(message))
            return 0
        role, content = str(message.get("role")), message.get("content")
        extra = {key: value for key, value in message.items() if key not in ("role", "content")}
        if extra:
            self.odd.add(_text(extra))
        pieces = self.system if role in _SYSTEM else self.prompt
        if isinstance(content, str):
            pieces.append(Piece(number, role, content))
        for part in content if isinstance(content, list) else ():
            self._part(part, pieces, number, role)
        if role in _SYSTEM:
            return 0
        if content is not None:
            self.contents.add("string" if isinstance(content, str) else "list")
        return 1

    def _part(self, part: Any, pieces: list[Piece], number: int, role: str) -> None:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            pieces.append(Piece(number, role, part["text"]))
            self._extra(part, "type", "text")
        elif isinstance(kind, str) and kind.endswith("_url"):
            self._image(part, kind)
            here = Piece(number, role, None)
            # Of neighbours the number is no matter of the prompt's.
            if not pieces or pieces[-1] != here:
                pieces.append(here)
        else:
            self.odd.add(_text(part))

    def _image(self, part: dict[str, Any], kind: str) -> None:
        inner = part.get(kind)
        inner = inner if isinstance(inner, dict) else {"url": inner}
        stored = isinstance(inner.get("sha256"), str)
        key = inner["sha256"] if stored else str(inner.get("url"))
        self.images.append(Picture(key, str(inner.get("media_type", "")), named=not stored))
        self._extra(inner, "sha256", "url", "media_type", "bytes")
        self._extra(part, "type", kind)
        if kind != "image_url":
            self.odd.add(kind)

    def _extra(self, values: dict[str, Any], *known: str) -> None:
        extra = {key: value for key, value in values.items() if key not in known}
        if extra:
            self.odd.add(_text(extra))


_TYPES = {
    "PNG": ("image/png",),
    "JPEG": ("image/jpeg", "image/jpg"),
    "MPO": ("image/jpeg", "image/jpg"),
    "WEBP": ("image/webp",),
    "GIF": ("image/gif",),
    "BMP": ("image/bmp",),
    "TIFF": ("image/tiff",),
}


def misdeclared(images: Iterable[Picture], facts: Mapping[str, ImageFacts]) -> list[str]:
    """Images that say of themselves what they are not; of an unknown format nothing is said."""
    found = set()
    for image in images:
        kind = facts[image.key].format if image.key in facts else None
        if kind in _TYPES and image.declared not in _TYPES[kind]:
            found.add(f"{kind} declared as {image.declared or 'nothing'}")
    return sorted(found)


def answered_by(request: RecordedRequest) -> str | None:
    """The `model` that the endpoint's answer names, whole or streamed; None where it names none."""
    if request.status != "ok" or not request.response:
        return None
    for said in _objects(request.response):
        if isinstance(said, dict) and isinstance(said.get("model"), str):
            name: str = said["model"]
            return name
    return None


def _objects(response: str) -> Iterator[Any]:
    try:
        yield json.loads(response)
    except (ValueError, RecursionError):
        for line in response.splitlines():
            if line.startswith("data:"):
                try:
                    yield json.loads(line[5:])
                except (ValueError, RecursionError):
                    continue


def canonical(value: Any) -> bytes:
    """One form for one meaning: keys in order, and 0.0 is 0."""
    return _text(value).encode("ascii")


def digest(value: Any) -> bytes:
    return hashlib.sha256(canonical(value)).digest()


def _text(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
