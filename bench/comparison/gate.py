"""GO, NO-GO or INCONCLUSIVE: may this run replace that one?

NO-GO where a drop is shown and larger than allowed; GO where the interval excludes such a drop;
else there is too little to say. A drop is a move to the worse side, whichever that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.comparison.compare import reasons, shared_scales
from bench.comparison.estimates import compared
from bench.comparison.gate_rows import SCHEMA, Checked, Decision, Gate
from bench.comparison.judged import Waiting, judged
from bench.comparison.pairing import paired
from bench.comparison.policy import Check, Policy, default_policy
from bench.comparison.rows import Estimate, MetricCompared, Pairing
from bench.comparison.subjects import Subject, Unmatched, named, subjects
from bench.statistics import MINIMUM

_Found = list[Waiting | Checked]
_NO_METRIC = "(no metric)"


def gate(run: str, against: str, policy: Policy | None = None, source: str | None = None) -> Gate:
    """`run` and `against`: runs, or RUN:JOB. `source` names the policy's file."""
    sets, unmatched = subjects([named(against), named(run)])
    several = Counter(base.job.task.name for base, _ in sets)
    found: _Found = []
    pairings: dict[str, Pairing] = {}
    for base, new in sets:
        task = base.job.task.name
        label = task if several[task] == 1 else base.job.id
        some, pairings[base.job.id] = _of_job(label, base, new, policy or _default(base))
        found += some
    found += _absent(policy, unmatched, set(several))
    checks = tuple(judged(found, min_documents=policy.min_documents if policy else MINIMUM))
    decision, reason = whole(checks)
    return Gate(SCHEMA, run, against, source, decision, reason, checks, pairings)


def whole(checks: Sequence[Checked]) -> tuple[Decision, str]:
    """A NO-GO of a check that is critical or supporting stops it; what is only inconclusive stops
    it where it is critical. Advisory checks are told.
    """
    stopping = [one for one in checks if one.decision == "NO-GO" and one.tier != "advisory"]
    critical = [one for one in checks if one.tier == "critical"]
    unclear = [one for one in critical if one.decision == "INCONCLUSIVE"]
    if stopping:
        return "NO-GO", _said(stopping[0])
    if unclear:
        return "INCONCLUSIVE", _said(unclear[0])
    if not critical:
        return "INCONCLUSIVE", "no critical check was made"
    if len(critical) == 1:
        return "GO", f"the critical check holds: {critical[0].reason}"
    return "GO", "each critical check holds"


def _said(one: Checked) -> str:
    return f"{one.name}: {one.reason}" if one.name else one.reason


def _default(base: Subject) -> Policy:
    names = dict.fromkeys(one.metric for one in base.job.results if one.level == "global")
    first, *others = names or [_NO_METRIC]
    return default_policy(first, tuple(others))


def _of_job(label: str, base: Subject, new: Subject, policy: Policy) -> tuple[_Found, Pairing]:
    of = paired(base.answers, new.answers)
    why = "; ".join(reasons(of, base.job, new.job))
    scales, _ = shared_scales(base.job, new.job)
    mine = [one for one in policy.checks if not one.tasks or base.job.task.name in one.tasks]
    names = {one.metric for one in mine}
    spans = {one.name: one.span for one in scales}
    metrics = compared(
        of,
        [one for one in scales if one.name in names],
        [one.level for one in mine],
        seed=base.report.run.seed,
    )
    by_name = {one.name: one for one in metrics}
    spoiled = None if new.job.status == "ok" else f"this run's job is not ok: {new.job.status}"
    found: _Found = []
    for check in mine:
        metric = by_name.get(check.metric)
        groups = _groups(metric, check)
        if why:
            found.append(_closed(label, check, "INCONCLUSIVE", f"not comparable: {why}"))
        elif metric is None or not groups:
            found.append(_closed(label, check, _missing(policy), _who_lacks(check, base, new)))
        else:
            better, span = metric.higher_is_better, spans[check.metric]
            found += [Waiting(label, check, one, better, spoiled, span) for one in groups]
    return found, of.pairing


def _groups(metric: MetricCompared | None, check: Check) -> list[Estimate]:
    if metric is None:
        return []
    if check.level == "global":
        return [metric.whole]
    return [
        one
        for one in metric.groups
        if one.level == check.level and check.group in (None, one.group)
    ]


def _missing(policy: Policy | None) -> Decision:
    return "NO-GO" if policy and policy.missing == "no-go" else "INCONCLUSIVE"


def _who_lacks(check: Check, base: Subject, new: Subject) -> str:
    where = check.metric
    if check.level != "global":
        where += f" at {check.level}" + (f" {check.group}" if check.group else "")
    metrics = [{one.metric for one in subject.job.results} for subject in (base, new)]
    whose = {(True, False): "this run", (False, True): "the base", (False, False): "both runs"}
    lacks = whose.get((check.metric in metrics[0], check.metric in metrics[1]))
    return f"{where} is missing in {lacks}" if lacks else f"no paired record has {where}"


def _absent(
    policy: Policy | None, unmatched: Sequence[Unmatched], known: set[str]
) -> Iterator[Checked]:
    """Jobs of the base that this run lacks, and tasks of the policy that no pair has."""
    decision = _missing(policy)
    everywhere = policy is None or any(not one.tasks for one in policy.checks)
    for one in unmatched:
        if one.number == 0 and everywhere:
            task = one.job.task.name
            said = f"this run has no job for {one.job.id}"
            yield Checked(task, "", "global", None, "critical", decision, said)
    for check in policy.checks if policy else ():
        for task in check.tasks:
            if task not in known:
                yield _closed(task, check, decision, "no paired job has this task")


def _closed(task: str, check: Check, decision: Decision, reason: str) -> Checked:
    return Checked(task, check.metric, check.level, check.group, check.tier, decision, reason)
