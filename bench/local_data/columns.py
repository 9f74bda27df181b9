"""Values of columns and their types, as data.json and configs/benchmarks.yaml write them.

TYPE: text | integer | number | boolean | image | any | {list: TYPE} | {record: {KEY: TYPE}}.
`null` stands for what has held no value yet; it is never written.
"""

from __future__ import annotations

import ast
import datetime as dt
import decimal
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

ColumnType = str | dict[str, Any]
Kept = Callable[[Any], str]  # stores an image; its place in the copy's folder

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_SEVERAL = {
    "text": "texts",
    "integer": "whole numbers",
    "number": "numbers",
    "boolean": "true or false values",
    "image": "images",
    "any": "values",
}


class StoredImage(str):
    """The place of an image that its reader has stored already."""

    __slots__ = ()


class MisfitError(Exception):
    """The message says what a value must be, and what it is."""


def spoken(kind: ColumnType) -> str:
    """The type in words: `a list of texts`."""
    if isinstance(kind, dict):
        if "list" in kind:
            inner = kind["list"]
            return "a list of " + (
                _SEVERAL[inner] if isinstance(inner, str) else "lists or records"
            )
        return f"a record with the keys {', '.join(kind['record'])}"
    return {"integer": "a whole number", "boolean": "true or false", "image": "an image"}.get(
        kind, f"a {kind}"
    )


def taken(value: Any, kind: ColumnType, kept: Kept) -> Any:
    """The value as a row of the copy holds it. Null is null; MisfitError where it does not fit.

    Only what is one value in two notations is changed: 337 is the text "337", 3.0 the integer 3.
    """
    if value is None:
        return None
    if isinstance(kind, dict):
        return _taken_parts(value, kind, kept)
    if kind == "image":
        return kept(value)
    if kind == "any":
        return plain(value)
    fitting = _FITTING[kind](value)
    if fitting is None:
        raise MisfitError(f"must be {spoken(kind)}, and is {_shown(value)}")
    return fitting


def _taken_parts(value: Any, kind: dict[str, Any], kept: Kept) -> Any:
    if "list" in kind:
        if not isinstance(value, list | tuple):
            raise MisfitError(f"must be {spoken(kind)}, and is {_shown(value)}")
        return [taken(one, kind["list"], kept) for one in value]
    if not isinstance(value, Mapping):
        raise MisfitError(f"must be {spoken(kind)}, and is {_shown(value)}")
    declared: dict[str, ColumnType] = kind["record"]
    return {
        key: taken(one, declared[key], kept) if key in declared else plain(one)
        for key, one in value.items()
    }


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
        return None
    return float(value)


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_FITTING: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}


def plain(value: Any) -> Any:
    """Any value as JSON has it; times as ISO text. MisfitError for bytes that are no image."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    raise MisfitError(f"holds {_shown(value)}; a local copy holds text, numbers and images")


def parsed(cell: str, kind: ColumnType) -> Any:
    """A cell of a CSV or TSV file as the type has it. An empty one is null, unless it is text.

    Lists and records are Python or JSON literals (never evaluated); for a list of texts any other
    cell is its one element, as VLMEvalKit reads its tables.
    """
    if isinstance(cell, StoredImage):
        return [cell] if kind == {"list": "image"} else cell
    if kind in ("text", "any"):
        return cell
    if not cell:
        return None
    return _parsed_literal(cell, kind) if isinstance(kind, dict) else _parsed_scalar(cell, kind)


def _parsed_scalar(cell: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(cell.casefold(), cell)
    if kind == "number":
        with suppress(ValueError):
            return float(cell)
    return cell  # whole numbers and images are told from text where they are taken


def _parsed_literal(cell: str, kind: dict[str, Any]) -> Any:
    value = literal(cell)
    if kind == {"list": "text"}:  # in `[7, 'x']` 7 was meant as the text that it is written as
        texts = value if isinstance(value, list) else [cell]
        return [one if isinstance(one, str) or one is None else str(one) for one in texts]
    if not isinstance(value, dict if "record" in kind else list):
        raise MisfitError(f"must be {spoken(kind)}, and is {_shown(cell)}")
    return value


def literal(cell: str) -> Any:
    """The value of a Python or JSON literal; the cell itself where it is none."""
    try:
        return ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def read_off(value: Any, kept: Kept) -> tuple[Any, ColumnType]:
    """A value of a column whose type nobody has declared, as it is stored, and its type."""
    if isinstance(value, bytes | StoredImage) or is_image_record(value):
        return kept(value), "image"
    if isinstance(value, Mapping):
        parts = {str(key): read_off(one, kept) for key, one in value.items()}
        return (
            {key: one for key, (one, _) in parts.items()},
            {"record": {key: kind for key, (_, kind) in parts.items()}},
        )
    if isinstance(value, list | tuple):
        read = [read_off(one, kept) for one in value]
        inner: ColumnType = "null"
        for _, kind in read:
            inner = merged(inner, kind)
        return [one for one, _ in read], {"list": inner}
    value = plain(value)
    for known, name in _SCALARS:
        if isinstance(value, known):
            return value, name
    return None, "null"


_SCALARS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),  # before int, for True is one
    (int, "integer"),
    (float, "number"),
    (str, "text"),
)


def is_image_record(value: Any) -> bool:
    """As hubs store an image in a table: its bytes, and the name that it had."""
    return isinstance(value, Mapping) and value.keys() == {"bytes", "path"}


def merged(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that holds both; `any` where none does."""
    if "null" in (one, other) or one == other:
        return one if other == "null" else other
    if {"list": "image"} in (one, other) and "image" in (one, other):
        return {"list": "image"}
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        if "list" in one:
            return {"list": merged(one["list"], other["list"])}
        keys = [*one["record"], *(key for key in other["record"] if key not in one["record"])]
        absent = "null"
        return {
            "record": {
                key: merged(one["record"].get(key, absent), other["record"].get(key, absent))
                for key in keys
            }
        }
    if {str(one), str(other)} == {"integer", "number"}:
        return "number"
    return "any"


def settled(kind: ColumnType) -> ColumnType:
    """What never held a value may hold any."""
    if isinstance(kind, dict):
        if "list" in kind:
            return {"list": settled(kind["list"])}
        return {"record": {key: settled(one) for key, one in kind["record"].items()}}
    return "any" if kind == "null" else kind


def same_value(row: Any) -> Any:
    """A row without what is absent: a column that is null, and one that is not there, are one."""
    if isinstance(row, dict):
        return {key: same_value(one) for key, one in row.items() if one is not None}
    if isinstance(row, list):
        return [same_value(one) for one in row]
    return row


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
