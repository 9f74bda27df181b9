"""Shares of records, kept so that whole documents can be resampled."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.quality_rows import AxisValue
from bench.statistics import bootstrap, interval


@dataclass
class Tally:
    """`documents`: what was right and out of how much, summed up by document."""

    records: int = 0
    documents: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, document: str, *, right: bool) -> None:
        self.add_share(document, right, 1, records=1)

    def add_share(self, document: str, part: float, whole: float, *, records: int) -> None:
        above, below = self.documents.get(document, (0.0, 0.0))
        self.documents[document] = (above + part, below + whole)
        self.records += records

    @property
    def value(self) -> float:
        """Of at least one record."""
        above = sum(part for part, _ in self.documents.values())
        return above / sum(whole for _, whole in self.documents.values())

    def axis(self, measure: str, reason: str, seed: int) -> AxisValue:
        """`reason`: why there is nothing in it, if so."""
        if not self.records:
            return AxisValue(value=None, measure=measure, reason=reason)
        above = [part for part, _ in self.documents.values()]
        below = [whole for _, whole in self.documents.values()]
        bounds = bootstrap(above, below, tuple(self.documents), seed=seed)
        return AxisValue(
            value=self.value,
            n=self.records,
            interval=interval(bounds, low=0.0, high=1.0),
            measure=measure,
        )
