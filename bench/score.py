"""Answers x metrics -> records and results. Pure: the same answers give the same numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bench.collect import Answer
from bench.fields import FieldRule
from bench.metrics import METRICS, Metric, Part
from bench.mistakes import mistake
from bench.schema import (
    Counts,
    Interval,
    Level,
    MistakeKind,
    Range,
    Record,
    Result,
    Score,
)
from bench.statistics import CONFIDENCE, METHOD, MINIMUM, bootstrap
from bench.task import MetricUse


def counts(records: Sequence[Record]) -> Counts:
    """Closed by construction: every record is answered or failed."""
    answered = sum(record.status == "answered" for record in records)
    unscored = sum(record.status == "answered" and not record.scores for record in records)
    return Counts(
        expected=len(records),
        answered=answered,
        failed=len(records) - answered,
        unscored=unscored,
    )


def records(
    job: str,
    answers: Sequence[Answer],
    metrics: Sequence[MetricUse],
    field_types: Mapping[str, FieldRule] | None = None,
) -> list[Record]:
    """One a sample, in their order. A sample without a reference is kept, and has no score."""
    types = field_types or {}
    return [_record(job, one, metrics, types.get(one.sample.field or "")) for one in answers]


def _record(
    job: str, answer: Answer, metrics: Sequence[MetricUse], rule: FieldRule | None
) -> Record:
    scores = _scores(answer, metrics, rule)
    return Record.model_construct(
        job=job,
        id=answer.sample.id,
        doc_id=answer.sample.doc_id,
        doc_type=answer.sample.doc_type,
        field=answer.sample.field,
        language=answer.sample.language,
        tags=answer.sample.tags,
        references=answer.sample.references,
        prediction=answer.prediction,
        value=answer.prediction,
        status=answer.status,
        scores=scores,
        mistake=_mistake(answer, scores, metrics, rule),
        error_kind=answer.error_kind,
        error=answer.error,
        finish_reason=answer.finish_reason,
        tokens=answer.tokens,
        latency_s=answer.latency_s,
    )


def _scores(
    answer: Answer, metrics: Sequence[MetricUse], rule: FieldRule | None
) -> dict[str, Score]:
    if not answer.sample.references:
        return {}
    return {use.label: _score(answer, use, rule) for use in metrics}


def _score(answer: Answer, use: MetricUse, rule: FieldRule | None) -> Score:
    metric, references = METRICS[use.metric], answer.sample.references
    policy = replace(use.policy, field=rule)
    if answer.prediction is None:
        part = metric.worst(references, policy)
    else:
        part = metric.measure(answer.prediction, references, policy)
    return Score.model_construct(
        value=part.value,
        numerator=part.numerator,
        denominator=part.denominator,
        reason=part.reason,
    )


def _mistake(
    answer: Answer,
    scores: Mapping[str, Score],
    metrics: Sequence[MetricUse],
    rule: FieldRule | None,
) -> MistakeKind | None:
    return mistake(
        answer.prediction,
        answer.sample.references,
        right=_right(scores, metrics),
        finish_reason=answer.finish_reason,
        rule=rule,
    )


def _right(scores: Mapping[str, Score], metrics: Sequence[MetricUse]) -> bool | None:
    """By the task's exact match or, where it has none, its first metric at its best value."""
    exact = [use for use in metrics if use.metric == "exact_match"]
    rule = next(iter([*exact, *metrics]), None)
    if rule is None or rule.label not in scores:
        return None
    score, metric = scores[rule.label], METRICS[rule.metric]
    if metric.higher_is_better and not score.denominator:
        return None  # this sample cannot be measured
    best = metric.high if metric.higher_is_better else metric.low
    return best is not None and score.numerator == best * score.denominator


def mistakes(records: Sequence[Record]) -> dict[MistakeKind, int]:
    """How many records have each kind, the most frequent first."""
    counted = Counter(record.mistake for record in records if record.mistake)
    return dict(counted.most_common())


def results(
    records: Sequence[Record], metrics: Sequence[MetricUse], levels: Sequence[Level], *, seed: int
) -> list[Result]:
    """Each metric at each level and group, global first."""
    return [
        _result(use, level, group, members, seed)
        for use in metrics
        for level in levels
        for group, members in _groups(records, level)
    ]


def _groups(records: Sequence[Record], level: Level) -> Iterator[tuple[str, list[Record]]]:
    scored = [record for record in records if record.references]
    if level == "global":
        yield from [("all", scored)] if scored else []
        return
    by_group: dict[str, list[Record]] = defaultdict(list)
    for record in scored:
        for name in _names(record, level):
            by_group[name].append(record)
    yield from sorted(by_group.items())


def _names(record: Record, level: Level) -> Sequence[str]:
    """The groups that a record is in at this level; none where it does not say."""
    if level == "tag":
        return tuple(dict.fromkeys(record.tags))
    if level == "doc_type_field":
        parts = (record.doc_type, record.field)
        return () if None in parts else (" / ".join(filter(None, parts)),)
    name = getattr(record, level)
    return () if name is None else (name,)


def _result(
    use: MetricUse, level: Level, group: str, members: Sequence[Record], seed: int
) -> Result:
    metric = METRICS[use.metric]
    scores = [record.scores[use.label] for record in members]
    answered = [
        score for score, record in zip(scores, members, strict=True) if record.status == "answered"
    ]
    above = [score.numerator for score in scores]
    below = [score.denominator for score in scores]
    bounds = bootstrap(above, below, [record.doc_id for record in members], seed=seed)
    empty = sum(not any(use.policy.apply(text) for text in r.references) for r in members)
    unmeasured = below.count(0.0) if metric.higher_is_better else 0
    return Result(
        metric=use.label,
        level=level,
        group=group,
        value=_total(scores),
        value_answered=_total(answered),
        n=len(members),
        answered=len(answered),
        failed=len(members) - len(answered),
        empty_references=empty,
        higher_is_better=metric.higher_is_better,
        range=Range(low=metric.low, high=metric.high),
        unit=metric.unit,
        interval=bounds
        and Interval(
            low=bounds.low,
            high=bounds.high,
            confidence=CONFIDENCE,
            method=METHOD,
            clusters=bounds.clusters,
        ),
        note=_note(metric, empty, unmeasured, intervals=bounds is not None),
    )


def _total(scores: Sequence[Score]) -> float | None:
    return Part(
        sum(score.numerator for score in scores), sum(score.denominator for score in scores)
    ).value


def _note(metric: Metric, empty: int, unmeasured: int, *, intervals: bool) -> str | None:
    said = []
    if not intervals:
        said.append(f"no interval: it takes {MINIMUM} documents or more")
    if empty and metric.name in ("cer", "wer"):
        said.append(f"{empty} empty references: what was answered to them counts as edits")
    if unmeasured:
        said.append(f"{unmeasured} samples left out: {metric.name} cannot measure their references")
    return "; ".join(said) or None
