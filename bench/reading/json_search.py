"""The JSON of an answer: as it stands, in a fence, in prose, cut off, or almost JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from bench.reading.fences import last_json_block
from bench.reading.json_mending import Broken, Mended, mended_at
from bench.reading.json_strings import QUOTES
from bench.reading.json_text import Number, is_too_deep

_BEGIN = re.compile(rf"\[|\{{(?=\s*+[}},.…/#$\w{''.join(QUOTES)}-])")
_BARE_PAIRS = re.compile(r"\s*+\"[^\"\n]{1,100}+\"\s*+:")


@dataclass(frozen=True)
class Parsed:
    """`value`: dict, list, str, Number (as written), bool or None. `mended`: what was not JSON.

    Names: fence, prose, comments, trailing_comma, extra_comma, missing_comma, missing_value,
    single_quotes, typographic_quotes, inner_quotes, unquoted_key, unquoted_value, words
    (`None`, `True`), not_a_number (NaN: null), escapes, line_breaks, brackets, braces, ellipsis,
    duplicate_key (the last one counts), cut_off, quoted (JSON in a JSON string), several (the last
    one counts), spaces.
    """

    value: Any
    mended: tuple[str, ...]


def parse_json(text: str) -> Parsed | None:
    """None where there is no object and no list, or where it is over DEEPEST levels deep.

    A text that is JSON as it stands may also be a string, a number, a boolean or null. Never raises
    on text; time and memory grow with its length.
    """
    if (strict := _strict(text)) is not None:
        return strict.parsed
    block = last_json_block(text)
    if block is not None:
        inner = _strict(block)
        found = inner.parsed if inner else _searched(block)
        if found:
            return Parsed(found.value, ("fence", *found.mended))
    return _searched(text)


def is_json(text: str) -> bool:
    """As it stands: no key twice, no NaN, no JSON in a string, not over DEEPEST levels deep."""
    strict = _strict(text)
    return strict is not None and strict.parsed is not None and not strict.parsed.mended


@dataclass(frozen=True)
class _Strict:
    """The text is JSON; `parsed` is None where it is too deep."""

    parsed: Parsed | None


def _strict(text: str) -> _Strict | None:
    mended: dict[str, None] = {}

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        if len(value) < len(found):
            mended["duplicate_key"] = None
        return value

    def constant(_name: str) -> None:
        mended["not_a_number"] = None

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_float=Number,
            parse_int=Number,
            parse_constant=constant,
        )
    except RecursionError:
        return _Strict(None)
    except ValueError:
        return None
    if isinstance(value, str) and not isinstance(value, Number):
        inside = _strict(value) if value.lstrip()[:1] in ("{", "[") else None
        if inside and inside.parsed:
            return _Strict(Parsed(inside.parsed.value, ("quoted", *inside.parsed.mended)))
    return _Strict(None if is_too_deep(value) else Parsed(value, tuple(mended)))


@dataclass(frozen=True)
class _Placed:
    """An object or a list where it stands; `rank`: the higher, the likelier the answer."""

    found: Mended
    begin: int
    rank: tuple[bool, bool, bool]


def _searched(text: str) -> Parsed | None:
    """Whole before cut off, with an object before without one; the last of several."""
    if pairs := _bare_pairs(text):
        return pairs
    best, several, at = None, False, 0
    while begin := _BEGIN.search(text, at):
        found = mended_at(text, begin.start())
        if isinstance(found, Broken):
            if found.too_deep:
                return None
            at = max(found.at, begin.end())
            continue
        at = found.end
        placed = _Placed(found, begin.start(), _rank(found))
        if _is_answer(text, placed) and (best is None or placed.rank >= best.rank):
            several = best is not None and placed.rank == best.rank
            best = placed
    return _parsed(text, best, several=several) if best else None


def _parsed(text: str, placed: _Placed, *, several: bool) -> Parsed:
    found = placed.found
    prose = text[: placed.begin].strip() or text[found.end :].strip()
    around = [name for name, is_so in (("prose", prose), ("several", several)) if is_so]
    return Parsed(found.value, (*around, *found.mended) or ("spaces",))


def _rank(found: Mended) -> tuple[bool, bool, bool]:
    return found.whole, _has_object(found.value), bool(found.value)


def _has_object(value: Any) -> bool:
    return isinstance(value, dict) or any(isinstance(one, dict) for one in value)


def _is_answer(text: str, placed: _Placed) -> bool:
    """No footnote [1], no [Name] of a template, no brace that begins nothing."""
    found = placed.found
    if _has_object(found.value):
        return bool(found.value) or found.whole
    if not text[: placed.begin].strip() and not text[found.end :].strip():
        return bool(found.value) and "unquoted_value" not in found.mended
    texts = any(isinstance(one, str) and not isinstance(one, Number) for one in found.value)
    return not found.mended and (texts or len(found.value) > 1)


def _bare_pairs(text: str) -> Parsed | None:
    """`"total": 5, "date": null`: an object whose braces were left out."""
    if not _BARE_PAIRS.match(text):
        return None
    found = mended_at("{" + text, 0)
    if isinstance(found, Broken) or not found.value:
        return None
    rest = "prose" if text[found.end - 1 :].strip() else None
    mended = ("braces", rest, *(name for name in found.mended if name != "cut_off"))
    return Parsed(found.value, tuple(filter(None, mended)))
