"""One job in its environment: started, followed, ended; what the core says of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.collect import plain
from bench.config import Container, Requests
from bench.errors import BenchError
from bench.gateway.settings import Endpoint
from bench.isolation.launch import Launch, Stopped, stopped_by_limits
from bench.model import is_folder
from bench.plan import Job
from bench.process import Child, Ending, tail
from bench.protocol import (
    EventReader,
    InProcessSpec,
    Item,
    JobEvent,
    JobResult,
    JobSpec,
    ModelSpec,
    TaskSpec,
    read_result,
    write_job,
)
from bench.schema import Event, JobStatus, Trouble
from bench.serving import ENGINE_START_S
from bench.weights import folder_of

POLL_S = 0.05
WAIT_S = 60.0  # the most that the gateway waits between two attempts


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `result` is what the adapter wrote, if it wrote anything; `notes` are what
    a container's limits have stopped.
    """

    status: JobStatus
    trouble: Trouble | None = None
    result: JobResult | None = None
    notes: tuple[str, ...] = ()


def write_folder(job: Job, folder: Path, base_url: str, parallel: int) -> None:
    """job.json and items.jsonl; `base_url` is the gateway's for this job, "" where none runs.

    `parallel`: how many jobs run at a time.
    """
    write_job(folder, job_spec(job, base_url, parallel), job_items(job))


def job_spec(job: Job, base_url: str, parallel: int) -> JobSpec:
    return JobSpec(
        job=job.id,
        harness=job.harness.name,
        task=TaskSpec(
            name=job.task.name,
            kind=job.task.kind,
            benchmark=job.home.name if job.home else None,
            metric=job.home.metric if job.home else None,
            file=str(job.task.file) if job.task.file else None,
            data=str(job.task.data) if job.task.data else None,
            parts=dict(job.home.parts) if job.home else {},
        ),
        model=_model_spec(job, base_url, parallel),
        limit=job.limit,
        concurrency=job.requests.concurrency or 1,
        flavour=job.flavour,
        options=job.options,
        harness_args=job.harness_args,
    )


def job_items(job: Job) -> Iterator[Item]:
    for sample in job.task.samples:
        yield Item(
            id=sample.id,
            images=tuple(map(str, sample.images)),
            prompt=sample.prompt,
            references=sample.references,
            answerable=sample.answerable,
        )


def _model_spec(job: Job, base_url: str, parallel: int) -> ModelSpec | None:
    if job.model is None:
        return None
    weights = folder_of(job.weights) if job.weights else None
    given = job.model.tokenizer
    tokenizer = given if given and is_folder(given) else weights
    return ModelSpec(
        name=job.model.name,
        served_id=job.model.endpoint_id,
        base_url=base_url if job.asks_endpoint else "",
        api=job.model.api,
        tokenizer=str(tokenizer) if tokenizer else None,
        in_process=InProcessSpec(
            model=job.in_process.model,
            arguments=job.in_process.arguments,
            weights=str(weights) if weights else None,
        )
        if job.in_process
        else None,
        system_prompt=job.model.system_prompt,
        parameters=job.parameters,
        timeout_s=_patience(job.requests, parallel) + (ENGINE_START_S if job.engine else 0.0),
    )


def _patience(requests: Requests, parallel: int) -> float:
    """Seconds that a harness must wait for an answer: longer than the gateway can ever take.

    Each of the jobs that run side by side may have its requests in the queue before this one.
    """
    said = Endpoint(base_url="http://localhost", **requests.model_dump(exclude_none=True))
    spaced = 60.0 / said.requests_per_minute if said.requests_per_minute else 0.0
    attempt = max(said.timeout_s, said.stream_timeout_s) + WAIT_S + spaced * said.concurrency
    return attempt * said.attempts * parallel + WAIT_S


def execute(
    job: Job,
    folder: Path,
    launch: Launch,
    *,
    container: Container,
    timeout_s: float | None,
    stopping: Callable[[], Outcome | None],
    emit: Callable[[Event], None],
) -> Outcome:
    """Run it to its end; `emit` gets its events as they come. No process of it is left behind.

    `stopping` gives the outcome with which it is to be stopped now, or None.
    """
    child = Child(
        launch.argv,
        log=folder / "log.txt",
        environment=launch.variables,
        folder=folder,
        removal=launch.removal,
    )
    reader, ending, stopped = EventReader(folder), None, None
    deadline = time.monotonic() + timeout_s if timeout_s else None
    try:
        while ending is None and stopped is None:
            ended = child.wait(POLL_S)
            ending = launch.ending(ended) if ended else None
            for event in reader.new():
                emit(_event(job, event))
            if ending is not None:
                continue
            stopped = stopping()
            if stopped is None and deadline and time.monotonic() > deadline:
                said = f"did not end within {timeout_s:g} s (job_timeout_s)"
                stopped = failed_outcome("timed_out", "timed_out", said)
    finally:
        child.end(ending) if ending else child.stop()
    limited = stopped_by_limits(folder, container)
    return replace(stopped or _outcome(folder, child, ending, limited), notes=limited.sentences)


def _event(job: Job, said: JobEvent) -> Event:
    if said.event == "progress":
        return Event(event="job_progress", job=job.id, done=said.done, total=said.total)
    if said.event == "stage":
        return Event(event="job_stage", job=job.id, text=plain(said.stage))
    return Event(event="job_warning", job=job.id, text=plain(said.text))


def _outcome(folder: Path, child: Child, ending: Ending | None, limited: Stopped) -> Outcome:
    """result.json decides; without one the job failed, whatever the exit code."""
    try:
        result = read_result(folder)
    except BenchError as wrong:
        return failed_outcome("failed", "protocol", wrong.message)
    if result is None and limited.memory:
        return failed_outcome("crashed", "out_of_memory", limited.sentences[0])
    if result is None:
        said = f"ended without a result ({ending}); its last words: {tail(child.log, 1) or 'none'}"
        return failed_outcome("crashed", "crashed", said)
    if result.status == "ok":
        return Outcome("ok", None, result)
    error = result.error
    message = f"{error.type}: {error.message}" if error else "no reason was given"
    return replace(failed_outcome(result.status, result.status, message), result=result)


def failed_outcome(status: JobStatus, kind: str, message: str) -> Outcome:
    return Outcome(status, Trouble(kind=kind, message=plain(message), n=1))
