"""A streamed answer, put together while its bytes pass by."""

from __future__ import annotations

import time
from typing import Any

from bench.gateway.answer import Answer, Kind, Malformed, excerpt, parsed


class StreamedAnswer:
    """Feed it the stream's bytes in any cut; lines end in LF, CRLF or CR, as SSE says.

    `done` after [DONE]; `complete` also after a finish reason. `first_text_at` is
    time.perf_counter() at the first text, None before. feed and close raise Malformed for an event
    that is an error or no JSON; `whole` is where, in bytes, the last good event before it ended.
    """

    def __init__(self, kind: Kind) -> None:
        self.done = False
        self.first_text_at: float | None = None
        self._kind = kind
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._pieces: list[str] = []
        self._said_text = False
        self._chose = False
        self._raw = bytearray()
        self._cut_line: list[bytes] = []
        self._event: list[bytes] = []
        self._read = 0
        self.whole = 0

    @property
    def complete(self) -> bool:
        return self._chose and (self.done or self._finish_reason is not None)

    @property
    def raw(self) -> bytes:
        return bytes(self._raw)

    @property
    def size(self) -> int:
        """Bytes that were fed."""
        return len(self._raw)

    def answer(self) -> Answer:
        text = "".join(self._pieces) if self._said_text else None
        return Answer(text, self._finish_reason, self._usage)

    def feed(self, chunk: bytes) -> None:
        self._raw += chunk
        # A line without an end is joined once, not at each chunk.
        after_return = self._cut_line and self._cut_line[-1].endswith(b"\r")
        if not after_return and b"\n" not in chunk and b"\r" not in chunk:
            self._cut_line.append(chunk)
            return
        # bytes.splitlines knows only CR and LF: U+2028 inside an answer ends no line.
        lines = b"".join((*self._cut_line, chunk)).splitlines(keepends=True)
        self._cut_line = [lines.pop()] if lines and not lines[-1].endswith(b"\n") else []
        for line in lines:
            self._line(line.rstrip(b"\r\n"))
            self._read += len(line)
            if not self._event:
                self.whole = self._read

    def close(self) -> None:
        """The stream ended: what stands without its newline or blank line counts as well."""
        for line in b"".join(self._cut_line).splitlines():
            self._line(line)
        self._cut_line = []
        self._line(b"")

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            content = line[5:].removeprefix(b" ")
            if content.strip() == b"[DONE]":
                self._dispatch()
                self._finish()
            else:
                self._event.append(content)
        elif not line:
            self._dispatch()

    def _finish(self) -> None:
        if not self._chose:
            raise Malformed("the stream ended without a choice")
        self.done = True

    def _dispatch(self) -> None:
        if not self._event:
            return
        content, self._event = b"\n".join(self._event), []
        if not content.strip() or self.done:
            return
        event = parsed(content)
        if event.get("error") is not None:
            raise Malformed(f"the endpoint broke off: {excerpt(content)}")
        if isinstance(event.get("usage"), dict):
            self._usage = event["usage"]
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and choice.get("index", 0) == 0:
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        self._chose = True
        if isinstance(choice.get("finish_reason"), str):
            self._finish_reason = choice["finish_reason"]
        delta = choice if self._kind == "completion" else choice.get("delta")
        if not isinstance(delta, dict):
            return
        text = delta.get("text" if self._kind == "completion" else "content")
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(text, str):
            self._said_text = True
            self._pieces.append(text)
        if (text or thought) and self.first_text_at is None:
            self.first_text_at = time.perf_counter()
