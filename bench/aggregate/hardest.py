"""The documents that are furthest from right."""

from __future__ import annotations

from collections.abc import Sequence

from bench.aggregate.groups import Summed, groups
from bench.aggregate.table import ABOVE, BELOW, WRONG, N
from bench.metrics import Metric
from bench.quality_rows import HardDocument

SHOWN = 10


def hardest(
    of: Summed,
    metric: Metric,
    documents: Sequence[tuple[str, str | None]],
    *,
    most: int = SHOWN,
) -> tuple[HardDocument, ...]:
    """The worst first, then by name; those at the metric's best value are left out.

    `documents`: the name and type of each, in the order of names.
    """
    import numpy as np

    whole = next(groups(of, "global"), None)
    if whole is None:
        return ()
    sums = whole.by_document
    measured = np.flatnonzero(sums[:, BELOW])
    values = sums[measured, ABOVE] / sums[measured, BELOW]
    worse = -values if metric.higher_is_better else values
    best = metric.high if metric.higher_is_better else metric.low
    found = []
    for place in np.argsort(-worse, kind="stable")[:most]:
        if values[place] == best:
            break
        row = measured[place]
        name, doc_type = documents[whole.documents[row]]
        found.append(
            HardDocument(
                doc_id=name,
                doc_type=doc_type,
                value=float(values[place]),
                n=int(sums[row, N]),
                wrong=int(sums[row, WRONG]),
            )
        )
    return tuple(found)
