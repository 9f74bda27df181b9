"""The jobs of a session: what is known of each, kept in its described.json, and whether it ended.

Safe to use from many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path

from bench import store
from bench.execution import Outcome
from bench.plan import Job
from bench.schema import HarnessUsed
from bench.store import JobDescribed


class Ledger:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._described: dict[str, JobDescribed] = {}
        self._waiting: dict[str, Job] = {}

    def enter(self, job: Job, described: JobDescribed) -> None:
        """Before it begins; its folder is there."""
        with self._lock:
            self._waiting[job.id] = job
            self._write(described)

    def unfinished(self, model: str) -> Collection[Job]:
        """Those that ask this model and have not ended."""
        with self._lock:
            return [job for job in self._waiting.values() if job.model and job.model.name == model]

    def note(self, job: Job, text: str) -> None:
        """Say it in the job's report, unless it has ended."""
        with self._lock:
            if job.id in self._waiting:
                described = self._described[job.id]
                self._write(described.model_copy(update={"notes": (*described.notes, text)}))

    def end(self, job: Job, outcome: Outcome) -> None:
        version = (outcome.result.versions if outcome.result else {}).get("harness")
        used = HarnessUsed(name=job.harness.name, version=version or job.harness.version)
        troubles = (outcome.trouble,) if outcome.trouble else ()
        ending: dict[str, object] = {
            "status": outcome.status,
            "troubles": troubles,
            "harness": used,
        }
        with self._lock:
            del self._waiting[job.id]
            described = self._described[job.id]
            ending["notes"] = (*described.notes, *outcome.notes)
            self._write(described.model_copy(update=ending))

    def _write(self, described: JobDescribed) -> None:
        self._described[described.id] = described
        store.write_described(self._folder, described)
