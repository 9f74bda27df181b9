"""Mistakes by kind and field, the hardest documents and the classes, for every view of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, get_args

from bench.quality_rows import Classification, HardDocument, MistakeGroup, MistakeKind
from bench.report import numbers
from bench.schema import JobReport

KINDS: Final[tuple[MistakeKind, ...]] = get_args(MistakeKind)
NO_CLASS, FAILED = "no class", "failed"
CLASS_HEADS = ("class", "precision", "recall", "F1", "n")
HARD_HEADS = ("document", "type", "value", "wrong", "of")


def kind_name(kind: str) -> str:
    return kind.replace("_", " ")


def share(part: float) -> str:
    return f"{100 * part:.1f} %"


def kinds_in(groups: Sequence[MistakeGroup]) -> tuple[MistakeKind, ...]:
    """The kinds that any group has, in the schema's order."""
    found = {kind for group in groups for kind in group.kinds}
    return tuple(kind for kind in KINDS if kind in found)


def group_rows(job: JobReport) -> Iterator[tuple[str, ...]]:
    """Field, records, with a mistake, and each kind of `kinds_in`: count and share."""
    kinds = kinds_in(job.mistake_groups)
    for group in job.mistake_groups:
        wrong = sum(count.n for count in group.kinds.values())
        counts = (group.kinds.get(kind) for kind in kinds)
        yield (
            "all" if group.field is None else group.field,
            f"{group.n:,}",
            f"{wrong:,}",
            *(f"{one.n:,} ({share(one.share)})" if one else numbers.MISSING for one in counts),
        )


def examples(job: JobReport) -> Iterator[tuple[MistakeKind, tuple[str, ...]]]:
    """Of each kind the ids of its first records, over all fields."""
    for group in job.mistake_groups:
        if group.field is None:
            yield from ((kind, count.examples) for kind, count in group.kinds.items())


def hard_row(document: HardDocument) -> tuple[str, ...]:
    """As HARD_HEADS names them."""
    return (
        document.doc_id,
        document.doc_type or "",
        numbers.value(document.value),
        f"{document.wrong:,}",
        f"{document.n:,}",
    )


def classes_line(found: Classification) -> str:
    said = f"accuracy {numbers.value(found.accuracy)}, macro-F1 {numbers.value(found.macro_f1)}"
    if found.macro_f1_interval:
        said += f" ({numbers.bounds(found.macro_f1_interval)})"
    if found.orders > 1:
        agreed = numbers.value(found.consistency)
        said += f"; asked in {found.orders} orders of the options, the same class in {agreed}"
        said += " of the pairs"
    return said


def class_rows(found: Classification) -> Iterator[tuple[str, ...]]:
    """As CLASS_HEADS names them."""
    for one in found.per_class:
        measured = (one.precision, one.recall, one.f1)
        yield (one.name, *map(numbers.value, measured), f"{one.n:,}")


def confusions(found: Classification) -> Iterator[tuple[str, str, int]]:
    """Class, what was answered instead, how often: the most frequent first."""
    names = (*found.classes, NO_CLASS, FAILED)
    wrong = [
        (number, row, column)
        for row, line in enumerate(found.matrix)
        for column, number in enumerate(line)
        if number and row != column
    ]
    for number, row, column in sorted(wrong, key=lambda one: (-one[0], one[1], one[2])):
        yield names[row], names[column], number
