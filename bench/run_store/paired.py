"""Whether the best of a board is better than those next to it, by pairs of their answers.

Two jobs that were asked the same samples are told apart by fewer of them than their two intervals
are: what both find hard cancels out. The tests are those of bench/comparison. What was found is
kept in BENCH_HOME/run-index/pairs.json by the files as they were; it is a cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import __version__, resources, store
from bench.comparison.answers import answers
from bench.comparison.compare import reasons, shared_scales
from bench.comparison.estimates import compared
from bench.comparison.pairing import paired
from bench.comparison.significance import ALPHA, holm
from bench.comparison.subjects import Subject
from bench.errors import BenchError

TOP: Final = 16  # jobs that are held against the best; a board with more stays by intervals
MOST: Final = 2_000  # samples of a job: reading more would take seconds a board
_HELD: Final = TOP + 4  # jobs whose answers are held at once


class Entrant(NamedTuple):
    folder: str
    job: str


class Tested(NamedTuple):
    """p of the difference, and whether its interval excludes 0."""

    p: float
    excluded: bool


class PairedTests:
    """`close` keeps what was found anew."""

    def __init__(self) -> None:
        self._path = resources.home() / "run-index" / "pairs.json"
        self._known: dict[str, Tested | None] = self._load()
        self._held: dict[Entrant, Subject | None] = {}
        self._changed = False

    def behind(
        self, metric: str, best: Entrant, others: Sequence[Entrant]
    ) -> tuple[bool | None, ...]:
        """Of each whether the best is better beyond doubt, by p after Holm and by the interval;
        None where the two cannot be compared.
        """
        found = [self._tested(metric, best, other) for other in others]
        adjusted = holm([None if one is None else one.p for one in found])
        return tuple(
            None if one is None or p is None else p < ALPHA and one.excluded
            for one, p in zip(found, adjusted, strict=True)
        )

    def close(self) -> None:
        """A home that cannot be written costs time the next time, not the board."""
        if not self._changed:
            return
        text = json.dumps({"bench": __version__, "pairs": self._known})
        staging = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            staging.write_text(text, encoding="utf-8")
            staging.replace(self._path)
        except OSError:
            return

    def _tested(self, metric: str, best: Entrant, other: Entrant) -> Tested | None:
        parts = [metric, *(f"{_stamp(one)} {one.job}" for one in (best, other))]
        text = "\0".join(parts).encode("utf-8", "backslashreplace")
        key = hashlib.sha256(text).hexdigest()[:32]
        if key not in self._known:
            self._known[key] = self._test(metric, best, other)
            self._changed = True
        return self._known[key]

    def _test(self, metric: str, best: Entrant, other: Entrant) -> Tested | None:
        a, b = self._subject(best), self._subject(other)
        if a is None or b is None:
            return None
        of = paired(a.answers, b.answers)
        if any(reasons(of, a.job, b.job)):
            return None
        scales = [one for one in shared_scales(a.job, b.job)[0] if one.name == metric]
        for one in compared(of, scales, (), seed=a.report.run.seed):
            if one.whole.identical:
                return Tested(1.0, excluded=False)
            if None not in (one.whole.p, one.whole.low, one.whole.high):
                low, high = float(one.whole.low or 0), float(one.whole.high or 0)
                return Tested(float(one.whole.p or 0), not low <= 0 <= high)
        return None

    def _subject(self, one: Entrant) -> Subject | None:
        if one not in self._held:
            if len(self._held) >= _HELD:
                self._held.pop(next(iter(self._held)))
            self._held[one] = _read(one)
        return self._held[one]

    def _load(self) -> dict[str, Tested | None]:
        try:
            said = json.loads(self._path.read_bytes())
            if said["bench"] != __version__:
                return {}
            return {
                str(key): None if one is None else Tested(float(one[0]), bool(one[1]))
                for key, one in said["pairs"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            return {}


def _read(one: Entrant) -> Subject | None:
    """None where its files cannot be read: the board has its number all the same."""
    folder = Path(one.folder)
    try:
        report = store.read_report(folder)
        job = next(job for job in report.jobs if job.id == one.job)
        return Subject(0, folder, report, job, answers(folder, {one.job})[one.job])
    except (BenchError, OSError, StopIteration):
        return None


def _stamp(one: Entrant) -> str:
    said = []
    for name in (store.REPORT, store.RECORDS):
        try:
            seen = Path(one.folder, name).stat()
        except OSError:
            said.append("-")
        else:
            said.append(f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}")
    return " ".join(said)
