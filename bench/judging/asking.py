"""The judge's process for one job: given its folder, followed, ended; what it said is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import jsonl
from bench.adapter import Adapter
from bench.collect import plain
from bench.environment import Environment
from bench.errors import BenchError
from bench.gateway.journal import Journal
from bench.gateway.settings import Endpoint
from bench.judging.judge import Judge
from bench.judging.verdicts import JUDGED, Said, Verdict
from bench.judging.work import Work
from bench.process import Child, Ending, tail
from bench.protocol import (
    PROTOCOL,
    EventReader,
    Follower,
    JobEvent,
    Machine,
    ModelSpec,
    read_result,
)
from bench.quality_rows import JudgeUsed
from bench.schema import Event
from bench.serving import Gateway, adapter_environment
from bench.store import write_text

_POLL_S = 0.05
_SPARE_S = 60.0  # what a request may wait for its place beyond the gateway's own patience


class JudgeSpec(Machine):
    """job.json of a judge."""

    protocol: int = PROTOCOL
    job: str
    metrics: tuple[str, ...]
    model: ModelSpec
    embeddings: ModelSpec | None
    concurrency: int


@dataclass(frozen=True)
class Asking:
    """What is the same for every job of a session. `more`: variables of its processes."""

    judge: Judge
    used: JudgeUsed
    adapter: Adapter
    environment: Environment
    gateway: Gateway
    endpoint: Endpoint
    journal: Journal
    emit: Callable[[Event], None]
    more: Mapping[str, str]

    def ask(self, work: Work, place: Path) -> str | None:
        """To its end; each judgement is kept as it comes. What went wrong with it, or None."""
        place.mkdir(parents=True)
        jsonl.write(place / "items.jsonl", (item.model_dump() for item in work.items))
        write_text(place / "job.json", self._spec(work).model_dump_json(indent=1))
        child = Child(
            [str(self.environment.python), str(self.adapter.script), "judge", str(place)],
            log=place / "log.txt",
            environment=adapter_environment(self.judge.key_names(), self.more),
            folder=place,
        )
        events, said, ending = EventReader(place), Follower(place / JUDGED, Said), None
        try:
            while ending is None:
                ending = child.wait(_POLL_S)
                for event in events.new():
                    self.emit(_event(work.job, event))
                self._keep(work, said)
        finally:
            child.end(ending) if ending else child.stop()
            self._keep(work, said)
        return _trouble(place, child, ending)

    def _keep(self, work: Work, said: Follower[Said]) -> None:
        for one in (row.sound for row in said.new()):
            shown = work.shown.get((one.id, one.metric))
            if shown is not None:  # else it was not asked
                row = Verdict(job=work.job, judge=self.used, shown_sha256=shown, **one.model_dump())
                self.journal.append(jsonl.line(row.model_dump()))

    def _spec(self, work: Work) -> JudgeSpec:
        named, vectors = self.judge.embeddings, None
        model = ModelSpec(
            name=self.judge.name,
            served_id=self.judge.endpoint_id,
            base_url=self.gateway.url(work.job),
            system_prompt=self.judge.system_prompt,
            parameters=self.judge.parameters,
            timeout_s=patience(self.endpoint),
        )
        if named is not None:
            vectors = ModelSpec(
                name=self.judge.name,
                served_id=named.served_id,
                base_url=self.gateway.url(vectors_of(work.job)),
                timeout_s=patience(self.endpoint),
            )
        return JudgeSpec(
            job=work.job,
            metrics=work.metrics,
            model=model,
            embeddings=vectors,
            concurrency=self.endpoint.concurrency,
        )


def vectors_of(job: str) -> str:
    """The name by which the gateway knows the job's requests for embeddings."""
    return f"{job} embeddings"


def patience(endpoint: Endpoint) -> float:
    """Seconds that the judge's process must wait: longer than the gateway can take."""
    spaced = 60.0 / endpoint.requests_per_minute if endpoint.requests_per_minute else 0.0
    attempt = endpoint.timeout_s + endpoint.backoff_max_s + endpoint.retry_after_max_s
    return (attempt + spaced * endpoint.concurrency) * endpoint.attempts + _SPARE_S


def _event(job: str, said: JobEvent) -> Event:
    if said.event == "progress":
        return Event(event="job_progress", job=job, done=said.done, total=said.total)
    if said.event == "stage":
        return Event(event="job_stage", job=job, text=plain(said.stage))
    return Event(event="job_warning", job=job, text=plain(said.text))


def _trouble(place: Path, child: Child, ending: Ending | None) -> str | None:
    try:
        result = read_result(place)
    except BenchError as error:
        return error.message
    if result is None:
        last = tail(child.log, 1) or "none"
        return f"the judge's process ended without a result ({ending}); its last words: {last}"
    if result.status == "ok":
        return None
    if result.error is None:
        return result.status
    return f"{result.error.type}: {result.error.message}"
