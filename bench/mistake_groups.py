"""A job's mistakes by kind: all together, then those of each field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice

from bench.quality_rows import MistakeCount, MistakeGroup, MistakeKind
from bench.schema import Record

EXAMPLES = 5


def mistake_groups(records: Sequence[Record]) -> tuple[MistakeGroup, ...]:
    """None where nothing was judged. An answer is left out where its fields have records.

    Judged is what has a mistake, or a score that says that it has none.
    """
    divided = {record.part_of for record in records if record.part_of is not None}
    by_field: dict[str | None, list[Record]] = defaultdict(list)
    for record in records:
        if record.id in divided or not _judged(record):
            continue
        by_field[None].append(record)
        if record.field is not None:
            by_field[record.field].append(record)
    everything = by_field.pop(None, [])
    if not everything:
        return ()
    fields = sorted((name, members) for name, members in by_field.items() if name is not None)
    return (_group(None, everything), *(_group(name, members) for name, members in fields))


def _judged(record: Record) -> bool:
    if record.mistake is not None:
        return True
    return any(score.denominator for score in record.scores.values())


def _group(field: str | None, members: Sequence[Record]) -> MistakeGroup:
    counted = Counter(record.mistake for record in members if record.mistake is not None)
    return MistakeGroup(
        field=field,
        n=len(members),
        kinds={kind: _count(kind, n, members) for kind, n in counted.most_common()},
    )


def _count(kind: MistakeKind, n: int, members: Sequence[Record]) -> MistakeCount:
    examples = islice((record.id for record in members if record.mistake == kind), EXAMPLES)
    return MistakeCount(n=n, share=n / len(members), examples=tuple(examples))
