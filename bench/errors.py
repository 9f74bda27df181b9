"""Everything a person can be told, by exit code.

BenchError
├── UsageError             2    a command line or a Python call that cannot be carried out
│   ├── SourceError        2    a file that a person wrote is wrong: path:line:column
│   └── AbsentError        2    what a run needs is not on this machine
├── EnvironmentBuildError  3    an environment could not be built
└── RunError               1    a run could not be carried out (its files say more)

Exit codes without an exception: 0 every job ok and nothing failed, 1 a job is not ok or a request
failed, 70 a bug, 130 interrupted.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

OK = 0
NOT_OK = 1
BUG = 70
INTERRUPTED = 130


class BenchError(Exception):
    """What went wrong, and what to do about it: at most two lines for the person."""

    exit_code = NOT_OK

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(BenchError):
    exit_code = 2


class SourceError(UsageError):
    """`line` and `column` count from 1; None where the whole file is meant."""

    def __init__(
        self,
        path: Path | str,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}", hint=hint)
        self.path, self.line, self.column = path, line, column


class AbsentError(UsageError):
    pass


class EnvironmentBuildError(BenchError):
    exit_code = 3


class RunError(BenchError):
    exit_code = NOT_OK


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint for a name that is not known: the nearest one, else all of them if they are few."""
    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    if len(names) <= 12:
        return f"known: {', '.join(names)}" if names else "none is known"
    return f"{len(names)} are known"
