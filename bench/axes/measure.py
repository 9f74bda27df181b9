"""The axes of a job, in one pass over its records. Pure; what cannot be measured is null."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bench.absent_answers import says_none
from bench.axes.relevancy import gives_a_value, is_of_the_asked_kind
from bench.axes.tally import Tally
from bench.classification import agreeing
from bench.fields import FieldRule
from bench.page_text import Page, plain
from bench.quality_rows import Axes, AxisValue, Interval
from bench.schema import Record, Result, TaskKind

VALUES_ASKED: tuple[TaskKind, ...] = ("question", "extraction")
NO_FIELDS: Mapping[str, FieldRule] = {}


def axes(
    records: Iterable[Record],
    results: Iterable[Result],
    asks: TaskKind,
    pages: Mapping[str, Page],
    *,
    field_types: Mapping[str, FieldRule] = NO_FIELDS,
    classes: Collection[str] = (),
    seed: int = 0,
) -> Axes:
    """`pages` by doc_id. `classes`: the names that an answer to a classification may take.

    An extraction's fields follow the record of their answer, as in records.jsonl. A failed request
    counts in accuracy alone, by its metric's rule.
    """
    grounded, relevant, refrained = Tally(), Tally(), Tally()
    orders: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    names = {plain(name): name for name in classes}
    unread: str | None = None  # the last extraction whose answer is no JSON object
    for record in records:
        if record.status != "answered":
            continue
        rule = field_types.get(record.field or "")
        if record.part_of is None:
            of_kind = is_of_the_asked_kind(record, asks, rule, names)
            relevant.add(record.doc_id, right=of_kind)
            unread = record.id if asks == "extraction" and not of_kind else None
        if asks in VALUES_ASKED and gives_a_value(record, asks):
            page = pages.get(record.doc_id)
            there = page.holds(record.value or "", rule) if page else None
            if there is not None:
                grounded.add(record.doc_id, right=there)
        if not record.answerable and (record.part_of is None or record.part_of != unread):
            refrained.add(record.doc_id, right=says_none(record.value or ""))
        if record.variant_of is not None:
            chosen = names.get(plain(record.value or "")) if names else record.value
            orders[record.variant_of].append((record.doc_id, chosen))
    return Axes(
        accuracy=_accuracy(results),
        groundedness=_groundedness(grounded, asks, pages, seed),
        relevancy=relevant.axis("answers of the asked kind", "no request was answered", seed),
        stability=_stability(refrained, _agreement(orders.values()), seed),
    )


def _accuracy(results: Iterable[Result]) -> AxisValue:
    """The first metric with a best and a worst value, from 0 at its worst to 1 at its best."""
    everywhere = [result for result in results if result.level == "global"]
    bounded = next((one for one in everywhere if one.range.high is not None), None)
    if bounded is None or bounded.range.high is None:
        unbounded = ", ".join(one.metric for one in everywhere)
        reason = "no sample has a reference"
        if unbounded:
            reason = f"{unbounded}: no metric of the task has a worst value to count from"
        return AxisValue(value=None, measure="the task's first bounded metric", reason=reason)
    if bounded.value is None:
        reason = f"{bounded.metric} cannot measure these references"
        return AxisValue(value=None, measure=bounded.metric, reason=reason)
    low, high = bounded.range.low, bounded.range.high

    def turned(value: float) -> float:
        share = (value - low) / (high - low)
        return share if bounded.higher_is_better else 1 - share

    interval = bounded.interval
    if interval is not None:
        ends = sorted((turned(interval.low), turned(interval.high)))
        interval = Interval.model_validate(
            interval.model_dump() | {"low": ends[0], "high": ends[1]}
        )
    return AxisValue(
        value=turned(bounded.value), n=bounded.n, interval=interval, measure=bounded.metric
    )


def _groundedness(
    grounded: Tally, asks: TaskKind, pages: Mapping[str, Page], seed: int
) -> AxisValue:
    if asks not in VALUES_ASKED:
        reason = f"a {asks} asks for no value of the page"
    elif not pages:
        reason = "the task has no transcripts"
    else:
        reason = "no given value could be looked for: no transcript, too short, or from a list"
    return grounded.axis("given values found on the page", reason, seed)


def _agreement(orders: Iterable[Sequence[tuple[str, str | None]]]) -> Tally:
    """Pairs of orders with the same class; an answer that names none agrees with nothing."""
    tally = Tally()
    for asked in orders:
        same, pairs = agreeing([chosen for _, chosen in asked])
        if pairs:
            tally.add_share(asked[0][0], same, pairs, records=len(asked))
    return tally


def _stability(refrained: Tally, agreed: Tally, seed: int) -> AxisValue:
    parts = {"no-answer accuracy": refrained, "agreement of orders": agreed}
    measured = {name: tally for name, tally in parts.items() if tally.records}
    if len(measured) == len(parts):
        return AxisValue(
            value=sum(tally.value for tally in measured.values()) / len(measured),
            n=sum(tally.records for tally in measured.values()),
            measure=f"mean of {' and '.join(measured)}",
        )
    name, tally = next(iter(measured.items()), (" or ".join(parts), Tally()))
    return tally.axis(name, "no unanswerable sample, and nothing asked in several orders", seed)
