"""JSON values that keep numbers as they were written, and how they are written again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

DEEPEST = 100  # levels of a value; a deeper one is not read
_SURROGATE = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number as it was written: `1.10` is not `1.1`, and 400 digits are 400 digits."""

    __slots__ = ()


def json_text(value: Any) -> str:
    """On one line, keys in their order, letters of every script as they are.

    Half of a surrogate pair is written as an escape, so that the text can be encoded.
    `value` is at most DEEPEST levels deep.
    """
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return _SURROGATE.sub(lambda one: f"\\u{ord(one[0]):04x}", text)
    if isinstance(value, Mapping):
        pairs = (f"{json_text(str(key))}: {json_text(one)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(json_text, value)) + "]"
    return json.dumps(value)


def is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
