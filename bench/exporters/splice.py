"""One value put into a JSON file of somebody else; every other byte of it stays what it is.

The file is not written anew from its values: 1.10 would become 1.1, and an escape another spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from bench.errors import SourceError

_SPACE = re.compile(r"[ \t\r\n]*")
UNIT = "  "  # where the file does not tell


@dataclass(frozen=True)
class _Member:
    key: str
    at: int  # of the key's quotation mark
    start: int  # of the value
    end: int


@dataclass(frozen=True)
class _Object:
    """`start` at its brace, `end` behind the closing one."""

    start: int
    end: int
    members: tuple[_Member, ...]


def spliced(text: str, way: Sequence[str], values: Mapping[str, Any], path: Path) -> str:
    """`text` with `values` in the object at `way`, which is made where it is missing.

    A key that is there keeps its place. SourceError, with line and column, for what is no JSON
    object, and for a key on the way that stands twice or holds something else.
    """
    _check(text, path)
    for key, value in values.items():
        text = _set(text, [*way, key], value, path)
    return text


def _set(text: str, way: Sequence[str], value: Any, path: Path) -> str:
    unit = _unit(text)
    found = _object(text, _skip(text, 0))
    for depth, key in enumerate(way):
        own = [one for one in found.members if one.key == key]
        if len(own) > 1:
            raise _wrong(path, text, own[1].at, f"{key!r} stands twice: which one is meant?")
        if not own:
            for missing in reversed(way[depth + 1 :]):
                value = {missing: value}
            return _inserted(text, found, key, value, unit=unit, depth=depth)
        (member,) = own
        if depth == len(way) - 1:
            written = _written(value, unit, _indent(text, member.at), text)
            return text[: member.start] + written + text[member.end :]
        if text[member.start] != "{":
            raise _wrong(path, text, member.start, f"{key!r} holds no object: it is left alone")
        found = _object(text, member.start)
    raise AssertionError(way)


def _inserted(
    text: str, into: _Object, key: str, value: Any, *, unit: str | None, depth: int
) -> str:
    """Behind the last member, laid out as the others are."""
    name = json.dumps(key, ensure_ascii=False)
    if into.members:
        last = into.members[-1]
        indent = _indent(text, last.at)
        lead = ", " if indent is None else f",{_newline(text)}{indent}"
        new = f"{lead}{name}: {_written(value, unit, indent, text)}"
        return text[: last.end] + new + text[last.end :]
    outer = None if unit is None else unit * depth
    if outer is None or unit is None:
        new = f"{{{name}: {_written(value, None, None, text)}}}"
    else:
        line = _newline(text)
        inner = outer + unit
        new = f"{{{line}{inner}{name}: {_written(value, unit, inner, text)}{line}{outer}}}"
    return text[: into.start] + new + text[into.end :]


def _written(value: Any, unit: str | None, indent: str | None, text: str) -> str:
    if unit is None or indent is None:
        return json.dumps(value, ensure_ascii=False)
    lines = json.dumps(value, ensure_ascii=False, indent=unit).split("\n")
    return f"{_newline(text)}{indent}".join(lines)


def _indent(text: str, at: int) -> str | None:
    """What stands before a key in its line; None where something else than space does."""
    before = text[:at]
    line = before[before.rfind("\n") + 1 :]
    return line if "\n" in before and not line.strip(" \t") else None


def _unit(text: str) -> str | None:
    """One step of indentation: that of the first key. None where all stands in one line."""
    found = _object(text, _skip(text, 0))
    if not found.members:
        return UNIT
    return _indent(text, found.members[0].at)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _object(text: str, start: int) -> _Object:
    """The members of the object whose brace is at `start`; the text is known to be JSON."""
    members = []
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, after = _DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, after) + 1)
        _, end = _DECODER.raw_decode(text, value)
        members.append(_Member(key, at, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return _Object(start, at + 1, tuple(members))


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON value")


# Numbers are only passed over: one of 5,000 digits, or 1e999, is no reason to stop.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)


def _check(text: str, path: Path) -> None:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            path, f"is no JSON: {error.msg}", line=error.lineno, column=error.colno
        ) from None
    except (ValueError, RecursionError) as error:
        raise SourceError(path, f"cannot be read: {error}", line=1, column=1) from None
    if not isinstance(value, dict):
        raise _wrong(path, text, _skip(text, 0), "is no JSON object; name one that is, or a new")


def _wrong(path: Path, text: str, at: int, message: str) -> SourceError:
    before = text[:at]
    column = at - before.rfind("\n")
    return SourceError(path, message, line=before.count("\n") + 1, column=column)
