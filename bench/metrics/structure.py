"""JSON answers: read, and as trees for ANLS* to compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

DEPTH = 50


class Limits(NamedTuple):
    """What is read as a tree: values in all, and items of one list."""

    values: int
    items: int


class TooLargeError(Exception):
    """It is JSON, but over the limits or nested deeper than DEPTH."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, in lower case, white space collapsed. `void`: it was the empty text."""

    text: str
    void: bool = False
    leaves: int = 1


@dataclass(frozen=True, slots=True)
class Absent:
    """null, or a key that is not there."""

    void: bool = True
    leaves: int = 1


@dataclass(frozen=True, slots=True)
class Many:
    """A list; its order says nothing."""

    items: tuple[Tree, ...]
    leaves: int
    void: bool


@dataclass(frozen=True, slots=True)
class Keyed:
    """An object."""

    items: dict[str, Tree]
    leaves: int
    void: bool


Tree = Leaf | Absent | Many | Keyed
ABSENT = Absent()


def leaf(value: object) -> Leaf:
    return Leaf(" ".join(str(value).lower().split()), void=value == "")


def structure(text: str, limits: Limits) -> Many | Keyed | None:
    """The list or object that the text is in JSON; None for any other text.

    Raises TooLargeError.
    """
    value = parsed(text)
    tree = _tree(value, limits.items, iter(range(limits.values)), DEPTH)
    return tree if isinstance(tree, (Many, Keyed)) else None


def parsed(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or object that the text is in JSON; None for any other text.

    Raises TooLargeError where it is nested too deep to be read.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(text)
    except RecursionError:
        raise TooLargeError from None
    except ValueError:
        return None
    return value if isinstance(value, (list, dict)) else None


def _tree(value: Any, longest: int, left: Iterator[int], depth: int) -> Tree:
    if next(left, None) is None or depth < 0:
        raise TooLargeError
    if isinstance(value, list):
        if len(value) > longest:
            raise TooLargeError
        items = tuple(_tree(one, longest, left, depth - 1) for one in value)
        return Many(items, sum(one.leaves for one in items), not items)
    if isinstance(value, dict):
        named = {key: _tree(one, longest, left, depth - 1) for key, one in value.items()}
        return Keyed(named, sum(one.leaves for one in named.values()), not named)
    return ABSENT if value is None else leaf(value)
