"""A paired difference and what it may be -> GO, NO-GO or INCONCLUSIVE."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.comparison.gate_rows import Checked, Decision
from bench.comparison.policy import Check
from bench.comparison.power import detectable, documents_needed
from bench.comparison.rows import Estimate
from bench.comparison.significance import ALPHA, holm


@dataclass(frozen=True)
class Waiting:
    """A check without its decision: the p of all that decide are adjusted together.

    `spoiled`: why it can be no GO. `span`: how far the metric can move, None where without bound.
    """

    task: str
    check: Check
    estimate: Estimate
    higher_is_better: bool
    spoiled: str | None = None
    span: float | None = None


def judged(waiting: Sequence[Waiting | Checked], *, min_documents: int) -> Iterator[Checked]:
    """In their order. Advisory checks decide nothing, so they are not among those adjusted."""
    deciding = [
        one.estimate.p if isinstance(one, Waiting) and one.check.tier != "advisory" else None
        for one in waiting
    ]
    tests = sum(p is not None for p in deciding)
    for one, p in zip(waiting, holm(deciding), strict=True):
        if isinstance(one, Checked):
            yield one
        elif p is None:
            yield _judged(one, one.estimate.p, 1, min_documents)
        else:
            yield _judged(one, p, tests, min_documents)


def _judged(one: Waiting, p: float | None, tests: int, min_documents: int) -> Checked:
    found = _measured(one, p, tests)
    decision, reason = _decision(found, one.estimate, min_documents)
    if decision == "GO" and one.spoiled:
        decision, reason = "INCONCLUSIVE", one.spoiled
    return dataclasses.replace(found, decision=decision, reason=reason)


def _measured(one: Waiting, p: float | None, tests: int) -> Checked:
    check, found = one.check, one.estimate
    sign = -1.0 if one.higher_is_better else 1.0
    ends = sorted(sign * end for end in (found.low, found.high) if end is not None)
    low, high = ends if len(ends) == 2 else (None, None)
    allowed = None if found.a is None else max(check.max_drop.bound(found.a), check.min_effect)
    return Checked(
        task=one.task,
        metric=check.metric,
        level=found.level,
        group=None if found.level == "global" else found.group,
        tier=check.tier,
        decision="INCONCLUSIVE",
        reason="nothing could be measured",
        base=found.a,
        run=found.b,
        drop=None if found.difference is None else sign * found.difference + 0.0,  # never -0
        low=low,
        high=high,
        p=p,
        allowed=allowed,
        detectable=detectable(found.spread, tests=tests, allowed=allowed or 0.0, most=one.span),
        n=found.n,
        documents=found.documents,
        documents_needed=documents_needed(found.spread, allowed or 0.0),
    )


def _decision(one: Checked, found: Estimate, min_documents: int) -> tuple[Decision, str]:
    if one.drop is None or one.allowed is None or one.p is None:
        return one.decision, one.reason
    if one.documents < min_documents:
        return "INCONCLUSIVE", f"{one.documents} documents; it takes {min_documents}"
    if found.identical:
        return "GO", "every record scores the same"
    if one.low is None or one.high is None:
        return "INCONCLUSIVE", "no interval can be given"
    if one.low > 0 and one.p < ALPHA and one.drop > one.allowed:
        decision: Decision = "NO-GO"
        said = f"a drop of {one.drop:.4f} is shown, {one.allowed:.4f} is allowed"
    elif one.high <= one.allowed:
        decision, said = "GO", f"a drop of more than {one.allowed:.4f} is excluded"
    else:
        decision = "INCONCLUSIVE"
        said = f"a drop of up to {one.high:.4f} is not excluded, {one.allowed:.4f} is allowed"
        if one.documents_needed is not None and one.documents_needed > one.documents:
            said += f"; about {one.documents_needed:,} documents would tell"
        said += (
            "; no drop can be shown by so few"
            if one.detectable is None
            else f"; a drop of {one.detectable:.4f} would be shown"
        )
    return decision, said
