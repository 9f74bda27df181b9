"""Tables and cells of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> Iterator[str]:
    """An empty line before it; nothing where there is no row. The first columns are words."""
    lines = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if lines:
        yield ""
        yield f"| {' | '.join(map(cell, heads))} |"
        yield f"|{'---|' * words}{'---:|' * (len(heads) - words)}"
        yield from lines


def cell(text: str) -> str:
    """Text that stays in its cell and is no markup."""
    flat = " ".join(text.split())
    for mark in "\\`*_[]<>|":
        flat = flat.replace(mark, f"\\{mark}")
    return flat[:300]
