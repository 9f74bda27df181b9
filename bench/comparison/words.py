"""How a comparison is said to people, on the terminal and on the page alike."""

from __future__ import annotations

from bench.comparison.rows import Choice, Compared, Estimate, MetricCompared, Pairing
from bench.report import quantities
from bench.report.numbers import MISSING, small, value
from bench.statistics import MINIMUM

STANDING = {"best": "best", "tied": "tied with the best", "behind": "behind"}


def arrow(one: MetricCompared) -> str:
    return "↑" if one.higher_is_better else "↓"


def difference(one: Estimate) -> str:
    return MISSING if one.difference is None else f"{one.difference:+.4f}"


def interval(one: Estimate) -> str:
    if one.low is None or one.high is None:
        return MISSING
    return f"{one.low:+.4f} … {one.high:+.4f}"


def probability(p: float | None) -> str:
    if p is None:
        return MISSING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def records(one: Estimate) -> str:
    """`12 / 3 / 485`: records that B does better, worse, as well."""
    return f"{one.wins:,} / {one.losses:,} / {one.ties:,}"


def short_verdict(one: Estimate) -> str:
    return {
        "b_better": "B better",
        "a_better": "A better",
        "not_shown": "not shown",
        "identical": "identical",
        "no_verdict": MISSING,
    }[one.verdict]


def verdict(pair: Compared) -> str:
    """One sentence on the first metric."""
    head = pair.headline
    if pair.obstacles:
        return "no verdict: " + "; ".join(pair.obstacles)
    if head is None:
        return "no verdict: no metric scores a record on both sides"
    one = head.whole
    if one.verdict == "identical":
        return f"no difference: every one of {one.n:,} records has the same {head.name}"
    if one.verdict == "no_verdict":
        why = f"fewer than {MINIMUM} documents" if one.documents < MINIMUM else "no interval"
        return f"no verdict: {why}"
    said = f"{head.name} {difference(one)} ({interval(one)}, p {probability(one.p)})"
    if one.verdict == "not_shown":
        least = f"; these pairs show {small(one.detectable)} or more" if one.detectable else ""
        return f"no difference shown: {said}{least}"
    better, other = (pair.b, pair.a) if one.verdict == "b_better" else (pair.a, pair.b)
    return f"{better.label} is better than {other.label}: {said}"


def pairing(of: Pairing, a: str = "A", b: str = "B") -> str:
    said = f"{of.pairs:,} records paired by sample and field"
    if of.fields:
        said = f"{of.pairs:,} answers paired by sample, and {of.fields:,} fields of them"
    if of.only_a or of.only_b:
        said += f", {of.only_a:,} only in {a}, {of.only_b:,} only in {b}"
    return f"{said}; failed requests: {of.failed_a:,} in {a}, {of.failed_b:,} in {b}"


def moved(pair: Compared) -> str:
    what = "fields" if pair.pairing.fields else "records"
    return f"{pair.fixed:,} {what} have a mistake in A and none in B, {pair.broken:,} the other way"


def answered_only(head: MetricCompared) -> str | None:
    """The headline without the records that failed on a side; None where none did."""
    one = head.answered
    if one is None:
        return None
    return (
        f"over the {one.n:,} records that both answered: {head.name} {value(one.a)} → "
        f"{value(one.b)}, {difference(one)} ({interval(one)}, p {probability(one.p)})"
    )


def quality(one: Choice) -> str:
    if one.value is None:
        return MISSING
    span = "" if one.low is None or one.high is None else f" ({one.low:.3f} … {one.high:.3f})"
    return f"{one.value:.4f}{span}"


def memory(one: Choice) -> str:
    gpu = f" + {quantities.size(one.peak_gpu_bytes)} GPU" if one.peak_gpu_bytes else ""
    return f"{quantities.size(one.peak_rss_bytes)}{gpu}"


def rate(one: Choice) -> str:
    if one.requests_per_s is None:
        return MISSING
    return f"{quantities.digits(one.requests_per_s)}/s"


def cost(one: Choice) -> str:
    if one.cost_per_1000 is None:
        return MISSING
    return f"{quantities.digits(one.cost_per_1000)} {one.currency}"


def standing(one: Choice) -> str:
    if one.standing is None:
        return MISSING
    said = STANDING[one.standing]
    return said if one.p is None else f"{said} (p {probability(one.p)})"


def choice_cells(one: Choice) -> tuple[str, ...]:
    """As CHOICE names them."""
    return (
        quality(one),
        standing(one),
        f"{one.failed:,} of {one.expected:,}",
        quantities.seconds(one.latency_p50_s),
        rate(one),
        memory(one),
        cost(one),
        one.licence or MISSING,
    )


CHOICE = (
    "quality",
    "standing",
    "failed",
    "latency p50",
    "answers",
    "peak memory",
    "cost of 1,000",
    "licence",
)


def absences(rows: tuple[Choice, ...]) -> tuple[str, ...]:
    """Why cells are empty: each reason once, with the cells and the rows it is of."""
    whose: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, why in row.absent.items():
            if name in _NAMED:
                whose.setdefault((_NAMED[name], why), []).append(row.side.label)
    cells: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (cell, why), labels in whose.items():
        cells.setdefault((why, tuple(labels)), []).append(cell)
    return tuple(
        f"{', '.join(some)}: {why}"
        + ("" if len(labels) == len(rows) else f" ({', '.join(labels)})")
        for (why, labels), some in cells.items()
    )


_NAMED = {
    "value": "quality",
    "latency_p50_s": "latency p50",
    "requests_per_s": "answers",
    "peak_rss_bytes": "peak memory",
    "cost_per_1000": "cost of 1,000",
    "licence": "licence",
}
