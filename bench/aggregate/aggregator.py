"""Takes records one by one, and says at the end what they come to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.aggregate.groups import Group, Summed, groups, summed
from bench.aggregate.hardest import SHOWN, hardest
from bench.aggregate.outcome import outcome
from bench.aggregate.places import Place, place_of
from bench.aggregate.table import Table
from bench.metrics.plugins import metric_named
from bench.quality_rows import HardDocument
from bench.schema import Level, Record, Result
from bench.statistics import intervals, keys
from bench.task import MetricUse

_AT_ONCE = 2_000_000  # documents, counted in each of their groups, that are held at once: 80 MB


def results(
    records: Iterable[Record], metrics: Sequence[MetricUse], levels: Sequence[Level], *, seed: int
) -> list[Result]:
    """Each metric at each level and group, in the order of `metrics`, `levels` and names."""
    aggregator = Aggregator(metrics, levels, seed=seed)
    for record in records:
        aggregator.add(record)
    return aggregator.results()


class Aggregator:
    """Holds numbers by document and place, 40 bytes a metric for each pair, and no record.

    A record counts for the metrics that it has a score of.
    """

    def __init__(self, metrics: Sequence[MetricUse], levels: Sequence[Level], *, seed: int) -> None:
        self._levels = tuple(dict.fromkeys(levels))
        self._seed = seed
        self._documents: dict[str, int] = {}
        self._doc_types: list[str | None] = []
        self._places: dict[Place, int] = {}
        self._tables = {use.label: Table(metric_named(use.metric), use.policy) for use in metrics}

    def add(self, record: Record) -> None:
        if not record.scores:
            return
        documents, places = self._documents, self._places
        document = documents.setdefault(record.doc_id, len(documents))
        if document == len(self._doc_types):
            self._doc_types.append(record.doc_type)
        elif self._doc_types[document] != record.doc_type:
            self._doc_types[document] = None
        place = places.setdefault(place_of(record), len(places))
        for label, score in record.scores.items():
            if label in self._tables:
                self._tables[label].add(document, place, score, record)

    def results(self) -> list[Result]:
        """In the order of the metrics, the levels and the groups' names."""
        tables = self._summed()
        known = keys(sorted(self._documents), seed=self._seed)
        found: dict[str, list[Result]] = {label: [] for label in tables}
        by_document: dict[str, float] = {}
        for batch in self._batches(tables):
            clustered = [group.clustered for _, group in batch]
            bounds = intervals(clustered, known)
            for (label, group), one, ends in zip(batch, clustered, bounds, strict=True):
                metric = self._tables[label].metric
                found[label].append(outcome(label, metric, group, one, ends))
                mean = one.mean
                if group.level == "global" and mean is not None:
                    by_document[label] = mean
        return [
            result if result.level != "global" else _with_macro(result, several, by_document)
            for several in found.values()
            for result in several
        ]

    def hardest(self, most: int = SHOWN) -> tuple[HardDocument, ...]:
        """The documents furthest from right by the first metric, the worst first."""
        first = next(iter(self._tables), None)
        if first is None:
            return ()
        types = sorted((name, self._doc_types[place]) for name, place in self._documents.items())
        return hardest(self._summed(first)[first], self._tables[first].metric, types, most=most)

    def _summed(self, *labels: str) -> dict[str, Summed]:
        import numpy as np

        places, names = tuple(self._places), sorted(self._documents)
        rank = np.empty(len(names), dtype=np.int64)
        rank[[self._documents[name] for name in names]] = np.arange(len(names))
        return {
            label: summed(self._tables[label], places, rank) for label in labels or self._tables
        }

    def _batches(self, tables: Mapping[str, Summed]) -> Iterator[list[tuple[str, Group]]]:
        """Whole levels of all metrics: theirs are the same documents, which are drawn once."""
        waiting: list[tuple[str, Group]] = []
        for level in self._levels:
            waiting += [(label, one) for label in tables for one in groups(tables[label], level)]
            if sum(len(group.documents) for _, group in waiting) > _AT_ONCE:
                yield waiting
                waiting = []
        if waiting:
            yield waiting


def _with_macro(
    whole: Result, several: Sequence[Result], by_document: Mapping[str, float]
) -> Result:
    """Groups without a value are left out."""
    values: dict[str, list[float]] = {}
    for result in several:
        if result.level != "global" and result.value is not None:
            values.setdefault(result.level, []).append(result.value)
    macro = {level: math.fsum(some) / len(some) for level, some in values.items()}
    if whole.metric in by_document:
        macro["document"] = by_document[whole.metric]
    return whole.model_copy(update={"macro": macro})
