"""Data sets that people have on disk -> a task folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import UsageError
from bench.importers.chartqa import SPLITS as CHARTQA_SPLITS
from bench.importers.chartqa import read_chartqa
from bench.importers.cord import SPLITS as CORD_SPLITS
from bench.importers.cord import read_cord
from bench.importers.docvqa import SPLITS as DOCVQA_SPLITS
from bench.importers.docvqa import read_docvqa, read_infovqa
from bench.importers.funsd import SPLITS as FUNSD_SPLITS
from bench.importers.funsd import read_funsd
from bench.importers.ocrbench import SPLITS as OCRBENCH_SPLITS
from bench.importers.ocrbench import read_ocrbench
from bench.importers.snapshot import Snapshot, Told, write_snapshot
from bench.importers.sroie import import_sroie
from bench.importers.xfund import SPLITS as XFUND_SPLITS
from bench.importers.xfund import read_xfund

IMPORTERS: dict[str, Callable[[Path, Path], Path]] = {"sroie": import_sroie}


@dataclass(frozen=True)
class Benchmark:
    """A published benchmark. The first of its `splits` is what people report."""

    splits: tuple[str, ...]
    read: Callable[[Path, str], Snapshot]


BENCHMARKS: dict[str, Benchmark] = {
    "chartqa": Benchmark(CHARTQA_SPLITS, read_chartqa),
    "cord": Benchmark(CORD_SPLITS, read_cord),
    "docvqa": Benchmark(DOCVQA_SPLITS, read_docvqa),
    "funsd": Benchmark(FUNSD_SPLITS, read_funsd),
    "infovqa": Benchmark(DOCVQA_SPLITS, read_infovqa),
    "ocrbench": Benchmark(OCRBENCH_SPLITS, read_ocrbench),
    "xfund": Benchmark(XFUND_SPLITS, read_xfund),
}


def import_benchmark(
    name: str,
    source: Path,
    out: Path,
    *,
    split: str | None = None,
    limit: int | None = None,
    told: Told | None = None,
) -> Path:
    """The task folder `out`, made of the benchmark's files below `source`, which is only read.

    `limit` keeps the first samples (questions, receipts, forms). UsageError or SourceError where
    the files are not what the benchmark is published as.
    """
    one = BENCHMARKS[name]
    chosen = split or one.splits[0]
    if chosen not in one.splits:
        raise UsageError(f"{name} has no split {chosen!r}", hint=f"known: {', '.join(one.splits)}")
    if not source.exists():
        raise UsageError(f"{source}: there is no such file or folder")
    return write_snapshot(one.read(source, chosen), out, limit=limit, told=told)
