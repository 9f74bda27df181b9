"""Prompts, system prompts and the form of messages, over all pairs of requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from bench.differences.pairing import Pair
from bench.differences.rows import Difference
from bench.differences.sides import Gallery
from bench.differences.texts import CHANGED, WHITE_SPACE, Change, changes, edits, quoted
from bench.differences.texts import white_space as shown_white_space
from bench.pixels import ImageFacts
from bench.wire import Piece, Sent, misdeclared

MOVED = "moved"
APART = "same text in other parts"
ADDED, REMOVED = "added", "removed"
_SAY_ALL = (MOVED, APART, ADDED, REMOVED, WHITE_SPACE)  # no inline diff adds to these
_SHOWN = 3  # texts that were added, before they are only counted
Pieces = tuple[Piece, ...]


def prompt_differences(pairs: Sequence[Pair]) -> Iterator[Difference]:
    yield from _differences("prompt", [(a.sample, a.prompt, b.prompt) for a, b in pairs])


def system_differences(pairs: Sequence[Pair]) -> Iterator[Difference]:
    yield from _differences("system prompt", [(a.sample, a.system, b.system) for a, b in pairs])


def form_differences(pairs: Sequence[Pair], a: Gallery, b: Gallery) -> Iterator[Difference]:
    old = a.facts({key for one, _ in pairs for key in one.keys})
    new = b.facts({key for _, two in pairs for key in two.keys})
    rows = [(one.sample, form(one, old), form(two, new)) for one, two in pairs]
    other = [row for row in rows if row[1] != row[2]]
    if other:
        sample, was, now = other[0]
        yield Difference(
            "message form",
            "other keys, kinds of parts, declared types or path",
            requests=len(other),
            of=len(pairs),
            sample=sample,
            edits=edits(was, now),
        )


def form(one: Sent, facts: Mapping[str, ImageFacts]) -> str:
    """What of the messages is neither text nor image."""
    return " ".join([one.form, *misdeclared(one.images, facts)])


Row = tuple[str | None, Pieces, Pieces]


def _differences(kind: Literal["prompt", "system prompt"], rows: list[Row]) -> Iterator[Difference]:
    groups: dict[Change, list[Row]] = defaultdict(list)
    for row in rows:
        for change in text_changes(row[1], row[2]):
            groups[change].append(row)
    by_what: dict[str, list[Change]] = defaultdict(list)
    for change in groups:
        by_what[change.what].append(change)
    for what, alike in by_what.items():
        several = len(alike) > _SHOWN
        for change in alike[:1] if several else alike:
            among = [row for one in alike for row in groups[one]] if several else groups[change]
            sample, a, b = among[0]
            yield Difference(
                kind,
                _said(change, a, b, several=several),
                name=what,
                requests=len(among),
                of=len(rows),
                sample=sample,
                edits=() if what in _SAY_ALL else edits(_joined(a), _joined(b)),
            )


@lru_cache(maxsize=4096)
def text_changes(a: Pieces, b: Pieces) -> tuple[Change, ...]:
    """Empty as well where only images came or went."""
    if a == b:
        return ()
    if not a or not b:
        return (Change(REMOVED if a else ADDED, _joined(a or b)),)
    if _places(a) == _places(b):
        found = [changes(x.text or "", y.text or "") for x, y in zip(a, b, strict=True)]
        return tuple(dict.fromkeys(change for one in found for change in one))
    said, meant = _joined(a), _joined(b)
    if _texts(a) == _texts(b):
        # Images that came or went are told apart; where they stand then is no news.
        return (Change(MOVED),) if _layout(a).count("image") == _layout(b).count("image") else ()
    if said.split() == meant.split():
        return (Change(APART),)
    moved = sorted(_layout(a)) == sorted(_layout(b)) and _layout(a) != _layout(b)
    return (*changes(said, meant), *((Change(MOVED),) if moved else ()))


def _places(pieces: Pieces) -> list[tuple[int, str, bool]]:
    return [(one.message, one.role, one.text is None) for one in pieces]


def _texts(pieces: Pieces) -> list[tuple[int, str, str]]:
    return sorted((one.message, one.role, one.text) for one in pieces if one.text is not None)


def _layout(pieces: Pieces) -> list[str]:
    names = ["image" if one.text is None else f"{one.role} text" for one in pieces]
    return [name for n, name in enumerate(names) if n == 0 or name != names[n - 1]]


def _joined(pieces: Pieces) -> str:
    return "\n".join(one.text for one in pieces if one.text is not None)


def _said(change: Change, a: Pieces, b: Pieces, *, several: bool) -> str:
    if change.what == WHITE_SPACE:
        return f"{WHITE_SPACE}: {shown_white_space(_joined(a), _joined(b))}"
    if change.what == MOVED:
        return (
            f"text and images in another order: {', '.join(_layout(a))} → {', '.join(_layout(b))}"
        )
    if change.what == APART:
        return f"{APART}: {len(_texts(a))} → {len(_texts(b))}"
    if change.what == CHANGED:
        return CHANGED
    if several:
        return f"{change.what}, not the same everywhere"
    return f"{change.what}: {quoted(change.text)}"
