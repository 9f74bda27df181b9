"""What a run must keep of an older one: policy.yaml, or the default without a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from bench import yaml
from bench.config import Human
from bench.schema import Level

Tier = Literal["critical", "supporting", "advisory"]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class MaxDrop(Human):
    """By how much a value may become worse: in the metric's unit, or as a share of the older
    value. Of both the smaller counts.
    """

    absolute: Share | None = None
    relative: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> MaxDrop:
        if self.absolute is None and self.relative is None:
            raise ValueError("name `absolute`, `relative` or both")
        return self

    def bound(self, base: float) -> float:
        """In the metric's unit."""
        relative = None if self.relative is None else self.relative * abs(base)
        return min(one for one in (self.absolute, relative) if one is not None)


class Check(Human):
    """`metric` at `level`: each group of it, or the `group` named. `tasks`: none means all.

    A drop below `min_effect` never counts, whatever `max_drop` says.
    """

    metric: Annotated[str, Field(min_length=1)]
    level: Level = "global"
    group: str | None = None
    tasks: tuple[str, ...] = ()
    tier: Tier = "critical"
    max_drop: MaxDrop = MaxDrop(absolute=0.01)
    min_effect: Share = 0.0

    @field_validator("max_drop", mode="before")
    @classmethod
    def _number(cls, given: Any) -> Any:
        """A number alone is `absolute`."""
        plain = isinstance(given, int | float) and not isinstance(given, bool)
        return {"absolute": given} if plain else given

    @model_validator(mode="after")
    def _some_room(self) -> Check:
        drop = self.max_drop
        if not self.min_effect and 0 in (drop.absolute, drop.relative):
            raise ValueError(
                "a `max_drop` of 0 needs a `min_effect`: no interval shows that nothing dropped"
            )
        if self.group is not None and self.level == "global":
            raise ValueError("`group` goes with a `level` below global")
        return self


class Policy(Human):
    """`missing`: what a metric or a group means that one of the runs lacks.

    `min_documents`: with fewer paired documents a check is INCONCLUSIVE.
    """

    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    missing: Literal["inconclusive", "no-go"] = "inconclusive"
    min_documents: Annotated[int, Field(ge=5, strict=True)] = 5


def load_policy(path: Path) -> Policy:
    """SourceError with line and column where it is wrong."""
    return yaml.validate(yaml.load(path), Policy)


def default_policy(first: str, others: tuple[str, ...]) -> Policy:
    """The first metric may not drop by more than 0.01; the others are watched."""
    watched = (Check(metric=name, tier="supporting") for name in others)
    return Policy(checks=(Check(metric=first), *watched))
