"""Text that people did not write, made safe to show: nothing in it may act, or hide."""

from __future__ import annotations

import json
import re
from typing import Any

# Controls, marks that turn the reading direction, zero-width signs, lone surrogates. Joiners stay:
# Persian and emoji need them. static/text.js has the same set.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_IN_SCRIPT = re.compile(
    "[<>&\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """U+202E stands there as ⟨U+202E⟩, and turns nothing."""
    return UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def short(text: str, length: int = 200) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def script_json(value: Any) -> str:
    """JSON that no HTML parser can end early, and that UTF-8 holds; ValueError for NaN."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _IN_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
