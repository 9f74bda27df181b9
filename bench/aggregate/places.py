"""Where a record stands among the groups: its document type, field, language and tags."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from bench.schema import Level, Record

ALL = "all"  # the one group of the level `global`
BETWEEN = " / "

PARTS: dict[Level, tuple[str, ...]] = {
    "global": (),
    "doc_type": ("doc_type",),
    "field": ("field",),
    "language": ("language",),
    "tag": ("tags",),
    "doc_type_field": ("doc_type", "field"),
    "field_language": ("field", "language"),
    "doc_type_language": ("doc_type", "language"),
    "doc_type_tag": ("doc_type", "tags"),
    "field_tag": ("field", "tags"),
    "language_tag": ("language", "tags"),
}


class Place(NamedTuple):
    doc_type: str | None
    field: str | None
    language: str | None
    tags: tuple[str, ...]

    def groups(self, level: Level) -> tuple[str, ...]:
        """The groups that it is in at this level; none where it does not say."""
        if level == "global":
            return (ALL,)
        named = [self._named(part) for part in PARTS[level]]
        return tuple(BETWEEN.join(names) for names in product(*named))

    def _named(self, part: str) -> tuple[str, ...]:
        if part == "tags":
            return tuple(dict.fromkeys(self.tags))
        name = getattr(self, part)
        return () if name is None else (name,)


def place_of(record: Record) -> Place:
    return Place(record.doc_type, record.field, record.language, record.tags)
