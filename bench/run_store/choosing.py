"""Which runs are meant: by what they are of, or by a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from bench.errors import UsageError, suggestion
from bench.run_store.rows import JobEntry, RunEntry


@dataclass(frozen=True)
class Wanted:
    """Each is a name or a pattern with * and ?; None stands for all.

    One job of the run must be of the model, task and harness; all of `tags` must be there.
    """

    model: str | None = None
    task: str | None = None
    harness: str | None = None
    status: str | None = None
    tags: tuple[str, ...] = ()

    def has(self, run: RunEntry) -> bool:
        if self.status is not None and run.status != self.status:
            return False
        if not all(any(fnmatchcase(one, tag) for one in run.tags) for tag in self.tags):
            return False
        of_jobs = (self.model, self.task, self.harness) != (None, None, None)
        return not of_jobs or any(self.has_job(job) for job in run.jobs)

    def has_job(self, job: JobEntry) -> bool:
        asked = ((self.model, job.model), (self.task, job.task), (self.harness, job.harness))
        return all(pattern is None or fnmatchcase(name, pattern) for pattern, name in asked)


def chosen(runs: Iterable[RunEntry], wanted: Wanted) -> list[RunEntry]:
    return [run for run in runs if wanted.has(run)]


def named(name: str, runs: Sequence[RunEntry]) -> RunEntry:
    """The run whose folder or id this is, or the beginning of the only such id; else UsageError."""
    path = str(Path(name).resolve())
    for run in runs:
        if run.folder == path:
            return run
    by_name: dict[str, list[RunEntry]] = {}
    for run in runs:
        by_name.setdefault(Path(run.folder).name, []).append(run)
        if run.id != Path(run.folder).name:
            by_name.setdefault(run.id, []).append(run)
    found = by_name.get(name) or [
        run for known, several in by_name.items() if known.startswith(name) for run in several
    ]
    distinct = list({run.folder: run for run in found}.values())
    if len(distinct) == 1:
        return distinct[0]
    if distinct:
        places = ", ".join(one.folder for one in distinct[:3])
        raise UsageError(f"{name!r} is {len(distinct)} runs: {places}", hint="name the folder")
    raise UsageError(f"no run {name!r}: {suggestion(name, by_name)}", hint="bench runs list")
