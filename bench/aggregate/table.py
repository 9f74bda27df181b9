"""One metric's scores as they come, summed by document and place; no record is kept."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from bench.metrics import Metric, Policy
from bench.schema import Record, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

_ROWS, _WIDTH = 50_000, 9  # scores held one by one: 4 MB
_FAILED, _EMPTY, _NO_REFERENCE, _STRICT, _RAW = 1, 2, 4, 8, 16
_SHIFT = 32  # a key is the document's number, and below it the place's

# Columns of the sums by document, and of those by place alone.
ABOVE, BELOW, N, WRONG = range(4)
FAILED, EMPTY, UNMEASURED, STRICT, RAW = range(5)
FAILED_ABOVE, FAILED_BELOW, STRICT_ABOVE, STRICT_BELOW, RAW_ABOVE, RAW_BELOW = range(5, 11)
_BY_PLACE = 11


class Table:
    """Strict and raw scores are summed by how far they are off, so that what does not differ is
    equal to the last bit.
    """

    def __init__(self, metric: Metric, policy: Policy) -> None:
        import numpy as np

        self.metric = metric
        self._policy = policy
        self._best = metric.high if metric.higher_is_better else metric.low
        self._rows = array("d")
        self._keys: list[Places] = []
        self._sums: list[Floats] = []
        self._by_place: Floats = np.zeros((0, _BY_PLACE))

    def add(self, document: int, place: int, score: Score, record: Record) -> None:
        above, below = score.numerator, score.denominator
        flags = 0 if record.status == "answered" else _FAILED
        references = record.references
        if not references:
            flags |= _NO_REFERENCE
        elif not references[0].strip() and not any(map(self._policy.apply, references)):
            flags |= _EMPTY
        off = (0.0, 0.0, 0.0, 0.0)
        if score.strict is not None or score.raw is not None:
            strict, raw = score.strict or score, score.raw or score
            flags |= _STRICT * (score.strict is not None) | _RAW * (score.raw is not None)
            off = (
                *(strict.numerator - above, strict.denominator - below),
                *(raw.numerator - above, raw.denominator - below),
            )
        self._rows.extend((document, place, flags, above, below, *off))
        if len(self._rows) >= _WIDTH * _ROWS:
            self._sum_up()

    def by_document(self) -> tuple[Places, Places, Floats]:
        """Documents, places, and the sums of each document at each place (ABOVE to WRONG).

        Ascending by document.
        """
        self._sum_up()
        self._merge()
        return self._keys[0] >> _SHIFT, self._keys[0] & ((1 << _SHIFT) - 1), self._sums[0]

    def by_place(self, places: int) -> Floats:
        """The sums of each of `places` places (FAILED to RAW_BELOW)."""
        import numpy as np

        self._sum_up()
        return np.pad(self._by_place, ((0, places - len(self._by_place)), (0, 0)))

    def _sum_up(self) -> None:
        import numpy as np

        rows = np.array(self._rows).reshape(-1, _WIDTH)
        self._rows = array("d")
        document, place, flags = rows[:, :3].astype(np.int64).T
        above, below = rows[:, 3], rows[:, 4]
        failed, empty, no_reference, strict, raw = (
            (flags & one) > 0 for one in (_FAILED, _EMPTY, _NO_REFERENCE, _STRICT, _RAW)
        )
        unmeasured = (below == 0) & (self.metric.higher_is_better | no_reference)
        columns = (
            *(failed, empty, unmeasured, strict, raw),
            *(above * failed, below * failed, *rows[:, 5:].T),
        )
        count = max(len(self._by_place), int(place.max(initial=-1)) + 1)
        summed = [np.bincount(place, weights=one, minlength=count) for one in columns]
        known = np.pad(self._by_place, ((0, count - len(self._by_place)), (0, 0)))
        self._by_place = known + np.stack(summed, axis=1)
        wrong = np.zeros(len(rows))
        if self._best is not None:
            wrong[(below != 0) & (above != self._best * below)] = 1
        sums = np.stack([above, below, np.ones(len(rows)), wrong], axis=1)
        self._keep(document << _SHIFT | place, sums)
        if sum(map(len, self._keys[1:])) > len(self._keys[0]):
            self._merge()

    def _merge(self) -> None:
        import numpy as np

        keys, sums = np.concatenate(self._keys), np.concatenate(self._sums)
        self._keys, self._sums = [], []
        self._keep(keys, sums)

    def _keep(self, keys: Places, sums: Floats) -> None:
        """One row a key."""
        import numpy as np

        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        self._keys.append(keys[first])
        self._sums.append(np.add.reduceat(sums[order], first, axis=0) if len(first) else sums)
