"""What was found -> a run's folder, as if bench had carried it out: to be scored like any other."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

import bench
from bench import jsonl, store
from bench.errors import UsageError
from bench.hashing import file_sha256
from bench.importing.catalogued import Known, failure_texts, known
from bench.importing.found import Found, plain
from bench.importing.ours import Ours, with_rows_of_ours
from bench.importing.pictures import placed
from bench.importing.shown import measures_said
from bench.protocol import JobResult
from bench.schema import (
    EnvironmentUsed,
    HarnessUsed,
    Level,
    ModelUsed,
    RunUsed,
    TaskUsed,
    Trouble,
)
from bench.task import MetricUse

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Wanted:
    """`benchmark`: our name, where the folder's own does not say it. `metrics`: instead of its."""

    benchmark: str | None = None
    metrics: tuple[MetricUse, ...] = ()
    seed: int = 0


def check_wanted(found: Sequence[Found], wanted: Wanted) -> None:
    """UsageError for an unknown benchmark, and for one name for several; nothing is written."""
    native = {one.benchmark for one in found}
    if wanted.benchmark and len(native) > 1:
        raise UsageError(
            f"--benchmark {wanted.benchmark}: {len(native)} benchmarks are there: "
            f"{', '.join(sorted(native))}",
            hint="name the folder or file of one of them",
        )
    for one in found:
        _known(one, wanted)


def write_results(found: Sequence[Found], folder: Path, wanted: Wanted) -> tuple[str, ...]:
    """The names of the jobs in `folder`, for `report_run`. UsageError as `check_wanted`."""
    check_wanted(found, wanted)
    jobs = [with_rows_of_ours(_plain(one)) for one in found]
    names = list(_names(job.found for job in jobs))
    digests = [_write(folder, name, job, wanted) for name, job in zip(names, jobs, strict=True)]
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    store.write_run(
        folder,
        store.RunDescribed(
            run=RunUsed(
                id=folder.name,
                started_at=now,
                finished_at=now,
                command=tuple(sys.argv),
                config_sha256=hashlib.sha256("".join(digests).encode()).hexdigest(),
                bench_version=bench.__version__,
                seed=wanted.seed,
            ),
            jobs=tuple(names),
            config={},
            cwd=str(Path.cwd()),
        ),
    )
    return tuple(names)


def _plain(one: Found) -> Found:
    """Its own words as UTF-8 can hold them; answers keep what they are."""
    said = {key: plain(value) for key, value in one.protocol.items() if isinstance(value, str)}
    return replace(
        one,
        model=plain(one.model),
        benchmark=plain(one.benchmark),
        version=one.version and plain(one.version),
        python=one.python and plain(one.python),
        error=one.error and plain(one.error),
        notes=tuple(plain(note) for note in one.notes),
        protocol={**one.protocol, **said},
        native=tuple(_named(row, "metric", "group", "source") for row in one.native),
        asked=tuple(_named(row, "id", "group", "doc_id") for row in one.asked),
        predictions=tuple(_named(row, "id") for row in one.predictions),
        scores=tuple(_named(row, "id", "metric") for row in one.scores),
    )


def _named(row: R, *keys: str) -> R:
    said = {key: getattr(row, key) for key in keys}
    clean = {key: plain(value) for key, value in said.items() if value is not None}
    changed = {key: value for key, value in clean.items() if value != said[key]}
    return row.model_copy(update=changed) if changed else row


def _names(found: Iterable[Found]) -> Iterable[str]:
    taken: dict[str, int] = {}
    for one in found:
        parts = (one.harness, one.model, one.benchmark)
        name = "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part)[:60] or "x" for part in parts)
        taken[name] = taken.get(name, 0) + 1
        yield name if taken[name] == 1 else f"{name}--{taken[name]}"


def _write(folder: Path, name: str, ours: Ours, wanted: Wanted) -> str:
    """The job's files; the digest of what they were read from."""
    place, one = store.job_folder(folder, name), ours.found
    place.mkdir(parents=True)
    # The pictures of a run of ours are where its own job has them.
    asked, absent = (one.asked, []) if ours.own else placed(one, one.asked, place)
    notes = (*one.notes, *measures_said(one.harness, one.predictions), *absent)
    ours = replace(ours, found=replace(one, notes=notes))
    jsonl.write(place / "asked.jsonl", (row.model_dump() for row in asked))
    jsonl.write(place / "predictions.jsonl", (row.model_dump() for row in one.predictions))
    jsonl.write(place / "native_scores.jsonl", (row.model_dump() for row in one.scores))
    sources = {_relative(path, one.root): file_sha256(path) for path in one.sources}
    said: dict[str, Any] = {"imported_from": plain(one.root.resolve().name), "sources": sources}
    if one.protocol:
        said["protocol"] = dict(one.protocol)
    result = JobResult(protocol=1, status="ok", data=said, native=one.native)
    store.write_text(place / "result.json", result.model_dump_json(indent=1))
    store.write_described(folder, _described(name, ours, wanted))
    return json.dumps(sources, sort_keys=True)


def _described(name: str, ours: Ours, wanted: Wanted) -> store.JobDescribed:
    one = ours.found
    there = _known(one, wanted)
    metrics = wanted.metrics or ours.metrics or (there.entry.metrics if there else ())
    notes = list(one.notes)
    if one.version is None:
        notes.insert(0, f"the version of {one.harness} is not known: no file says it")
    if one.error and one.asked:
        notes.append(one.error)
    lost = _without_reference(one) if metrics else 0
    if lost:
        metrics = ()
        notes.append(
            f"not scored again: the right answers to {lost} samples without an answer are not in "
            "the folder, and leaving them out would raise the score"
        )
    levels: tuple[Level, ...] = there.entry.levels if there else ("global",)
    if not there and any(row.group for row in one.asked):
        levels = ("global", "doc_type")
    rules = {}
    if there and there.home.rule and there.entry.homes.get(one.harness) == there.home:
        rules = {there.home.metric: there.home.rule}
    error = one.error if one.error and not one.asked else None
    return store.JobDescribed(
        id=name,
        harness=HarnessUsed(name=one.harness, version=one.version),
        model=ModelUsed(name=one.model, engine=None, served_id=None),
        task=TaskUsed(
            name=wanted.benchmark or (there.name if there else ours.task or one.benchmark),
            kind="benchmark",
            version=None,
            content_sha256=_content(one),
        ),
        environment=EnvironmentUsed(
            key=None,
            flavour=None,
            python=one.python,
            lock_sha256=None,
            note=f"imported from files of {one.harness}, of its benchmark {one.benchmark}: "
            "no model was asked for this run",
        ),
        metrics=metrics,
        levels=levels,
        failure_texts=failure_texts(one.harness),
        native_rules=rules,
        through_gateway=False,
        status="failed" if error else "ok",
        troubles=(Trouble(kind="no_samples", message=error, n=1),) if error else (),
        notes=tuple(notes),
    )


def _known(one: Found, wanted: Wanted) -> Known | None:
    if not wanted.benchmark:
        return known(one.harness, one.benchmark)
    from bench.benchmarks import find_benchmark, unknown_benchmark

    base, _, part = wanted.benchmark.partition(":")
    entry = find_benchmark(base)
    if entry is None:
        raise unknown_benchmark(base)
    home = entry.homes.get(one.harness) or next(iter(entry.homes.values()))
    return Known(entry, home, part or None)


def _without_reference(one: Found) -> int:
    """Expected samples that have neither an answer nor a right answer."""
    answered = {row.id for row in one.predictions if row.status == "answered"}
    if not any(row.references for row in one.asked):
        return 0
    return sum(not row.references and row.id not in answered for row in one.asked)


def _content(one: Found) -> str | None:
    """Of what was asked, as far as the folder says it: two imports of the same can be compared."""
    if not one.asked:
        return None
    rows = sorted([row.id, list(row.references)] for row in one.asked)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _relative(path: Path, root: Path) -> str:
    inside = root.is_dir() and path.is_relative_to(root)
    return plain(str(path.relative_to(root)) if inside else path.name)
