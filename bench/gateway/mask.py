"""Keeps an API key out of all that is recorded or handed to a harness."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

MASKED: Final = b"***"

# "EMPTY", "none" and the like are no secrets, and masking them would change answers.
SHORTEST_SECRET: Final = 8


class Mask:
    """Replaces the key, plain or escaped for JSON or a URL, by ***. None masks nothing."""

    def __init__(self, key: str | None) -> None:
        self.forms: tuple[bytes, ...] = ()
        if key is not None and len(key) >= SHORTEST_SECRET:
            escaped = json.dumps(key)[1:-1]
            forms = {key, escaped, escaped.replace("/", "\\/"), quote(key, safe="")}
            self.forms = tuple(form.encode() for form in sorted(forms, key=len, reverse=True))

    def __call__(self, content: bytes) -> bytes:
        for form in self.forms:
            if form in content:
                content = content.replace(form, MASKED)
        return content

    def text(self, text: str) -> str:
        return self(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


class MaskedStream:
    """The same for chunks: an end that may be the beginning of the key waits for the next chunk."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        if not self.mask.forms:
            return chunk
        content = self.mask(self._held + chunk)
        held = self._suspicious(content)
        self._held = content[len(content) - held :]
        return content[: len(content) - held]

    def rest(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _suspicious(self, content: bytes) -> int:
        for size in range(max(map(len, self.mask.forms)) - 1, 0, -1):
            tail = content[-size:]
            if len(tail) == size and any(form.startswith(tail) for form in self.mask.forms):
                return size
        return 0
