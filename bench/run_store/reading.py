"""One run's folder -> its entry. A folder that cannot be read is an entry that says why."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import store
from bench.errors import BenchError
from bench.run_store.rows import LEVELS, JobEntry, Number, RunEntry, RunStatus
from bench.session import LOCK
from bench.upgrading import upgraded

TAGS = "tags.json"


def entry(folder: Path) -> RunEntry:
    """Of a folder that has a run.json or a report.json."""
    try:
        found = _scored(folder) if (folder / store.REPORT).is_file() else _unscored(folder)
    except BenchError as error:
        return _unreadable(folder, error.message)
    except OSError as error:
        return _unreadable(folder, str(error.strerror))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _unreadable(folder, f"its files are no run's: {type(error).__name__} {error}"[:200])
    return found


def read_tags(folder: Path) -> tuple[str, ...]:
    """Sorted; none where the file is gone or is not ours."""
    try:
        said = json.loads((folder / TAGS).read_bytes())["tags"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(sorted({str(one) for one in said})) if isinstance(said, list) else ()


def _unreadable(folder: Path, why: str) -> RunEntry:
    return RunEntry(str(folder), folder.name, "", "unreadable", tags=read_tags(folder), why=why)


def _scored(folder: Path) -> RunEntry:
    """From report.json as it lies there: to check every key of a thousand reports takes minutes."""
    path = folder / store.REPORT
    report = json.loads(upgraded(path, path.read_bytes(), "report"))
    jobs = tuple(_job(one) for one in report["jobs"])
    good = all(_good(one) for one in jobs)
    run = report["run"]
    return RunEntry(
        folder=str(folder),
        id=str(run["id"]),
        started_at=str(run["started_at"]),
        status="ok" if good else "failed",
        jobs=jobs,
        tags=read_tags(folder),
        limit=run.get("limit"),
    )


def _good(job: JobEntry) -> bool:
    return job.status == "ok" and job.counts is not None and job.counts[2] == 0


def _job(job: dict[str, Any]) -> JobEntry:
    counts = job["counts"]
    task, harness = job["task"], job["harness"]
    return JobEntry(
        id=job["id"],
        status=job["status"],
        task=task["name"],
        content=task.get("content_sha256"),
        model=job["model"]["name"],
        harness=harness["name"],
        harness_version=harness.get("version"),
        counts=(counts["expected"], counts["answered"], counts["failed"]),
        numbers=(*_results(job), *_natives(job)),
    )


def _results(job: dict[str, Any]) -> Iterator[Number]:
    for one in job["results"]:
        if one["level"] in LEVELS:
            low, high = _bounds(one)
            yield Number(
                one["metric"],
                one["level"],
                one["group"],
                one["value"],
                low,
                high,
                bool(one["higher_is_better"]),
                native=False,
            )


def _natives(job: dict[str, Any]) -> Iterator[Number]:
    for one in job["native"]:
        low, high = _bounds(one)
        group = one.get("group")
        level = "global" if group is None else "doc_type"
        better = one.get("higher_is_better") is not False
        yield Number(
            one["metric"], level, group or "all", one["value"], low, high, better, native=True
        )


def _bounds(one: dict[str, Any]) -> tuple[float | None, float | None]:
    interval = one.get("interval")
    return (interval["low"], interval["high"]) if interval else (None, None)


def _unscored(folder: Path) -> RunEntry:
    run = store.open_run(folder)
    jobs = tuple(_described(folder, name) for name in run.jobs)
    status: RunStatus = "unfinished"
    if _held(folder):
        status = "running"
    elif all(job.status not in ("not begun", "not ended") for job in jobs):
        status = "inferred"
    return RunEntry(
        folder=str(folder),
        id=run.run.id,
        started_at=run.run.started_at,
        status=status,
        jobs=jobs,
        tags=read_tags(folder),
        limit=run.run.limit,
    )


def _described(folder: Path, name: str) -> JobEntry:
    try:
        job = store.read_described(folder, name)
    except BenchError:
        return JobEntry(name, "not begun", "", None, "", "", None, None, ())
    return JobEntry(
        id=name,
        status=job.status or "not ended",
        task=job.task.name,
        content=job.task.content_sha256,
        model=job.model.name,
        harness=job.harness.name,
        harness_version=job.harness.version,
        counts=None,
        numbers=(),
    )


def _held(folder: Path) -> bool:
    """Whether a bench writes there now; looked at, not taken."""
    try:
        file = (folder / LOCK).open("rb")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
