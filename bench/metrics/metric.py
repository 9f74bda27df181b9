"""What a metric is, and how text is normalised before it is compared."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bench.fields import FieldRule, Reason
from bench.fields.normalise import normalised


class Part(NamedTuple):
    """One sample's share of a result: value = sum of numerators / sum of denominators.

    `reason`: why it is what it is, where the metric says so.
    """

    numerator: float
    denominator: float
    reason: Reason | None = None

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Policy:
    """What counts as the same. A task names it; nothing is folded unless the task says so.

    `steps` (bench/fields/normalise.py) come first.
    `strip` takes white space from both ends; `collapse` also turns each run of it into one space.
    `field` is the rule of the sample's field, where the task declares one; `fields` are the rules
    of all fields by path (`items.price`), for metrics that look into an answer.
    """

    case: Literal["keep", "fold"] = "keep"
    whitespace: Literal["keep", "strip", "collapse"] = "keep"
    unicode: Literal["keep", "nfc", "nfkc"] = "keep"
    steps: tuple[str, ...] = ()
    field: FieldRule | None = None
    fields: Mapping[str, FieldRule] = dataclasses.field(default_factory=dict, hash=False)

    def apply(self, text: str) -> str:
        text = self._normalised(normalised(text, self.steps) if self.steps else text)
        if self.case == "fold":
            text = self._normalised(text.casefold())  # folding takes letters apart: Unicode, D145
        if self.whitespace == "strip":
            return text.strip()
        return " ".join(text.split()) if self.whitespace == "collapse" else text

    def _normalised(self, text: str) -> str:
        if self.unicode == "keep":
            return text
        return unicodedata.normalize("NFC" if self.unicode == "nfc" else "NFKC", text)


@dataclass(frozen=True)
class Metric:
    """`measure(prediction, references, policy)` scores an answer; `worst(references, policy)` is
    what a failed request takes in the headline value. There is always
    at least one reference.
    """

    name: str
    summary: str
    higher_is_better: bool
    low: float
    high: float | None
    unit: str
    measure: Callable[[str, tuple[str, ...], Policy], Part]
    worst: Callable[[tuple[str, ...], Policy], Part]
    takes_policy: bool = True


NOTHING = Part(0.0, 1.0)
# Whatever the answer: the sample's references decide this alone.
UNMEASURED = Part(0.0, 0.0)
TOO_LONG = Part(0.0, 0.0, "too_long")


def zero(_references: tuple[str, ...], _policy: Policy) -> Part:
    """The worst of an accuracy."""
    return NOTHING


def similarity(
    name: str,
    summary: str,
    measure: Callable[[str, tuple[str, ...], Policy], Part],
    *,
    unit: str = "similarity",
    worst: Callable[[tuple[str, ...], Policy], Part] = zero,
    takes_policy: bool = False,
) -> Metric:
    """A metric from 0 (nothing right) to 1 (all right)."""
    return Metric(
        name=name,
        summary=summary,
        higher_is_better=True,
        low=0.0,
        high=1.0,
        unit=unit,
        measure=measure,
        worst=worst,
        takes_policy=takes_policy,
    )
