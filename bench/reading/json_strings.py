"""Strings and keys of almost-JSON: other quotation marks, marks inside, wrong escapes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

QUOTES: dict[str, str] = {
    '"': '"',
    "'": "'",
    "“": '”"',
    "„": '“”"',
    "«": "»",
    "‘": "’'",
}
_SPECIAL = {begin: re.compile(rf"[\\\x00-\x1f{re.escape(ends)}]") for begin, ends in QUOTES.items()}
_ESCAPES = re.compile(r'(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))++')
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?\Z")

_BEGINS = "".join(QUOTES)
_KEY = (
    r'"[^"\n]{0,200}+(?:"\s*+(?::|\Z)|\Z)'
    r"|'[^'\n]{0,200}+(?:'\s*+(?::|\Z)|\Z)"
    r"|[“„«‘][^\"”“»’\n]{0,200}+(?:[\"”“»’]\s*+(?::|\Z)|\Z)"
    r"|[\w$.-]{1,60}+(?:\s*+:|\Z)"
)
_COMMENT = r"//|/\*|\#[ ]"
# What may stand behind the mark that ends a string: any other mark is part of the text.
_BEHIND_KEY = re.compile(r"\s*+:")
_BEHIND_IN_OBJECT = re.compile(
    rf"\s*+(?:[}}\]]|\Z|{_COMMENT}|,\s*+(?:[}}\],]|\Z|\.\.\.|…|{_COMMENT})|,?\s*+(?:{_KEY}))"
)
_BEHIND_IN_LIST = re.compile(
    rf"\s*+(?:[}}\]]|\Z|{_COMMENT}|(?<=\n)[{_BEGINS}]"
    rf"|,\s*+(?:[{_BEGINS}{{\[\]}},\d-]|\Z|\.\.\.|…|(?:true|false|null|True|False|None)\b|[a-zA-Z]{{1,4}}\Z|{_COMMENT}))"
)
_BARE_KEY = re.compile(r"[\w$.-]{1,60}+(?=\s*+(?::|\Z))")


@dataclass(frozen=True)
class Scanned:
    text: str
    end: int
    mended: tuple[str, ...]


def key_at(text: str, at: int) -> Scanned | None:
    if text[at] in QUOTES:
        return _scanned(text, at, _BEHIND_KEY)
    bare = _BARE_KEY.match(text, at)
    return Scanned(bare[0], bare.end(), ("unquoted_key",)) if bare else None


def string_at(text: str, at: int, *, in_object: bool) -> Scanned:
    return _scanned(text, at, _BEHIND_IN_OBJECT if in_object else _BEHIND_IN_LIST)


def _scanned(text: str, at: int, behind: re.Pattern[str]) -> Scanned:
    """To the first mark with `behind` behind it, else to the end of the text."""
    mark = text[at]
    mended: dict[str, None] = {}
    if mark != '"':
        mended["single_quotes" if mark == "'" else "typographic_quotes"] = None
    pieces: list[str] = []
    begin = place = at + 1
    while found := _SPECIAL[mark].search(text, place):
        place, special = found.end(), found[0]
        if special == "\\":
            pieces.append(text[begin : found.start()])
            begin = place = _unescape(text, found.start(), pieces, mended)
        elif special < " ":
            mended["line_breaks"] = None
        elif behind.match(text, place):
            pieces.append(text[begin : found.start()])
            return Scanned("".join(pieces), place, tuple(mended))
        else:
            mended["inner_quotes"] = None
    pieces.append(text[begin:])
    return Scanned("".join(pieces), len(text), tuple(mended))


def _unescape(text: str, at: int, pieces: list[str], mended: dict[str, None]) -> int:
    """Where the text goes on behind the escapes at `at`."""
    if known := _ESCAPES.match(text, at):
        pieces.append(json.loads(f'"{known[0]}"'))
        return known.end()
    mended["escapes"] = None
    if _CUT_ESCAPE.match(text, at):
        return len(text)
    if text[at + 1] in QUOTES:
        return at + 1  # \' is '
    pieces.append("\\")
    return at + 1
