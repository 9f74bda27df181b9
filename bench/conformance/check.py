"""All checks of one adapter, in order: what it cannot do is told apart from what it does wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.adapter import Adapter
from bench.conformance.checks import CHECKS, Broken
from bench.conformance.trial import Trial
from bench.errors import BenchError, UsageError
from bench.scratch import scratch


@dataclass(frozen=True)
class Verdict:
    """`broken` says what was seen; None where the adapter keeps to it."""

    name: str
    about: str
    broken: str | None


def verdicts(
    adapter: Adapter, options: dict[str, Any], say: Callable[[str], None]
) -> Iterator[Verdict]:
    """One a check. UsageError for an adapter that takes no document tasks: nothing can be said."""
    if adapter.kind != "harness" or adapter.tasks == "benchmark":
        raise UsageError(f"{adapter.name} takes no document tasks: these checks say nothing of it")
    with scratch("conformance") as folder:
        trial = Trial(adapter, folder, options, say)
        for name, check in CHECKS.items():
            about = (check.__doc__ or "").strip()
            try:
                check(trial)
            except (Broken, BenchError) as error:
                yield Verdict(name, about, str(error))
            else:
                yield Verdict(name, about, None)
