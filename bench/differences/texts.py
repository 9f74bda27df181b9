"""How one text became another, in words a person acts on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, NamedTuple

from bench.differences.rows import Edit

WHITE_SPACE = "white space only"
CHANGED = "changed"
_MARKS = str.maketrans({" ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "⍽"})
_LINES = str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥"})
_COMPARED = 4_000_000  # token pairs; a longer diff takes seconds, and nobody reads it
_SHOWN = 240  # characters of one stretch
_AROUND = 32  # characters of what stayed the same, beside a change


class Change(NamedTuple):
    """`text` is what was added or removed, where that is all that happened there."""

    what: str
    text: str = ""


def changes(a: str, b: str) -> tuple[Change, ...]:
    """Each way in which `b` differs from `a`; none where they are equal."""
    if a == b:
        return ()
    if _solid(a)[0] == _solid(b)[0]:
        return (Change(WHITE_SPACE),)
    return tuple(_grown(a, b, "added")) or tuple(_grown(b, a, "removed")) or (Change(CHANGED),)


def _solid(text: str) -> tuple[str, list[int]]:
    """The text without its white space, and where each character of it stood."""
    places = [place for place, letter in enumerate(text) if not letter.isspace()]
    return "".join(text[place] for place in places), places


def _grown(small: str, big: str, did: Literal["added", "removed"]) -> Iterator[Change]:
    """`big` is `small` with something before or after it, whatever the white space."""
    inner, _ = _solid(small)
    outer, places = _solid(big)
    at = 0 if outer.startswith(inner) else outer.find(inner)
    if not inner or at < 0:
        return
    start, end = places[at], places[at + len(inner) - 1] + 1
    if _inside_a_word(big, start) or _inside_a_word(big, end):
        at = len(outer) - len(inner)
        start, end = places[at], len(big.rstrip())
        if not outer.endswith(inner) or _inside_a_word(big, start):
            return
    before, after = big[:start], big[end:]
    if before.strip():
        yield Change(f"text {did} at the beginning", before)
    if after.strip():
        yield Change(f"text {did} at the end", after)
    lead, tail = small[: -len(small.lstrip())], small[len(small.rstrip()) :]
    outside = (not before.strip() and before != lead) or (not after.strip() and after != tail)
    if big[start:end] != small.strip() or outside:
        yield Change(WHITE_SPACE)


def _inside_a_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()


def edits(a: str, b: str) -> tuple[Edit, ...]:
    """An inline diff, word by word; long stretches are cut, and changed white space is visible."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (a, b))
    begun = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    found = [Edit("same", "".join(old[:begun]))]
    old, new = old[begun:], new[begun:]
    if len(old) * len(new) > _COMPARED:
        found += [Edit("removed", "".join(old)), Edit("added", "".join(new))]
    else:
        found += _opcodes(old, new)
    shown = [one for one in found if one.text]
    return tuple(
        _cut(one, first=number == 0, last=number == len(shown) - 1)
        for number, one in enumerate(shown)
    )


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for how, i, j, k, m in matcher.get_opcodes():
        if how == "equal":
            yield Edit("same", "".join(old[i:j]))
        else:
            yield Edit("removed", "".join(old[i:j]))
            yield Edit("added", "".join(new[k:m]))


def _cut(edit: Edit, *, first: bool, last: bool) -> Edit:
    text = edit.text
    if edit.how != "same":
        text = text.translate(_LINES) if text.strip() else visible(text)
        rest = len(text) - _SHOWN
        return Edit(edit.how, f"{text[:_SHOWN]}… ({rest} more)" if rest > 0 else text)
    text = text.translate(_LINES)
    if first and len(text) > _AROUND:
        text = "…" + text[-_AROUND:]
    elif last and len(text) > _AROUND:
        text = text[:_AROUND] + "…"
    elif len(text) > 2 * _AROUND:
        text = f"{text[:_AROUND]}…{text[-_AROUND:]}"
    return Edit("same", text)


def visible(text: str) -> str:
    return text.translate(_MARKS)


def white_space(a: str, b: str) -> str:
    """The first place where only the white space differs, with each space to be seen."""
    place = next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    start = max(0, place - 10)
    return f"{quoted(visible(a[start : place + 10]))} → {quoted(visible(b[start : place + 10]))}"


def quoted(text: str) -> str:
    flat = text.translate(_LINES)
    return f"“{flat[:_SHOWN]}…”" if len(flat) > _SHOWN else f"“{flat}”"
