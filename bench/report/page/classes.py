"""A classification as the templates want it: each class, and the matrix as a heat map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.quality_rows import Classification
from bench.report import numbers, taxonomy
from bench.report.page.charts import Mark, mark_at
from bench.report.page.quality import SHARES
from bench.report.plain import short

CLASSES: Final = 40  # of a matrix
CONFUSIONS: Final = 12


@dataclass(frozen=True)
class HeatCell:
    """`heat` from 0 to 9 is the share of the line, 0 for none; `right` on the diagonal."""

    n: int
    heat: int
    right: bool
    said: str


@dataclass(frozen=True)
class Classes:
    """`heat` has no line where there are too many classes: `confusions` has the most frequent."""

    found: Classification
    accuracy: str
    macro_f1: str
    interval: str
    mark: Mark | None
    consistency: str
    columns: tuple[str, ...]
    heat: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    rows: tuple[tuple[str, ...], ...]
    confusions: tuple[tuple[str, str, int], ...]


def classes_view(found: Classification | None) -> Classes | None:
    if found is None:
        return None
    few = len(found.classes) <= CLASSES
    names = tuple(short(name, 40) for name in found.classes)
    confused = () if few else tuple(taxonomy.confusions(found))[:CONFUSIONS]
    return Classes(
        found=found,
        accuracy=numbers.value(found.accuracy),
        macro_f1=numbers.value(found.macro_f1),
        interval=numbers.bounds(found.macro_f1_interval),
        mark=mark_at(found.macro_f1, found.macro_f1_interval, SHARES),
        consistency=numbers.value(found.consistency),
        columns=(*names, taxonomy.NO_CLASS, taxonomy.FAILED),
        heat=tuple(_heat(names, found)) if few else (),
        rows=tuple(taxonomy.class_rows(found)),
        confusions=tuple((short(is_, 40), short(said, 40), n) for is_, said, n in confused),
    )


def _heat(
    names: Sequence[str], found: Classification
) -> Iterator[tuple[str, tuple[HeatCell, ...]]]:
    columns = (*names, taxonomy.NO_CLASS, taxonomy.FAILED)
    for row, (name, line) in enumerate(zip(names, found.matrix, strict=True)):
        total = max(1, sum(line))
        yield (
            name,
            tuple(
                HeatCell(
                    n=n,
                    heat=min(9, 1 + int(9 * n / total)) if n else 0,
                    right=row == column,
                    said=f"{n:,} of {total:,} {name}: {columns[column]}",
                )
                for column, n in enumerate(line)
            ),
        )
