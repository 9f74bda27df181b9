"""A row of a benchmark's file: its values by name, and where it stands for what is wrong with it.

`questionId: 337` and `"337"` are one id: files and parquet columns of one set differ in that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import SourceError

Wrong = Callable[[str], SourceError]


@dataclass(frozen=True)
class Row:
    """`wrong` makes the error that names the row's place."""

    values: dict[str, Any]
    wrong: Wrong

    def text(self, key: str) -> str:
        """A text that is not blank, or a whole number as one."""
        found = self.optional(key)
        if found is None:
            raise self.wrong(f"{key!r} is missing or no text")
        return found

    def optional(self, key: str) -> str | None:
        """None where it is absent, null, blank, or neither text nor whole number."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) and value.strip() else None

    def texts(self, *keys: str) -> list[str]:
        """The texts of the first key that is there: a list or a single one. Null is no text."""
        value = next((self.values[key] for key in keys if key in self.values), None)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(one, str) for one in listed):
            raise self.wrong(f"{keys[0]!r} must be a text or a list of texts")
        return listed

    def need(self, keys: Sequence[str]) -> None:
        """That it looks like a row of this benchmark at all."""
        absent = [key for key in keys if key not in self.values]
        if absent:
            known = ", ".join(sorted(self.values)) or "nothing"
            error = self.wrong(f"has no {absent[0]!r}")
            error.hint = f"it has: {known}"
            raise error


def place(path: Path, line: Callable[[], int | None]) -> Wrong:
    """The error of a row of a text file; `line` is asked only when something is wrong."""
    return lambda message: SourceError(path, message, line=line())


def at_line(path: Path, line: int) -> Wrong:
    """The error of a row that is a line."""
    return lambda message: SourceError(path, message, line=line)


def numbered(path: Path, number: int) -> Wrong:
    """The error of a row of a parquet file, counted from 1."""
    return lambda message: SourceError(path, f"row {number}: {message}")


def whole(path: Path) -> Wrong:
    """The error of a file that is one row."""
    return lambda message: SourceError(path, message)
