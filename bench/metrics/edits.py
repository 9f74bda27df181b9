"""Edits between two texts, in bounded time.

A distance takes steps as the product of both lengths, a megabyte against a megabyte half a minute
and more. So a reference has a longest length, and is not measured beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

LONGEST = 100_000  # characters of a reference: some thirty full pages
WORK = 2 * LONGEST**2  # about 1 s of CPU, 5 s in a script of thousands of characters


def edits(said: Sequence[str], true: Sequence[str]) -> int:
    """Insertions, deletions and substitutions, of characters or of words.

    Where the product of the lengths is over WORK it is the most they can be: the longer length.
    Beside a reference that is measured, that takes an answer of more than twice its length.
    """
    if len(said) * len(true) > WORK:
        return max(len(said), len(true))
    return Levenshtein.distance(said, true)


def measurable(references: Iterable[str]) -> tuple[str, ...]:
    """Those that are not too long."""
    return tuple(text for text in references if len(text) <= LONGEST)
