"""What the run store knows of a run: the little of its report that lists and leaderboards show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

RunStatus = Literal["ok", "failed", "inferred", "running", "unfinished", "unreadable"]
STATUSES: Final[tuple[RunStatus, ...]] = (
    *("ok", "failed", "inferred", "running", "unfinished", "unreadable"),
)
LEVELS: Final = ("global", "doc_type", "field", "language", "tag")  # kept; crosses are not


class Number(NamedTuple):
    """One result. `low`, `high`: its 95 % interval, None where it has none.

    `native`: the harness's own number, which no rule of ours stands for.
    """

    metric: str
    level: str
    group: str
    value: float | None
    low: float | None
    high: float | None
    higher_is_better: bool
    native: bool


@dataclass(frozen=True)
class JobEntry:
    """`content`: the hash of the task's content, None for a harness's own benchmark.

    `counts`: expected, answered, failed; None as long as nothing is scored.
    """

    id: str
    status: str
    task: str
    content: str | None
    model: str
    harness: str
    harness_version: str | None
    counts: tuple[int, int, int] | None
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class RunEntry:
    """`folder` is absolute. `why` says what is wrong with a run that cannot be read."""

    folder: str
    id: str
    started_at: str
    status: RunStatus
    jobs: tuple[JobEntry, ...] = ()
    tags: tuple[str, ...] = ()
    limit: int | None = None
    why: str | None = None
