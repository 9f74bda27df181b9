"""Several models of one task: quality beside speed, memory, cost and licence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bench import store
from bench.comparison.rows import Choice, Side
from bench.comparison.significance import ALPHA, holm
from bench.comparison.subjects import Subject
from bench.errors import BenchError
from bench.model import find_model
from bench.schema import Result

Standing = Literal["best", "tied", "behind"] | None


def headline(subject: Subject) -> Result | None:
    return next((one for one in subject.job.results if one.level == "global"), None)


def best_of(some: Sequence[Subject], metric: str) -> int | None:
    """The place of the one with the best value of `metric`; None where one has none."""
    found = [_result(one, metric) for one in some]
    values = [one.value for one in found if one is not None and one.value is not None]
    if len(values) < len(some) or found[0] is None:
        return None
    return values.index(max(values) if found[0].higher_is_better else min(values))


def standings(
    best: int, against_best: Sequence[float | None]
) -> list[tuple[Standing, float | None]]:
    """`against_best`: the p of each one's difference to the best; None at the best itself."""
    adjusted = holm(against_best)
    return [
        ("best", None)
        if place == best
        else ("behind" if p is not None and p < ALPHA else "tied", p)
        for place, p in enumerate(adjusted)
    ]


def choice(
    subject: Subject, side: Side, metric: str | None, standing: Standing, p: float | None
) -> Choice:
    result = _result(subject, metric)
    spent, absent = subject.job.performance, dict(subject.job.absent)
    use = spent.engine if spent else None
    cost = spent.cost if spent else None
    licence = licence_of(subject)
    found = Choice(
        side=side,
        metric=metric,
        value=result.value if result else None,
        low=result.interval.low if result and result.interval else None,
        high=result.interval.high if result and result.interval else None,
        standing=standing,
        p=p,
        latency_p50_s=spent.latency_s.p50 if spent and spent.latency_s else None,
        requests_per_s=spent.requests_per_s if spent else None,
        peak_rss_bytes=use.peak_rss_bytes if use else None,
        peak_gpu_bytes=use.peak_gpu_bytes if use else None,
        cost_per_1000=cost.per_1000_requests if cost else None,
        currency=cost.currency if cost else None,
        licence=licence,
        failed=subject.job.counts.failed,
        expected=subject.job.counts.expected,
        absent={},
    )
    whole = absent.get("performance", "the report does not say")
    why = {
        "latency_p50_s": absent.get("performance.latency_s", whole),
        "requests_per_s": absent.get("performance.requests_per_s", whole),
        "peak_rss_bytes": absent.get("performance.engine", whole),
        "peak_gpu_bytes": absent.get(
            "performance.engine.peak_gpu_bytes", absent.get("performance.engine", whole)
        ),
        "cost_per_1000": absent.get("performance.cost", whole),
        "licence": "no model file of this name says it",
        "value": "the job has no result of the metric",
        "low": "too few documents",
    }
    missing = {name: said for name, said in why.items() if getattr(found, name) is None}
    return Choice(**{**found.__dict__, "absent": missing})


def _result(subject: Subject, metric: str | None) -> Result | None:
    return next(
        (one for one in subject.job.results if (one.level, one.metric) == ("global", metric)), None
    )


def licence_of(subject: Subject) -> str | None:
    """As the model file says it today: the run's config names the file."""
    try:
        run = store.open_run(subject.folder)
    except BenchError:
        return None
    given = run.config.get("model", ())
    for name in given if isinstance(given, list | tuple) else (given,):
        beside = Path(run.cwd) / str(name)
        try:
            model = find_model(str(beside if beside.is_file() else name))
        except BenchError:
            continue
        if model.name == subject.job.model.name and model.licence:
            return model.licence
    return None
