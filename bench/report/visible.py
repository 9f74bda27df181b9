"""Text of models, tasks and endpoints, fit for a terminal: nothing in it moves or hides."""

from __future__ import annotations

import re

# Controls, soft hyphens, marks of direction and of no width, line separators, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str, keep: str = "\n\t") -> str:
    r"""With every hidden character shown: ␛ for an escape, `\u2028` for what has no picture."""
    return _HIDDEN.sub(lambda found: _shown(found[0], keep), text)


def first_words(text: str, limit: int = 200) -> str:
    """The beginning in one line, white space as single spaces."""
    return visible(" ".join(text[: 4 * limit].split())[:limit], keep="")


def _shown(character: str, keep: str) -> str:
    code = ord(character)
    if character in keep:
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
