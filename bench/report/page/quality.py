"""A job's axes, mistakes and hardest documents, as the templates want them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bench.quality_rows import MistakeCount, MistakeGroup
from bench.report import numbers, taxonomy
from bench.report.axes import MEANINGS, AxisLine, axis_lines
from bench.report.images import Gallery, Key
from bench.report.page.charts import Mark, Scale, mark_at
from bench.report.plain import short
from bench.schema import JobReport, Record

FIELDS: Final = 150  # lines of one table of mistakes
EXAMPLES: Final = 3  # of one kind
SHARES: Final = Scale(0.0, 1.0)


@dataclass(frozen=True)
class AxisView:
    line: AxisLine
    meaning: str
    mark: Mark | None


@dataclass(frozen=True)
class Example:
    """A record: its line in the page, what was right, and what was said."""

    line: int
    id: str
    right: str
    said: str


@dataclass(frozen=True)
class KindBar:
    """`start` and `width` in hundredths of the group's records."""

    kind: str
    name: str
    n: int
    share: str
    start: float
    width: float
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class FieldKinds:
    """A field's mistakes; of all fields where `name` is empty."""

    name: str
    n: int
    wrong: int
    share: str
    sort: float
    kinds: tuple[KindBar, ...]


@dataclass(frozen=True)
class Hard:
    """`picture` is the number of its page's small copy, `line` its first record in the page."""

    doc_id: str
    name: str
    doc_type: str | None
    value: str
    wrong: int
    n: int
    line: int | None
    picture: int | None


@dataclass(frozen=True)
class Shown:
    """The records that the page has, found by job and id, or by job and document."""

    records: Sequence[Record]
    gallery: Gallery

    @cached_property
    def lines(self) -> Mapping[Key, int]:
        """From 1; where an id stands twice, the first."""
        found: dict[Key, int] = {}
        for line, record in enumerate(self.records, start=1):
            found.setdefault((record.job, record.id), line)
        return found

    @cached_property
    def documents(self) -> Mapping[Key, int]:
        found: dict[Key, int] = {}
        for line, record in enumerate(self.records, start=1):
            found.setdefault((record.job, record.doc_id), line)
        return found

    def example(self, job: str, name: str) -> Example | None:
        line = self.lines.get((job, name))
        if line is None:
            return None
        record = self.records[line - 1]
        right = record.references[0] if record.references else ""
        return Example(line, short(name, 60), _words(right), _words(record.value or ""))

    def picture(self, line: int | None) -> int | None:
        if line is None:
            return None
        record = self.records[line - 1]
        pages = self.gallery.of.get((record.job, record.part_of or record.id), ())
        return next((page for page in pages if isinstance(page, int)), None)


def _words(text: str) -> str:
    return short(" ".join(text[:200].split()), 40)


def axis_views(job: JobReport) -> tuple[AxisView, ...]:
    return tuple(
        AxisView(line, MEANINGS[line.name], mark_at(line.axis.value, line.axis.interval, SHARES))
        for line in axis_lines(job.axes)
    )


def all_kinds(job: JobReport, shown: Shown) -> FieldKinds | None:
    """Over all fields, the most frequent kind first; None where there is no mistake."""
    found = next((one for one in job.mistake_groups if one.field is None), None)
    if found is None:
        return _counted(job)
    return _field(job, found, shown) if found.kinds else None


def _counted(job: JobReport) -> FieldKinds | None:
    """Of a report that has no more than the counts."""
    n, found = job.counts.expected, sorted(job.mistakes.items(), key=lambda one: -one[1])
    bars = tuple(
        KindBar(
            kind,
            taxonomy.kind_name(kind),
            count,
            taxonomy.share(count / max(1, n)),
            0.0,
            round(100 * count / max(1, n), 2),
            (),
        )
        for kind, count in found
        if count
    )
    wrong = sum(job.mistakes.values())
    share = wrong / max(1, n)
    return FieldKinds("", n, wrong, taxonomy.share(share), share, bars) if bars else None


def by_field(job: JobReport, shown: Shown) -> tuple[FieldKinds, ...]:
    """The fields that have mistakes, the most of its records first; at most FIELDS."""
    groups = [one for one in job.mistake_groups if one.field is not None and one.kinds]
    fields = [_field(job, one, shown) for one in groups]
    return tuple(sorted(fields, key=lambda one: -one.sort)[:FIELDS])


def _field(job: JobReport, group: MistakeGroup, shown: Shown) -> FieldKinds:
    wrong = sum(count.n for count in group.kinds.values())
    kinds = sorted(group.kinds.items(), key=lambda one: -one[1].n)
    return FieldKinds(
        name=short(group.field or ""),
        n=group.n,
        wrong=wrong,
        share=taxonomy.share(wrong / max(1, group.n)),
        sort=wrong / max(1, group.n),
        kinds=tuple(_bars(job.id, kinds, group.n, shown)),
    )


def _bars(
    job: str, kinds: Sequence[tuple[str, MistakeCount]], n: int, shown: Shown
) -> Iterator[KindBar]:
    start = 0.0
    for kind, count in kinds:
        width = 100 * count.n / max(1, n)
        found = (shown.example(job, name) for name in count.examples[:EXAMPLES])
        yield KindBar(
            kind,
            taxonomy.kind_name(kind),
            count.n,
            taxonomy.share(count.share),
            round(start, 2),
            round(width, 2),
            tuple(one for one in found if one is not None),
        )
        start += width


def hard_documents(job: JobReport, shown: Shown) -> tuple[Hard, ...]:
    return tuple(
        Hard(
            doc_id=short(one.doc_id),  # as the page's rows have it
            name=short(one.doc_id, 60),
            doc_type=one.doc_type,
            value=numbers.value(one.value),
            wrong=one.wrong,
            n=one.n,
            line=(line := shown.documents.get((job.id, one.doc_id))),
            picture=shown.picture(line),
        )
        for one in job.hardest
    )
