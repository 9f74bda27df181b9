"""Folders -> the runs below them, newest first; quick the second time.

What was read is kept in BENCH_HOME/run-index/, one file a root, by each run's files as they were:
their sizes and times. It is a cache: whoever deletes it waits once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench import __version__, resources
from bench.errors import UsageError
from bench.growing import only_growing
from bench.run_store.rows import JobEntry, Number, RunEntry

SCHEMA: Final = 1
DEPTH: Final = 3  # a table of runs has its rows' runs below it
DEFAULT_ROOT: Final = Path("runs")
_RUN: Final = ("run.json", "report.json")
_FILES: Final = (*_RUN, "tags.json")
Stamp = list[int]


def runs(roots: Sequence[Path] = ()) -> list[RunEntry]:
    """Every run in the roots (default: runs/), the newest first, each folder once.

    UsageError for a root that is named and is no folder.
    """
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{root} is no folder")
    found: dict[str, RunEntry] = {}
    for root in roots or [one for one in (DEFAULT_ROOT,) if one.is_dir()]:
        for one in _of_root(root.resolve()):
            found[one.folder] = one
    return sorted(found.values(), key=lambda one: (one.started_at, one.folder), reverse=True)


def index_file(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return resources.home() / "run-index" / f"{name}.json"


def _of_root(root: Path) -> Iterator[RunEntry]:
    path = index_file(root)
    known = _load(path)
    now: dict[str, Any] = {}
    changed = False
    with only_growing():  # a thousand runs are a million small values
        for folder in folders(root):
            name = os.path.relpath(folder, root)
            stamp = _stamp(folder)
            kept = known.get(name)
            if kept is not None and kept["stamp"] == stamp:
                one = _entry(folder, kept["run"])
            else:
                from bench.run_store.reading import entry  # half a second, where all is known

                one = entry(Path(folder))
                changed = True
                kept = {"stamp": stamp, "run": asdict(one)}
            if one.status in ("ok", "failed"):  # of others, files that have no stamp change
                now[name] = kept
            yield one
    if changed or set(now) != set(known):
        _save(path, now)


def is_run(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _RUN)


def folders(root: Path) -> Iterator[str]:
    """Those with a run.json or a report.json, at most DEPTH below; a run holds no other runs."""
    yield from _below(str(root), DEPTH)


def _below(folder: str, depth: int) -> Iterator[str]:
    try:
        with os.scandir(folder) as listed:
            inside = list(listed)
    except OSError:
        return
    if any(one.name in _RUN for one in inside):
        yield folder
    elif depth:
        for one in sorted(inside, key=lambda one: one.name):
            if not one.name.startswith(".") and one.is_dir(follow_symlinks=False):
                yield from _below(one.path, depth - 1)


def _stamp(folder: str) -> Stamp:
    said: Stamp = []
    for name in _FILES:
        try:
            seen = os.stat(f"{folder}/{name}")  # noqa: PTH116  (three thousand of them)
        except OSError:
            said += (0, 0, 0)
        else:
            said += (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return said


def _load(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_bytes())
        if (said["schema"], said["bench"]) != (SCHEMA, __version__):
            return {}
        rows: dict[str, Any] = said["runs"]
        for row in rows.values():
            _entry("", row["run"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # gone, cut, or of another bench
    return rows


def _save(path: Path, rows: dict[str, Any]) -> None:
    """A home that cannot be written costs time, not the list."""
    text = json.dumps({"schema": SCHEMA, "bench": __version__, "runs": rows})
    staging = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(text, encoding="utf-8")
        staging.replace(path)
    except OSError:
        return


def _entry(folder: str, row: dict[str, Any]) -> RunEntry:
    jobs = tuple(
        JobEntry(
            **job
            | {
                "numbers": tuple(map(Number._make, job["numbers"])),
                "counts": tuple(job["counts"]) if job["counts"] else None,
            }
        )
        for job in row["jobs"]
    )
    return RunEntry(**row | {"folder": folder, "jobs": jobs, "tags": tuple(row["tags"])})
