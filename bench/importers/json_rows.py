"""JSON files of benchmarks: one large value, whose parts still have a line to be named by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importers.row import Row, at_line, place
from bench.yaml import json_values, read_text


def load_json(path: Path) -> Any:
    """The file's value; SourceError with line and column where it is broken."""
    return json_values(path, read_text(path))


def json_rows(path: Path, key: str | None) -> tuple[int, Iterator[Row]]:
    """How many objects the list has, and each. The list is the file itself, or below `key`."""
    text = read_text(path)
    value = json_values(path, text)
    listed = value.get(key) if key is not None and isinstance(value, dict) else value
    if not isinstance(listed, list):
        where = f"under {key!r}" if key is not None else "in it"
        raise SourceError(path, f"has no list {where}", line=1)
    return len(listed), _rows(path, text, key, listed)


def jsonl_rows(path: Path) -> Iterator[Row]:
    """A line an object (metadata.jsonl)."""
    from bench import jsonl

    for line, value in jsonl.read_human(path):
        yield Row(_object(path, value, line), at_line(path, line))


def _rows(path: Path, text: str, key: str | None, listed: list[Any]) -> Iterator[Row]:
    for index, value in enumerate(listed):

        def line(index: int = index) -> int | None:
            return _line(text, key, index)

        if not isinstance(value, dict):
            raise SourceError(path, "must be a JSON object", line=line())
        yield Row(value, place(path, line))


def _object(path: Path, value: Any, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SourceError(path, "must be a JSON object", line=line)
    return value


def _line(text: str, key: str | None, index: int) -> int | None:
    """Where the list's element begins; looked for only when there is something to say of it."""
    opened = re.compile(rf'"{re.escape(key)}"\s*:\s*\[' if key else r"\s*\[")
    found = opened.search(text) if key else opened.match(text)
    if found is None:
        return None
    decoder, between = json.JSONDecoder(), re.compile(r"[\s,]*")
    at = found.end()
    try:
        for _ in range(index):
            at = decoder.raw_decode(text, _after(between, text, at))[1]
    except ValueError:  # the key stands in some text before the list
        return None
    return text.count("\n", 0, _after(between, text, at)) + 1


def _after(between: re.Pattern[str], text: str, at: int) -> int:
    found = between.match(text, at)
    return found.end() if found else at
