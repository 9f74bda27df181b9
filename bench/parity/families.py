"""The families of scorers, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.errors import UsageError, suggestion
from bench.parity import anls, choice, exact, ocrbench, relaxed, vqa
from bench.parity.rules import Family

FAMILIES: Final[dict[str, Family]] = {
    one.FAMILY.name: one.FAMILY for one in (anls, relaxed, vqa, ocrbench, exact, choice)
}


def families(names: Sequence[str]) -> tuple[Family, ...]:
    """By a family's own name or that of a metric of ours in it; none given: all."""
    if not names:
        return tuple(FAMILIES.values())
    return tuple(dict.fromkeys(_named(name) for name in names))


def of_metrics(metrics: Sequence[str]) -> tuple[Family, ...]:
    """The families in which any of these metrics is."""
    return tuple(one for one in FAMILIES.values() if set(metrics) & set(one.metrics))


def _named(name: str) -> Family:
    by_metric = {metric: one for one in FAMILIES.values() for metric in one.metrics}
    found = FAMILIES.get(name) or by_metric.get(name)
    if found is None:
        hint = suggestion(name, (*FAMILIES, *by_metric))
        raise UsageError(f"no family of scorers is called {name!r}", hint=hint)
    return found
