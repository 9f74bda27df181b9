"""A file that is there whole or not at all, and texts that every reader of it can hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import jsonl
from bench.errors import UsageError

_LINE_ENDS = {mark: f"\\u{ord(mark):04x}".encode() for mark in "\u0085\u2028\u2029"}


def whole_file(path: Path, content: bytes | Callable[[Path], object]) -> Path:
    """`path`, after a file beside it has been filled. UsageError where it cannot be made."""
    staging = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            staging.write_bytes(content)
        else:
            content(staging)
        staging.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        if staging.exists():
            staging.unlink()
    return path


def utf8(value: Any) -> Any:
    """`value` with each lone surrogate in its texts as the six characters of its escape: Inspect
    and Parquet refuse a file that holds one.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [utf8(one) for one in value]
    if isinstance(value, dict):
        return {utf8(key): utf8(one) for key, one in value.items()}
    return value


def json_line(value: Any) -> bytes:
    """A line of JSON Lines, as `utf8` makes it; without those characters that JSON leaves as they
    are and readers take for the line's end (Every Eval Ever's validator among them).
    """
    found = jsonl.line(utf8(value))
    for mark, escape in _LINE_ENDS.items():
        found = found.replace(mark.encode(), escape)
    return found
