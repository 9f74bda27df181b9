"""What a comparison of two values says, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, get_args

if TYPE_CHECKING:
    from bench.fields.rule import FieldRule

M = TypeVar("M")

# The nearest first: of several references the nearest verdict counts.
Reason = Literal[
    "equal_text",
    "equal_value",
    "within_tolerance",
    "unit_unstated",
    "ambiguous",
    "different_unit",
    "different_value",
    "unreadable_prediction",
    "unreadable_reference",
    "too_long",
]
NEARNESS: dict[Reason, int] = {reason: place for place, reason in enumerate(get_args(Reason))}
MATCHING = frozenset[Reason](("equal_text", "equal_value", "within_tolerance", "unit_unstated"))
DIFFERENT = frozenset[Reason](("different_value", "different_unit"))


@dataclass(frozen=True)
class Verdict:
    """`read_*`: every meaning that was read, joined by ` | `; None where there is none.

    Of texts that are equal as they stand it is the text, which then need not be readable.
    """

    match: bool
    reason: Reason
    read_prediction: str | None
    read_reference: str | None


@dataclass(frozen=True)
class Kind(Generic[M]):
    """How values of a type are read.

    `steps` make the text that is compared as text; `read` takes what they leave. A text has no
    meaning, one, or several: it is ambiguous.
    """

    steps: tuple[str, ...]
    read: Callable[[str, FieldRule], tuple[M, ...]]
    agree: Callable[[M, M, FieldRule], Reason]
    show: Callable[[M], str] = str


def equal(one: object, other: object, _rule: FieldRule) -> Reason:
    return "equal_value" if one == other else "different_value"
