"""A run's folder -> its report: collect, score, sum up. Nothing is asked of a model again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench import collect, score, store
from bench.aggregate import Aggregator
from bench.agreement import agreement
from bench.axes import axes
from bench.classification import classification
from bench.fingerprint import fingerprint
from bench.gateway.record import RecordedRequest
from bench.inferred import Gathered, gathered, jobs_of, readable
from bench.judging.verdicts import Verdict, judged_results, read_verdicts
from bench.mistake_groups import mistake_groups
from bench.native import native_results
from bench.page_text import Page
from bench.performance import measured
from bench.pixels import image_facts
from bench.protocol import EventReader, JobResult, read_native_scores
from bench.schema import (
    Artifact,
    JobReport,
    NativeResult,
    Record,
    Report,
    RunUsed,
    Trouble,
)
from bench.store import JobDescribed

_KEPT = ("predictions.jsonl", "asked.jsonl", "native_scores.jsonl", "result.json", "log.txt")


def report_run(folder: Path) -> Report:
    """Score every job of the run in `folder` and write report.json and records.jsonl there."""
    run = store.open_run(folder)
    requests = collect.requests_of(folder / store.GATEWAY)
    judged = read_verdicts(folder)
    jobs, records = [], []
    for job in jobs_of(folder, run):
        of_job = requests.get(job.id, [])
        found = gathered(folder, job, of_job)
        one, scored = _job(folder, found, of_job, run.run, judged.get(job.id, []))
        jobs.append(one)
        records += scored
    report = Report(run=run.run, jobs=tuple(jobs), agreement=agreement(jobs, records))
    store.write_report(folder, report, records)
    return report


def _job(
    folder: Path,
    found: Gathered,
    requests: Sequence[RecordedRequest],
    run: RunUsed,
    judged: Sequence[Verdict],
) -> tuple[JobReport, list[Record]]:
    job, samples, result, never_asked = found.job, found.samples, found.result, found.never_asked
    place = store.job_folder(folder, job.id)
    troubles = list(found.troubles)
    transcripts = store.read_transcripts(folder, job.id)
    pages = {name: Page.of(text) for name, text in transcripts.items()}
    records = score.records(
        job.id,
        found.answers,
        job.metrics,
        job.field_types,
        asks=job.task.asks,
        reading=job.task.reading,
        pages=pages,
    )
    summed = Aggregator(job.metrics, job.levels, seed=run.seed)
    for record in () if never_asked else records:
        summed.add(record)
    results = summed.results()
    documents = len({sample.doc_id for sample in samples})
    performance, unmeasured = measured(folder, job, requests, documents=documents)
    report = JobReport(
        id=job.id,
        status=found.status,
        harness=job.harness,
        model=job.model,
        task=job.task.model_copy(update={"data": result.data if result else {}}),
        environment=job.environment,
        engine_environment=job.engine_environment,
        counts=score.counts(records),
        results=tuple(results),
        hardest=summed.hardest(),
        native=native_results(
            _finite(result, troubles),
            readable(read_native_scores, place, (), troubles),
            samples,
            results,
            job.native_rules,
            seed=run.seed,
        ),
        mistakes=score.mistakes(records),
        mistake_groups=() if never_asked else mistake_groups(records),
        classification=None if never_asked else classification(records, job.classes, seed=run.seed),
        axes=None
        if job.task.asks is None or never_asked
        else axes(
            records,
            results,
            job.task.asks,
            pages,
            field_types=job.field_types,
            classes=job.classes,
            seed=run.seed,
        ),
        errors=tuple(troubles),
        notes=_notes(job, place),
        performance=performance,
        fingerprint=fingerprint(
            job,
            run,
            samples,
            requests,
            look_at=partial(image_facts, folder / store.GATEWAY),
            data=result.data if result else {},
        ),
        artifacts=_artifacts(folder, place),
        absent=_absent(job, result, records, never_asked=never_asked) | unmeasured,
        judged=judged_results(folder, job.id, records, judged, seed=run.seed),
    )
    return report, records


def _notes(job: JobDescribed, place: Path) -> tuple[str, ...]:
    said = [job.environment.note] if job.environment.note else []
    said += job.notes
    said += [event.text for event in EventReader(place).new() if event.event == "warning"]
    return tuple(collect.plain(text) for text in said)


def _finite(result: JobResult | None, troubles: list[Trouble]) -> tuple[NativeResult, ...]:
    """The harness's numbers; JSON has no NaN, so one is left out and said."""
    given = result.native if result else ()
    odd = [f"{one.metric} = {one.value}" for one in given if not math.isfinite(one.value)]
    if odd:
        said = collect.plain(f"the harness gave what is no number: {', '.join(odd)}")
        troubles.append(Trouble(kind="no_number", message=said, n=len(odd)))
    return tuple(one for one in given if math.isfinite(one.value))


def _absent(
    job: JobDescribed, result: JobResult | None, records: Sequence[Record], *, never_asked: bool
) -> dict[str, str]:
    said: dict[str, str] = {}
    if not (result and result.native):
        said["native"] = (
            "the core scores document tasks"
            if job.task.kind == "document"
            else "the harness gave no number"
        )
    if job.task.asks is None:
        said["axes"] = "the harness owns this benchmark: what it asks for is not known"
    if never_asked:
        said["axes"] = "there are no answers: see errors"
        said["results"] = "there are no answers: see errors"
    elif not job.metrics:
        said["results"] = "the core has no metric for this benchmark; see native"
    elif records and not any(record.references or not record.answerable for record in records):
        said["results"] = "no sample has a reference; the answers stand in records.jsonl"
    return said


def _artifacts(folder: Path, place: Path) -> tuple[Artifact, ...]:
    return tuple(store.artifact(folder, place / name) for name in _KEPT if (place / name).is_file())
