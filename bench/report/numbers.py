"""How numbers and counts are said to people, in the terminal and in Markdown alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import compress

from bench.quality_rows import Interval
from bench.schema import JobReport, NativeResult, PromptUsed, Report, Result

MISSING = "–"


def value(number: float | None) -> str:
    """Four places: a share of 10,000 samples shows its last one."""
    return MISSING if number is None else f"{number:.4f}"


def interval(result: Result) -> str:
    return bounds(result.interval)


def bounds(interval: Interval | None) -> str:
    return MISSING if interval is None else f"{interval.low:.4f} … {interval.high:.4f}"


def small(difference: float | None) -> str:
    """Two digits that count: it is an estimate."""
    return MISSING if difference is None else f"{difference:.2g}"


def detectable(result: Result) -> str | None:
    """What these documents cannot show; None where that is not known."""
    if result.detectable is None:
        return None
    clusters = result.interval.clusters if result.interval else None
    documents = f"these {clusters:,} documents" if clusters else "these documents"
    smallest = small(result.detectable)
    return f"differences below {smallest} between two such runs cannot be told apart on {documents}"


def asked(job: JobReport) -> str | None:
    """`extraction, read by json/1; prompt total v2 9f86d081884c`; None of an older report."""
    task = job.task
    parts: list[str] = [task.asks] if task.asks else []
    if task.reading:
        parts.append(f"read by {task.reading}")
    said = ", ".join(parts)
    if task.prompts:
        prompts = ", ".join(map(prompt, task.prompts))
        named = f"prompt{'s' * (len(task.prompts) > 1)} {prompts}"
        said = f"{said}; {named}" if said else named
    return said or None


def prompt(used: PromptUsed) -> str:
    """`total v2 9f86d081884c`, and what it is for."""
    made_for = [one for one in (used.language, used.doc_type, used.field) if one]
    version = f" v{used.version}" if used.version else ""
    return f"{used.name}{version} {used.sha256[:12]}" + (
        f" ({', '.join(made_for)})" if made_for else ""
    )


def better(result: Result) -> str:
    return "↑" if result.higher_is_better else "↓"


def group(result: Result) -> str:
    return "all" if result.level == "global" else f"{result.level} {result.group}"


def native_value(native: NativeResult) -> str:
    scale = f" of {native.scale:g}" if native.scale not in (None, 1) else ""
    return f"{native.value:g}{scale}"


def native_interval(native: NativeResult) -> str:
    """Of the harness's own scores of the samples, on its scale."""
    if native.interval is None:
        return MISSING
    if not native.scale:
        return f"{native.interval.low:.4g} … {native.interval.high:.4g}"
    # Four places of a share: 52.12 of 100.
    places = max(0, 4 - round(math.log10(abs(native.scale))))
    return f"{native.interval.low:.{places}f} … {native.interval.high:.{places}f}"


def native_rule(native: NativeResult) -> str:
    """What the same rule gives on the stored answers: `anls_vlmevalkit 63.33 =`."""
    if native.rule is None or native.by_rule is None:
        return MISSING
    return f"{native.rule} {native.by_rule:.6g} {'=' if native.agrees else '≠'}"


def counts_line(job: JobReport) -> str:
    """What was expected, answered and failed: it stands beside every number."""
    said = f"{job.counts.expected} expected = {job.counts.answered} answered"
    said += f" + {job.counts.failed} failed"
    return said + (f" ({job.counts.unscored} unscored)" if job.counts.unscored else "")


def mistakes_line(job: JobReport) -> str | None:
    """`mistakes: 3 wrong value, 1 missed`; None where there are none."""
    said = [f"{number} {kind.replace('_', ' ')}" for kind, number in job.mistakes.items()]
    return f"mistakes: {', '.join(said)}" if said else None


def title(job: JobReport) -> str:
    kind = " (pipeline)" if job.model.pipeline else ""
    return f"{job.task.name} · {job.model.name}{kind} · {job.harness.name}"


def told_apart(jobs: Sequence[JobReport]) -> tuple[str, ...]:
    """Each job by what tells it from the others: `echo`, or `echo · my-vlm` of several models."""
    parts = [(job.harness.name, job.model.name, job.task.name) for job in jobs]
    differ = [len(set(column)) > 1 for column in zip(*parts, strict=True)]
    shown = differ if any(differ) else [True, False, False]
    return tuple(" · ".join(compress(names, shown)) for names in parts)


def totals(report: Report) -> str:
    ok = sum(job.status == "ok" for job in report.jobs)
    failed = sum(job.counts.failed for job in report.jobs)
    said = f"{ok} of {len(report.jobs)} jobs ok"
    return said + (f", {failed} requests failed" if failed else ", no request failed")
