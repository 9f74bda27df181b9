"""A run to be compared: its folder, or its report.json alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench import collect, store
from bench.errors import UsageError
from bench.fingerprint_rows import Fingerprint
from bench.gateway.record import RecordedRequest
from bench.inferred import Gathered, gathered
from bench.pixels import ImageFacts, image_facts
from bench.schema import JobReport, Record, Report, Result
from bench.wire import Sent, answered_by, sent


class Exchange(NamedTuple):
    """One request on record: what was asked, and what came back (`answer`: without the bodies)."""

    asked: Sent
    answer: RecordedRequest
    answered_by: str | None


@dataclass(frozen=True)
class Gallery:
    """The images that a run's gateway stored."""

    folder: Path

    def facts(self, keys: Iterable[str]) -> dict[str, ImageFacts]:
        return image_facts(self.folder, keys)

    @cached_property
    def paths(self) -> dict[str, Path]:
        return {path.stem: path for path in (self.folder / "images").glob("[0-9a-f]*")}


@dataclass(frozen=True)
class Side:
    """`folder` is None where only the report is at hand: then no example can be given."""

    name: str
    report: Report
    folder: Path | None

    @cached_property
    def exchanges(self) -> Mapping[str, tuple[Exchange, ...]]:
        """By job."""
        if self.folder is None:
            return {}
        found = collect.requests_of(self.folder / store.GATEWAY)
        return {job: tuple(map(_exchange, requests)) for job, requests in found.items()}

    @cached_property
    def records(self) -> Mapping[str, dict[str, Record]]:
        """By job and sample."""
        found: dict[str, dict[str, Record]] = {}
        for record in store.read_records(self.folder) if self.folder else ():
            found.setdefault(record.job, {})[record.id] = record
        return found

    @cached_property
    def gallery(self) -> Gallery:
        return Gallery((self.folder or Path()) / store.GATEWAY)


def _exchange(request: RecordedRequest) -> Exchange:
    lean = request.model_copy(update={"messages": None, "response": None})
    return Exchange(sent(request), lean, answered_by(request))


def open_side(given: Path) -> Side:
    """A run's folder, its report.json, or either with a job behind it: `RUN:JOB`.

    UsageError where there is no such run or job, or one without fingerprints.
    """
    path, job_id = store.run_and_job(str(given))
    folder = path if path.is_dir() else None
    if folder is not None:
        store.open_run(folder)
    report = store.read_report(folder) if folder else store.read_report_file(path)
    if job_id:
        jobs = store.jobs_named(path, report, job_id)
        report = report.model_copy(update={"jobs": jobs})
    for job in report.jobs:
        if job.fingerprint is None:
            raise UsageError(
                f"{path}: the job {job.id} has no fingerprint: it is of an older bench",
                hint=f"bench score {folder or path.parent} makes it; no model is asked",
            )
    return Side(str(given), report, folder)


@dataclass(frozen=True)
class JobOf:
    """One job of a side."""

    side: Side
    job: JobReport

    @property
    def mark(self) -> Fingerprint:
        if self.job.fingerprint is None:  # open_side has seen to it
            raise UsageError(f"the job {self.job.id} has no fingerprint")
        return self.job.fingerprint

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return self.side.exchanges.get(self.job.id, ())

    @property
    def requests(self) -> tuple[Sent, ...]:
        return tuple(one.asked for one in self.exchanges)

    @cached_property
    def gathered(self) -> Gathered | None:
        """Its answers, collected anew; None where only the report is at hand."""
        folder = self.side.folder
        if folder is None:
            return None
        described = store.read_described(folder, self.job.id)
        return gathered(folder, described, [one.answer for one in self.exchanges])

    @property
    def records(self) -> dict[str, Record]:
        """By sample."""
        return self.side.records.get(self.job.id, {})

    @property
    def value(self) -> dict[str, Result]:
        """The results over all samples, by metric; the headline is the first."""
        return {one.metric: one for one in self.job.results if one.level == "global"}
