"""A document with all that is right about it, and a family of such documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.generate.page import Page


@dataclass(frozen=True)
class Question:
    """`references`: the printed forms that are right; none where the page does not say it."""

    field: str
    text: str
    references: tuple[str, ...] = ()


def questions(asked: Mapping[str, str], record: Mapping[str, Any]) -> tuple[Question, ...]:
    """A question a field, by its key in the record."""
    return tuple(
        Question(key, text, () if record[key] is None else (str(record[key]),))
        for key, text in asked.items()
    )


@dataclass(frozen=True)
class Document:
    """`record`: what an extraction should give; values as printed, null where not on the page."""

    page: Page
    doc_type: str
    language: str
    questions: tuple[Question, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """`draw` makes the document `index` (from 0) of a task from its own random numbers.

    `members`: the samples files of the shipped task of the same name, by what is asked.
    """

    name: str
    summary: str
    shipped: int
    draw: Callable[[int, Random], Document]
    members: tuple[str, ...] = ("ocr", "fields", "extract")
