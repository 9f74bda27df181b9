"""The record of a run as a table: which requests, their lines, and what they come to."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import store
from bench.errors import RunError, UsageError
from bench.gateway.record import (
    IMAGES_NAME,
    RECORD_NAME,
    RecordedRequest,
    SentImage,
    read_replays,
    read_requests,
)
from bench.report.visible import first_words


@dataclass(frozen=True)
class Wanted:
    """None takes all. A status is ok, failed, the kind of a failure, or an HTTP status."""

    job: str | None = None
    sample: str | None = None
    statuses: tuple[str, ...] = ()

    def fits(self, one: RecordedRequest) -> bool:
        known = {one.status, one.error.kind if one.error else "ok", str(one.http_status)}
        return (
            self.job in (None, one.job)
            and self.sample in (None, one.sample)
            and known.issuperset(self.statuses)
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the table, without its prompt and its body; times in seconds.

    `number` counts from 1 in the order of the record; `failure` is None for an answer.
    """

    number: int
    id: str
    job: str
    session: int
    sample: str | None
    failure: str | None
    tries: int
    http_status: int | None
    queue_s: float
    ttft_s: float | None
    latency_s: float | None
    tpot_s: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    finish_reason: str | None
    images: tuple[SentImage, ...]
    said: str


@dataclass
class Totals:
    """Over all that was wanted, whether it is shown or not."""

    requests: int = 0
    answered: int = 0
    retries: int = 0
    replayed: int = 0
    superseded: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        failed = ", ".join(f"{n} {kind}" for kind, n in sorted(self.failures.items()))
        said = f"{self.requests} requests: {self.answered} answered"
        said += f", {self.failures.total()} failed" + (f" ({failed})" if failed else "")
        if self.superseded:
            said += f", {self.superseded} of them asked again later"
        return f"{said}; {self.retries} retries, {self.replayed} replayed"


@dataclass(frozen=True)
class Selection:
    """`latest` is each job's last session: a failure of an earlier one was asked again."""

    lines: tuple[Line, ...]
    totals: Totals
    latest: dict[str, int]

    def superseded(self, line: Line) -> bool:
        return superseded(line, self.latest)


def select(
    folder: Path, wanted: Wanted, *, limit: int | None = None, slowest: bool = False
) -> Selection:
    """The first `limit` requests, or the slowest ones; no more than these are held in memory."""
    totals, latest, failures = Totals(), dict[str, int](), Counter[tuple[str, int]]()

    def lines() -> Iterator[Line]:
        for number, one in numbered(folder):
            latest[one.job] = max(latest.get(one.job, 1), one.session)
            if wanted.fits(one):
                line = line_of(number, one)
                _count(totals, line)
                if line.failure:
                    failures[line.job, line.session] += 1
                yield line

    kept: list[Line] = []
    if slowest:
        kept = heapq.nlargest(limit or 1, lines(), key=lambda line: line.latency_s or 0.0)
    else:
        for line in lines():
            if limit is None or len(kept) < limit:
                kept.append(line)
    totals.superseded = sum(n for (job, at), n in failures.items() if at < latest[job])
    totals.replayed = sum(
        wanted.job in (None, one.job) and wanted.sample in (None, one.sample)
        for one in read_replays(folder / store.GATEWAY)
    )
    return Selection(tuple(kept), totals, latest)


def numbered(folder: Path) -> Iterator[tuple[int, RecordedRequest]]:
    """The run's requests with their numbers. UsageError where it has none, RunError if broken."""
    path, number = folder / store.GATEWAY / RECORD_NAME, 0
    try:
        for number, one in enumerate(read_requests(folder / store.GATEWAY), start=1):
            yield number, one
    except FileNotFoundError:
        raise UsageError(
            f"{folder} has no {store.GATEWAY}/{RECORD_NAME}: no model was asked",
            hint=f"bench show {folder} says what it has",
        ) from None
    except (OSError, ValueError) as error:
        said = str(error).partition("\n")[0]
        raise RunError(f"{path}: line {number + 1} cannot be read: {said}") from None


def line_of(number: int, one: RecordedRequest) -> Line:
    return Line(
        number=number,
        id=one.id,
        job=one.job,
        session=one.session,
        sample=one.sample,
        failure=None if one.status == "ok" else one.error.kind if one.error else "failed",
        tries=len(one.attempts),
        http_status=one.http_status,
        queue_s=one.queue_s,
        ttft_s=one.ttft_s,
        latency_s=one.latency_s,
        tpot_s=one.tpot_s,
        prompt_tokens=one.prompt_tokens,
        completion_tokens=one.completion_tokens,
        finish_reason=one.finish_reason,
        images=one.images,
        said=first_words(one.error.message if one.error else one.text or ""),
    )


def superseded(line: Line, latest: Mapping[str, int]) -> bool:
    """True for a failure of an earlier session: `record.effective` leaves it out as well."""
    return line.failure is not None and line.session < latest[line.job]


def stored_images(gateway: Path) -> dict[str, Path]:
    """By sha256, the files that the gateway stored."""
    return {path.stem: path for path in (gateway / IMAGES_NAME).glob("[0-9a-f]*")}


def _count(totals: Totals, line: Line) -> None:
    totals.requests += 1
    totals.answered += line.failure is None
    totals.retries += max(0, line.tries - 1)
    if line.failure:
        totals.failures[line.failure] += 1
