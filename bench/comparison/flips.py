"""The records whose score moved most, with what both sides said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.comparison.answers import Key, full
from bench.comparison.pairing import Paired
from bench.comparison.rows import Flip, Said
from bench.comparison.subjects import Subject
from bench.comparison.sums import B_BELOW, cells, gains

MOST = 10  # of each direction


def flips(
    of: Paired, a: Subject, b: Subject, metric: str, *, higher_is_better: bool, most: int = MOST
) -> tuple[Flip, ...]:
    """B's largest losses, the worst first, then its largest wins; ties by sample and field."""
    import numpy as np

    some = cells(of, metric, higher_is_better=higher_is_better)
    gain = gains(some.sums[:, : B_BELOW + 1], higher_is_better=higher_is_better)
    order = np.argsort(gain, kind="stable")
    worse = [place for place in order[:most] if gain[place] < 0]
    best = np.argsort(-gain, kind="stable")[:most]
    chosen = [*worse, *(place for place in best if gain[place] > 0)]
    pairs = [int(some.pair[place]) for place in chosen]
    left = full(a.folder, (of.a[pair] for pair in pairs))
    right = full(b.folder, (of.b[pair] for pair in pairs))
    return tuple(
        _flip(of.keys[pair], old, new, metric, float(gain[place]))
        for pair, place, old, new in zip(pairs, chosen, left, right, strict=True)
    )


def _flip(key: Key, a: Mapping[str, Any], b: Mapping[str, Any], metric: str, gain: float) -> Flip:
    return Flip(
        id=key[0],
        sample=a.get("part_of") or key[0],
        doc_id=a["doc_id"],
        doc_type=a.get("doc_type"),
        field=key[1],
        gain=gain,
        references=tuple(a["references"]),
        a=_said(a, metric),
        b=_said(b, metric),
    )


def _said(row: Mapping[str, Any], metric: str) -> Said:
    return Said(
        prediction=row.get("prediction"),
        value=row.get("value"),
        score=row["scores"][metric].get("value"),
        mistake=row.get("mistake"),
        failed=row["status"] != "answered",
    )
