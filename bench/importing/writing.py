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

import bench
from bench import jsonl, store
from bench.errors import UsageError
from bench.importing.catalogued import Known, failure_texts, known
from bench.importing.found import Found, read_object
from bench.protocol import JobResult, Prediction, read_asked
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
    names = list(_names(found))
    digests = []
    for name, one in zip(names, found, strict=True):
        digests.append(_write(folder, name, _with_rows_of_ours(one), wanted))
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


def _names(found: Iterable[Found]) -> Iterable[str]:
    taken: dict[str, int] = {}
    for one in found:
        parts = (one.harness, one.model, one.benchmark)
        name = "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part)[:60] or "x" for part in parts)
        taken[name] = taken.get(name, 0) + 1
        yield name if taken[name] == 1 else f"{name}--{taken[name]}"


def _with_rows_of_ours(one: Found) -> Found:
    """The raw folder of a run of bench: which samples were asked stands beside it."""
    for place in one.sources[0].resolve().parents:
        if place.name == "raw" and (place.parent / "asked.jsonl").is_file():
            asked = read_asked(place.parent)
            path = place.parent / "job.json"
            model = (read_object(path).get("model") or {}) if path.is_file() else {}
            ids = {row.id for row in asked}
            said = {answer.id: answer for answer in one.predictions}
            answered = {name for name, answer in said.items() if answer.status == "answered"}
            if not answered <= ids:
                return one
            lost = next((said[name].error for name in said if name not in ids), None)
            failed = [
                Prediction(id=name, status="failed", prediction=None, error=lost)
                for name in (row.id for row in asked)
                if name not in said and lost is not None
            ]
            kept = [answer for answer in one.predictions if answer.id in ids]
            return replace(
                one,
                model=str(model.get("name") or one.model),
                asked=asked,
                predictions=(*kept, *failed),
            )
    return one


def _write(folder: Path, name: str, one: Found, wanted: Wanted) -> str:
    """The job's files; the digest of what they were read from."""
    place = store.job_folder(folder, name)
    place.mkdir(parents=True)
    jsonl.write(place / "asked.jsonl", (row.model_dump() for row in one.asked))
    jsonl.write(place / "predictions.jsonl", (row.model_dump() for row in one.predictions))
    jsonl.write(place / "native_scores.jsonl", (row.model_dump() for row in one.scores))
    sources = {_relative(path, one.root): _digest(path) for path in one.sources}
    said = {"imported_from": one.root.resolve().name, "sources": sources}
    result = JobResult(protocol=1, status="ok", data=said, native=one.native)
    store.write_text(place / "result.json", result.model_dump_json(indent=1))
    store.write_described(folder, _described(name, one, wanted))
    return json.dumps(sources, sort_keys=True)


def _described(name: str, one: Found, wanted: Wanted) -> store.JobDescribed:
    there = _known(one, wanted)
    metrics = wanted.metrics or (there.entry.metrics if there else ())
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
            name=wanted.benchmark or (there.name if there else one.benchmark),
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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _relative(path: Path, root: Path) -> str:
    inside = root.is_dir() and path.is_relative_to(root)
    return str(path.relative_to(root)) if inside else path.name
