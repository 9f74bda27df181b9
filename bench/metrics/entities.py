"""JSON answers as entities and groups of entities, for the metrics of key-information extraction.

An entity is a key and a value. A top-level key with a value, or with several in a list, gives
entities that stand alone. A top-level object is a group of entities, and so is each object of a
top-level list (line items). What is nested deeper belongs to its group, under its path
(`items.price`; a place in a list is no part of it). This is how the code of KIEval turns CORD's
answers into its own format. Objects of a list that is the whole answer are groups too.

null, and a text of nothing but white space, is no entity; a group without an entity is no group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.metrics.structure import DEPTH, Limits, TooLargeError, parsed

Mark = tuple[str, str, int]  # path, value, and how often it came before
Form = frozenset[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Group:
    """The values of each path, in their order."""

    values: dict[str, tuple[str, ...]]

    @cached_property
    def size(self) -> int:
        return sum(len(values) for values in self.values.values())

    @cached_property
    def marks(self) -> frozenset[Mark]:
        """The entities as a set, so that common ones are an intersection, repeated ones too."""
        seen: Counter[tuple[str, str]] = Counter()
        marks: list[Mark] = []
        for path, values in self.values.items():
            for value in values:
                marks.append((path, value, seen[path, value]))
                seen[path, value] += 1
        return frozenset(marks)

    @cached_property
    def form(self) -> Form:
        """The same of two groups that are equal: the order of keys says nothing."""
        return frozenset(self.values.items())


@dataclass(frozen=True)
class Extraction:
    """`alone`: the entities without a group. `kinds`: the groups under each top-level key."""

    alone: Group
    kinds: dict[str, tuple[Group, ...]]

    @property
    def entities(self) -> int:
        return self.alone.size + sum(one.size for one in self._groups())

    @property
    def groups(self) -> int:
        return sum(len(groups) for groups in self.kinds.values())

    def _groups(self) -> Iterator[Group]:
        for groups in self.kinds.values():
            yield from groups


NONE = Extraction(Group({}), {})


def extraction(text: str, limits: Limits, fold: Callable[[str], str]) -> Extraction | None:
    """None for a text that is no JSON object or list. `fold` is what each value goes through.

    Raises TooLargeError; `limits.items` goes for the values of one path as well.
    """
    read = parsed(text)
    if read is None:
        return None
    reading = _Reading(limits, fold)
    alone: dict[str, list[str]] = {}
    kinds: dict[str, tuple[Group, ...]] = {}
    for key, value in (read if isinstance(read, dict) else {"": read}).items():
        groups = []
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                within: dict[str, list[str]] = {}
                reading.collect(one, key, within, DEPTH)
                groups += [reading.group(within)] if within else []
            else:
                reading.collect(one, key, alone, DEPTH)
        if len(groups) > limits.items:
            raise TooLargeError
        if groups:
            kinds[key] = tuple(groups)
    return Extraction(reading.group(alone), kinds)


class _Reading:
    """Of one answer."""

    def __init__(self, limits: Limits, fold: Callable[[str], str]) -> None:
        self._left = limits.values
        self._longest = limits.items
        self._fold = fold

    def collect(self, value: Any, path: str, into: dict[str, list[str]], depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth < 0:
            raise TooLargeError
        if isinstance(value, dict):
            for key, one in value.items():
                self.collect(one, f"{path}.{key}" if path else key, into, depth - 1)
        elif isinstance(value, list):
            for one in value:
                self.collect(one, path, into, depth - 1)
        elif value is not None and (text := self._fold(_text(value))).strip():
            into.setdefault(path, []).append(text)

    def group(self, values: dict[str, list[str]]) -> Group:
        if any(len(of_path) > self._longest for of_path in values.values()):
            raise TooLargeError
        return Group({path: tuple(of_path) for path, of_path in values.items()})


def _text(value: object) -> str:
    """As JSON writes it: 1.50 is 1.5, and True is true."""
    return str(value).lower() if isinstance(value, bool) else str(value)
