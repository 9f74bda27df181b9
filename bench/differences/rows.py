"""What a comparison of two runs finds. Plain rows: the terminal and `--json` show the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal[
    "record",
    "samples",
    "requests",
    "system prompt",
    "prompt",
    "message form",
    "image encoding",
    "image loss",
    "image size",
    "image altered",
    "image turned",
    "another image",
    "image order",
    "image count",
    "image",
    "parameter",
    "model",
    "served model",
    "answered by",
    "engine",
    "engine versions",
    "harness",
    "locks",
    "python",
    "task",
    "task content",
    "task files",
    "scorer",
    "mistake rules",
    "limit",
    "interval seed",
]


class Edit(NamedTuple):
    """A stretch of an inline diff."""

    how: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `requests` of `of` show it; None where it is no matter of requests.

    `name` tells two of a kind apart: a parameter's name, how a text was changed. `edits` is an
    example, from the request or sample `sample`; `details` are further lines.
    """

    kind: Kind
    said: str
    name: str = ""
    requests: int | None = None
    of: int | None = None
    sample: str | None = None
    edits: tuple[Edit, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Headline:
    """The first metric over all samples, on both sides: what the differences go with."""

    metric: str
    higher_is_better: bool
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Compared:
    """Two jobs. `explained` is what differs only because of what is named; `unseen` is what no
    record shows on either side.
    """

    a: str
    b: str
    a_short: str
    b_short: str
    title: str
    requests: int | None
    samples: int
    differences: tuple[Difference, ...]
    explained: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    headline: Headline | None = None


@dataclass(frozen=True)
class Comparison:
    """`only_a` and `only_b` are jobs without a counterpart."""

    a: str
    b: str
    jobs: tuple[Compared, ...]
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()
    same: bool = field(init=False)

    def __post_init__(self) -> None:
        alike = not any(job.differences for job in self.jobs)
        object.__setattr__(self, "same", alike and not (self.only_a or self.only_b))
