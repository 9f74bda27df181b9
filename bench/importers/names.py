"""File names as people have them -> ids that are safe everywhere, and text that is safe to show.

An id becomes part of a file name, of a header and of a page, so only letters, digits, `_` and `-`
stay. A dot is kept out of it: `scan.p2` is page 2 of `scan`, `scan.total` its field `total`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 80  # bytes of UTF-8: with page, field and suffix a file name stays under 255


def slug(text: str) -> str:
    """Letters of any script are kept; everything else becomes a single `-`."""
    flat = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", text)).strip("-")
    return flat.encode()[:LONGEST].decode(errors="ignore").rstrip("-")


def safe_ids(names: Iterable[str]) -> dict[str, str]:
    """Different names get different ids, also where upper and lower case are one.

    An id depends on its name and on those that read like it, not on the order of the names.
    """
    wished = {name: slug(name) for name in names}
    often = Counter(wish.casefold() for wish in wished.values())
    return {
        name: wish if _stands_for(name, wish) and often[wish.casefold()] == 1 else _marked(name)
        for name, wish in wished.items()
    }


def _stands_for(name: str, wish: str) -> bool:
    """Whether the id is not empty and lost no more than punctuation."""
    return bool(wish) and len(name.encode(errors="surrogateescape")) <= LONGEST


def _marked(name: str) -> str:
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{slug(name) or 'file'}-{digest}"


def printable(text: str) -> str:
    """Text for a terminal: what could steer it (controls, direction marks) is escaped."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )
