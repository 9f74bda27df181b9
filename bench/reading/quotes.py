"""Quotation marks, backticks and asterisks around a whole text."""

from __future__ import annotations

import re

_PAIRS = (
    *(("***", "***"), ("**", "**"), ("*", "*"), ("`", "`"), ('"', '"'), ("'", "'")),
    *(("“", "”"), ("„", "“"), ("„", "”"), ("‘", "’"), ("«", "»"), ("‹", "›")),
    *(("「", "」"), ("『", "』")),
)
_DEEPEST = 4  # marks around marks
_CODE = re.compile(r"(?P<mark>`{3,}+|~{3,}+)\w*+\n(?P<inner>[^`~]*+)(?P=mark)")


def unquoted(text: str) -> str:
    """Without the marks around all of it, and a full stop behind them; else the text itself."""
    bare = text.strip()
    if code := _CODE.fullmatch(bare):
        return code["inner"].strip() or text
    for _ in range(_DEEPEST):
        inner = _inside(bare)
        if inner is None:
            break
        bare = inner
    else:
        return bare
    return text if bare == text.strip() else bare


def _inside(text: str) -> str | None:
    for candidate in (text, text[:-1]) if text.endswith((".", "。")) else (text,):
        for begin, end in _PAIRS:
            if candidate.startswith(begin) and candidate.endswith(end):
                inner = candidate[len(begin) : len(candidate) - len(end)]
                if inner.strip() and begin not in inner and end not in inner:
                    return inner.strip()
    return None
