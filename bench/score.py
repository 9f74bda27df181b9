"""Answers x metrics -> records. Pure: the same answers give the same numbers."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bench.absent_answers import says_none
from bench.collect import Answer
from bench.fields import FieldRule
from bench.growing import only_growing
from bench.metrics import Metric, Part, Policy
from bench.metrics.metric import UNMEASURED
from bench.metrics.plugins import metric_named
from bench.mistakes import mistake
from bench.page_text import Page
from bench.parts import parsed, parts
from bench.quality_rows import MistakeKind
from bench.reading import read
from bench.schema import Counts, Record, Score, Share, TaskKind
from bench.store import SampleKept
from bench.task import MetricUse

Others = Mapping[str, Mapping[str, Sequence[str]]]


def counts(records: Sequence[Record]) -> Counts:
    """Of answers, not of an extraction's fields. Closed: every one is answered or failed."""
    whole = [record for record in records if record.part_of is None]
    answered = sum(record.status == "answered" for record in whole)
    unscored = sum(record.status == "answered" and not record.scores for record in whole)
    return Counts(
        expected=len(whole),
        answered=answered,
        failed=len(whole) - answered,
        unscored=unscored,
    )


def records(
    job: str,
    answers: Sequence[Answer],
    metrics: Sequence[MetricUse],
    field_types: Mapping[str, FieldRule] | None = None,
    *,
    asks: TaskKind | None = None,
    reading: str | None = None,
    pages: Mapping[str, Page] | None = None,
) -> list[Record]:
    """One a sample, in their order; behind an extraction's one for each of its fields.

    A sample without a reference is kept, and has no score.
    """
    scorer = Scorer(
        job=job,
        metrics=metrics,
        field_types=field_types or {},
        asks=asks,
        reading=reading,
        pages=pages or {},
        others=field_references(answer.sample for answer in answers),
    )
    with only_growing():
        return [record for answer in answers for record in scorer.records(answer)]


def field_references(samples: Iterable[SampleKept]) -> dict[str, dict[str, tuple[str, ...]]]:
    """What is right for each field of a document, where its fields are asked one by one."""
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for sample in samples:
        if sample.field is not None:
            found[sample.doc_id][sample.field] = sample.references
    return found


@dataclass(frozen=True)
class Scorer:
    """What a job's answers are scored by: the rules of its task.

    `pages`: what stands on the documents. `others`: as `field_references` gives it.
    """

    job: str
    metrics: Sequence[MetricUse]
    field_types: Mapping[str, FieldRule] = dataclasses.field(default_factory=dict)
    asks: TaskKind | None = None
    reading: str | None = None
    pages: Mapping[str, Page] = dataclasses.field(default_factory=dict)
    others: Others = dataclasses.field(default_factory=dict)

    def records(self, answer: Answer) -> Iterator[Record]:
        """The answer's, and behind it one a field where the task is an extraction."""
        sample = answer.sample
        rule = self.field_types.get(sample.field or "")
        value = answer.prediction
        if value is not None and self.reading:
            value = read(value, self.reading, choices=sample.choices, rule=rule).value
        reference = None
        if self.asks == "extraction" and sample.references:
            reference = parsed(sample.references[0])
        yield self._record(answer, value, answer.prediction, fields=bool(reference))
        if reference:
            yield from self._parts(answer, value, reference)

    def _parts(
        self, answer: Answer, value: str | None, reference: Mapping[str, Any]
    ) -> Iterator[Record]:
        """What the answer has at a field stands for its prediction there."""
        found = list(parts(reference, parsed(value)))
        strict = {one.place: one.value for one in found}
        if value != answer.prediction:
            as_it_is = parsed(answer.prediction)
            strict = {one.place: one.value for one in parts(reference, as_it_is)}
        others: dict[str, list[str]] = defaultdict(list)
        for one in found:
            others[one.path] += () if one.reference is None else (one.reference,)
        for one in found:
            sample = answer.sample.model_copy(
                update={
                    "id": f"{answer.sample.id}#{one.place}",
                    "field": one.path,
                    "references": () if one.reference is None else (one.reference,),
                    "answerable": one.reference is not None,
                }
            )
            failed = answer.prediction is None
            part = dataclasses.replace(
                answer, sample=sample, prediction=None if failed else one.value or ""
            )
            yield self._record(
                part, one.value, strict[one.place], part_of=answer.sample.id, others=others
            )

    def _record(
        self,
        answer: Answer,
        value: str | None,
        strict: str | None,
        *,
        part_of: str | None = None,
        others: Mapping[str, Sequence[str]] | None = None,
        fields: bool = False,
    ) -> Record:
        """`fields`: the answer's fields have records, which say what is wrong with it."""
        sample = answer.sample
        scores = self._scores(answer, value, strict, part=part_of is not None)
        return Record.unchecked(
            job=self.job,
            id=sample.id,
            part_of=part_of,
            variant_of=sample.variant_of,
            answerable=sample.answerable,
            doc_id=sample.doc_id,
            doc_type=sample.doc_type,
            field=sample.field,
            language=sample.language,
            tags=sample.tags,
            references=sample.references,
            prediction=answer.prediction,
            value=value,
            status=answer.status,
            scores=scores,
            mistake=None if fields else self._mistake(answer, value, scores, others, part_of),
            error_kind=answer.error_kind,
            error=answer.error,
            finish_reason=answer.finish_reason,
            tokens=answer.tokens,
            latency_s=answer.latency_s,
        )

    def _scores(
        self, answer: Answer, value: str | None, strict: str | None, *, part: bool
    ) -> dict[str, Score]:
        sample = answer.sample
        if not sample.references and sample.answerable:
            return {}
        field = sample.field or ""
        return {
            use.label: _score(
                use.metric,
                use.policies.get(field, use.policy),
                sample,
                None if answer.prediction is None else value or "",
                strict or "",
                reads=self.reading is not None,
            )
            for use in self._prepared
            if use.of_fields == part
        }

    @cached_property
    def _prepared(self) -> tuple[_Prepared, ...]:
        return tuple(_prepared(use, self.field_types) for use in self.metrics)

    def _mistake(
        self,
        answer: Answer,
        value: str | None,
        scores: Mapping[str, Score],
        others: Mapping[str, Sequence[str]] | None,
        part_of: str | None,
    ) -> MistakeKind | None:
        sample = answer.sample
        judging = [use for use in self._prepared if use.of_fields == (part_of is not None)]
        return mistake(
            answer.prediction if value is None else value,  # where none was found: what was said
            sample.references,
            right=_right(scores, judging, answerable=sample.answerable),
            finish_reason=answer.finish_reason,
            rule=self.field_types.get(sample.field or ""),
            page=self.pages.get(sample.doc_id),
            others=self.others.get(sample.doc_id, {}) if others is None else others,
            field=sample.field,
            answerable=sample.answerable,
        )


@dataclass(frozen=True)
class _Prepared:
    """A metric's use, with what does not change from answer to answer."""

    label: str
    metric: Metric
    of_fields: bool
    policy: Policy
    policies: Mapping[str, Policy]  # by field


def _prepared(use: MetricUse, types: Mapping[str, FieldRule]) -> _Prepared:
    policy = dataclasses.replace(use.policy, fields=types)
    return _Prepared(
        label=use.label,
        metric=metric_named(use.metric),
        of_fields=use.of == "fields",
        policy=policy,
        policies={name: dataclasses.replace(policy, field=rule) for name, rule in types.items()},
    )


def _score(
    metric: Metric,
    policy: Policy,
    sample: SampleKept,
    value: str | None,
    strict: str,
    *,
    reads: bool,
) -> Score:
    """`value` is None where the request failed."""
    part = _measured(metric, policy, sample, value)
    raw = strictly = None
    if policy.steps:
        raw = _share(_measured(metric, dataclasses.replace(policy, steps=()), sample, value))
    if reads:
        same = value is None or value == strict
        strictly = _share(part if same else _measured(metric, policy, sample, strict))
    return Score.unchecked(
        value=part.value,
        numerator=part.numerator,
        denominator=part.denominator,
        strict=strictly,
        raw=raw,
        reason=part.reason,
    )


def _measured(metric: Metric, policy: Policy, sample: SampleKept, value: str | None) -> Part:
    if not sample.answerable:
        if not metric.higher_is_better:
            return UNMEASURED
        return Part(float(value is not None and says_none(value)), 1.0)
    if value is None:
        return metric.worst(sample.references, policy)
    return metric.measure(value, sample.references, policy)


def _share(part: Part) -> Share:
    return Share.unchecked(value=part.value, numerator=part.numerator, denominator=part.denominator)


def _right(
    scores: Mapping[str, Score], uses: Sequence[_Prepared], *, answerable: bool
) -> bool | None:
    """By the task's exact match or, where it has none, its first metric at its best value."""
    if not answerable:  # each metric that can say so says the same
        uses = [use for use in uses if use.metric.higher_is_better]
    exact = [use for use in uses if use.metric.name == "exact_match"]
    rule = next(iter([*exact, *uses]), None)
    if rule is None or rule.label not in scores:
        return None
    score, metric = scores[rule.label], rule.metric
    if not score.denominator and (metric.higher_is_better or score.reason == "too_long"):
        return None  # this sample cannot be measured
    best = metric.high if metric.higher_is_better else metric.low
    return best is not None and score.numerator == best * score.denominator


def mistakes(records: Sequence[Record]) -> dict[MistakeKind, int]:
    """How many records have each kind, the most frequent first."""
    counted = Counter(record.mistake for record in records if record.mistake)
    return dict(counted.most_common())
