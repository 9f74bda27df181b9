"""What a run has, in a dozen lines: its jobs, its requests, its files, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from bench import store
from bench.errors import RunError
from bench.gateway.record import RECORD_NAME
from bench.report import numbers
from bench.report.requests import Line, Selection, Wanted, select
from bench.report.visible import visible
from bench.schema import Report, RunUsed

JOBS_SHOWN = 8
NOT_BEGUN, NOT_ENDED = "not begun", "not ended"
FILES = (
    *("report.html", store.REPORT, store.RECORDS, "answers.csv", "report.md"),
    f"{store.GATEWAY}/{RECORD_NAME}",
)
_COLOURS = {"ok": "green", "unsupported": "yellow", "cancelled": "yellow"}


@dataclass(frozen=True)
class JobSeen:
    """`counts` is None as long as there is no report."""

    id: str
    status: str
    counts: str | None


@dataclass(frozen=True)
class Overview:
    """`requests` is None for a run that asked no model; `worst` is what to look at first."""

    folder: Path
    run: RunUsed
    jobs: tuple[JobSeen, ...]
    ended: bool
    requests: Selection | None
    files: tuple[str, ...]

    @property
    def inferred(self) -> bool:
        """All jobs have ended, and nothing is scored."""
        return not self.ended and not {job.status for job in self.jobs} & {NOT_BEGUN, NOT_ENDED}

    @property
    def worst(self) -> Line | None:
        return next(iter(self.requests.lines), None) if self.requests else None

    def as_json(self) -> dict[str, Any]:
        return {
            "run": self.run.model_dump(),
            "ended": self.ended,
            "jobs": [asdict(job) for job in self.jobs],
            "requests": asdict(self.requests.totals) if self.requests else None,
            "files": list(self.files),
        }

    def lines(self) -> Iterator[Text]:
        yield Text.assemble((self.run.id, "bold"), f"  begun {self.run.started_at}")
        yield _named("command", shlex.join(self.run.command))
        for job in self.jobs[:JOBS_SHOWN]:
            style = _COLOURS.get(job.status, "red" if self.ended else "")
            line = Text.assemble(("  job       ", "dim"), (f"{job.status:11} ", style), job.id)
            yield line.append(f"  {job.counts}" if job.counts else "", "dim")
        if len(self.jobs) > JOBS_SHOWN:
            yield _named("", f"… {len(self.jobs) - JOBS_SHOWN} more: bench report {self.folder}")
        sent = str(self.requests.totals) if self.requests else "no request was sent"
        yield _named("record", sent)
        yield _named("files", "  ".join(self.files) or "none yet")
        yield Text("next", "dim")
        commands = list(self._next())
        width = max(len(command) for command, _ in commands)
        for command, purpose in commands:
            line = Text.assemble(f"  bench {command:{width}}", (f"  {purpose}", "dim"))
            line.no_wrap, line.overflow = True, "ignore"  # to be copied in one piece
            yield line

    def _next(self) -> Iterator[tuple[str, str]]:
        folder = shlex.quote(str(self.folder))
        if self.ended:
            yield f"report {folder}", "the numbers"
        if self.inferred:
            yield f"eval --resume {folder} --stages score,report", "score its answers"
        elif not self.ended or {job.status for job in self.jobs} & {"cancelled", "crashed"}:
            yield f"eval --resume {folder}", "go on with it"
        if self.requests:
            yield f"show {folder} --requests", "every request"
        if self.requests and self.requests.totals.failures:
            yield f"show {folder} --requests --failed", "what failed, and how"
        if self.worst:
            said = "the slowest, in full" if self.worst.failure is None else "the first that failed"
            yield f"show {folder} --request {self.worst.id[:8]}", said


def overview(folder: Path) -> Overview:
    """UsageError where `folder` is no run."""
    described = store.open_run(folder)
    report = store.read_report(folder) if (folder / store.REPORT).is_file() else None
    return Overview(
        folder=folder,
        run=described.run,
        jobs=tuple(
            _from_report(report) if report else (_begun(folder, job) for job in described.jobs)
        ),
        ended=report is not None,
        requests=_requests(folder),
        files=tuple(name for name in FILES if (folder / name).is_file()),
    )


def _from_report(report: Report) -> Iterator[JobSeen]:
    for job in report.jobs:
        yield JobSeen(job.id, job.status, numbers.counts_line(job))


def _begun(folder: Path, job: str) -> JobSeen:
    try:
        status = store.read_described(folder, job).status
    except RunError:
        return JobSeen(job, NOT_BEGUN, None)
    return JobSeen(job, status or NOT_ENDED, None)


def _requests(folder: Path) -> Selection | None:
    if not (folder / store.GATEWAY / RECORD_NAME).is_file():
        return None
    every = select(folder, Wanted(), limit=1, slowest=True)
    if not every.totals.failures:
        return every
    failed = select(folder, Wanted(statuses=("failed",)), limit=1)
    return Selection(failed.lines, every.totals, every.latest)


def _named(name: str, value: str) -> Text:
    return Text.assemble((f"  {name:9} ", "dim"), visible(value, keep=""))
