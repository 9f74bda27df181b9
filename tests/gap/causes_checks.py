"""Runs that are made once, and what is asked of every split."""

from __future__ import annotations

import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench import api, fingerprint
from bench.gap import Gap, GroupGap, Rest, Term, split
from bench.metrics import METRICS
from bench.metrics.metric import Part, Policy
from tests.gap.causes_runs import Way, ended, job
from tests.gap.causes_sums import Worth, together

NEAR = 1e-9  # a millionth of what is asked: a tenth of a point


class Runs:
    """Each way of asking is run once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def of(self, way: Way) -> Path:
        key = repr(way)
        if key not in self._made:
            self._made[key] = ended(way, self._folder / str(len(self._made)))
        return self._made[key]

    def gap(self, a: Way, b: Way, metric: str | None = None) -> Gap:
        return split(job(self.of(a)), job(self.of(b)), metric)


def found(gap: Gap | GroupGap) -> dict[str, Worth]:
    """The parts that are worth anything, or moved any sample."""
    every: list[tuple[str, Term | Rest]] = [(one.kind, one) for one in gap.terms]
    every += [
        (together(*one.kinds) if one.kind == "together" else f"rest: {one.kind}", one)
        for one in gap.rest
    ]
    assert len(dict(every)) == len(every), "a part stands there twice"
    return {
        name: Worth(one.value, one.moved)
        for name, one in every
        if one.moved or abs(one.value) > NEAR
    }


def same(gap: Gap | GroupGap, asked: dict[str, Worth]) -> None:
    """The same parts, each worth the same, and together the gap."""
    seen = found(gap)
    assert seen.keys() == asked.keys()
    for name, worth in asked.items():
        assert seen[name].value == pytest.approx(worth.value, abs=NEAR), name
        assert seen[name].moved == worth.moved, name
    assert gap.value is not None
    whole = math.fsum([one.value for one in gap.terms] + [one.value for one in gap.rest])
    assert whole == pytest.approx(gap.value, abs=NEAR)


def counts(gap: Gap) -> dict[str, int]:
    """The samples by what became of them, those that there are."""
    assert gap.samples is not None
    return {name: count for name, count in asdict(gap.samples).items() if count}


def by_an_older_bench(run: Path, folder: Path) -> Path:
    """Its CER let letter cases pass, and its source was another."""
    older, now = Path(shutil.copytree(run, folder / "run")), METRICS["cer"]
    shutil.copytree(fingerprint.PACKAGE, folder / "bench", ignore=lambda *_: {"__pycache__"})
    file = folder / "bench" / "metrics" / "cer.py"
    file.write_text(file.read_text() + "\nCASES = False\n")

    def measure(said: str, references: tuple[str, ...], policy: Policy) -> Part:
        return now.measure(said, references, replace(policy, case="fold"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METRICS, "cer", replace(now, measure=measure))
        patch.setattr(fingerprint, "PACKAGE", folder / "bench")
        api.rescore(older)
    return older
