"""A classification's records -> confusion matrix, F1 of each class, agreement of its orders.

Accuracy and consistency are shares; macro-F1 is the unweighted mean of the classes' F1, over the
classes that occur or are answered (Sokolova and Lapalme 2009). A failed request, and an answer
that names no class, is a miss of its class and no answer to another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from bench.quality_rows import Classification, ClassScore, Interval
from bench.schema import Record
from bench.statistics import MINIMUM, RESAMPLES, Bounds, interval, widened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counted = NDArray[np.float64]

METHOD = f"percentile bootstrap over documents, widened for few of them, {RESAMPLES} resamples"
_CELLS = 4_000_000  # weights held at once: 32 MB


def classification(
    records: Iterable[Record], classes: Sequence[str], *, seed: int
) -> Classification | None:
    """`classes` in the order of the task. None where no record has one of them as its reference.

    Of several right classes the one that was answered counts, or else the first.
    """
    known = {name: place for place, name in enumerate(classes)}
    judged = [record for record in records if record.references and record.references[0] in known]
    if not judged:
        return None
    size = len(classes)
    pairs = [_places(record, known) for record in judged]
    matrix = [[0] * (size + 2) for _ in classes]
    for wanted, said in pairs:
        matrix[wanted][said] += 1
    orders = Counter(record.variant_of or record.id for record in judged)
    right = sum(matrix[place][place] for place in range(size))
    scores = tuple(_class(name, place, matrix) for name, place in known.items())
    f1s = [one.f1 for one in scores if one.f1 is not None]
    return Classification(
        classes=tuple(classes),
        matrix=tuple(map(tuple, matrix)),
        accuracy=right / len(judged),
        macro_f1=sum(f1s) / len(f1s) if f1s else None,
        macro_f1_interval=_interval([r.doc_id for r in judged], pairs, size, seed),
        per_class=scores,
        orders=max(orders.values()),
        consistency=consistency(judged),
    )


def consistency(records: Iterable[Record]) -> float | None:
    """Share of pairs of one sample's orders that got the same class; the mean over samples.

    None where nothing was answered in two orders. An answer that names no class agrees with none;
    failed requests are left out.
    """
    said: dict[str, list[str | None]] = defaultdict(list)
    for record in records:
        if record.variant_of is not None and record.status == "answered":
            said[record.variant_of].append(record.value)
    shares = [same / pairs for same, pairs in map(agreeing, said.values()) if pairs]
    return sum(shares) / len(shares) if shares else None


def agreeing(classes: Sequence[str | None]) -> tuple[int, int]:
    """How many pairs of one sample's orders got the same class, and how many pairs there are."""
    pairs = list(combinations(classes, 2))
    return sum(one is not None and one == other for one, other in pairs), len(pairs)


def _places(record: Record, known: Mapping[str, int]) -> tuple[int, int]:
    """Row and column in the matrix."""
    right = [known[name] for name in record.references if name in known]
    if record.status == "failed":
        return right[0], len(known) + 1
    said = known.get(record.value or "", len(known))
    return (said if said in right else right[0]), said


def _class(name: str, place: int, matrix: Sequence[Sequence[int]]) -> ClassScore:
    hits = matrix[place][place]
    there = sum(matrix[place])
    said = sum(row[place] for row in matrix)
    return ClassScore(
        name=name,
        precision=hits / said if said else None,
        recall=hits / there if there else None,
        f1=2 * hits / (there + said) if there + said else None,
        n=there,
    )


def _interval(
    documents: Sequence[str], pairs: Sequence[tuple[int, int]], size: int, seed: int
) -> Interval | None:
    """Of macro-F1: in each draw over the classes that occur or are answered in it."""
    import numpy as np

    numbers = {name: number for number, name in enumerate(sorted(set(documents)))}
    if len(numbers) < MINIMUM:
        return None
    hits, both = np.zeros((len(numbers), size)), np.zeros((len(numbers), size))
    for name, (wanted, said) in zip(documents, pairs, strict=True):
        both[numbers[name], wanted] += 1
        if said < size:
            both[numbers[name], said] += 1
            hits[numbers[name], wanted] += wanted == said
    drawn = _drawn(hits, both, np.random.default_rng(seed))
    low, high = np.quantile(drawn, widened(len(numbers)))
    return interval(Bounds(float(low), float(high), len(numbers), METHOD), low=0.0, high=1.0)


def _drawn(hits: Counted, both: Counted, dice: np.random.Generator) -> Counted:
    """The macro-F1 of each draw of documents; every draw has a document, so none is empty."""
    import numpy as np

    count = len(hits)
    equal = np.full(count, 1 / count)
    values: list[Counted] = []
    left = RESAMPLES
    while left:
        draws = min(left, max(1, _CELLS // count))
        weights = dice.multinomial(count, equal, size=draws).astype(float)
        over, under = 2 * (weights @ hits), weights @ both
        there = under > 0
        f1 = np.divide(over, under, out=np.zeros_like(over), where=there)
        values.append(f1.sum(axis=1) / there.sum(axis=1))
        left -= draws
    return np.concatenate(values)
