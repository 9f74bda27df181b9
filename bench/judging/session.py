"""One `bench judge`: the judge's environment, a gateway before its endpoints, a process a job.

RUN/judge/session-N/JOB/ holds what the process was given and what it left; RUN/judge/gateway/ its
requests. A later session asks for what has no judgement; of that, what the judge has answered
already is taken from the gateway's record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import jsonl, store
from bench.adapter import find_adapter
from bench.collect import plain
from bench.environment import build
from bench.gateway.journal import Journal
from bench.gateway.settings import Endpoint, GatewaySettings
from bench.judging.asking import Asking, vectors_of
from bench.judging.judge import Judge
from bench.judging.verdicts import JUDGED, Answers, judged_results, read_verdicts
from bench.judging.work import Work, chosen, work
from bench.process import end_left_of
from bench.quality_rows import JudgedResult, JudgeUsed
from bench.schema import Event, Record, Report
from bench.serving import start_gateway
from bench.session import RunLock

FOLDER = "judge"
PATIENCE: dict[str, Any] = {"concurrency": 4, "timeout_s": 120.0, "attempts": 3}


@dataclass(frozen=True)
class Judged:
    """`troubles`: what went wrong with a job's process, beside answers that got no judgement."""

    report: Report
    judge: JudgeUsed
    troubles: tuple[str, ...]

    @property
    def results(self) -> tuple[tuple[str, JudgedResult], ...]:
        """Of this judge alone, each with its job."""
        return tuple(
            (job.id, one)
            for job in self.report.jobs
            for one in job.judged
            if one.judge == self.judge
        )

    @property
    def ok(self) -> bool:
        return not self.troubles and not any(one.failed for _, one in self.results)


def judge_run(
    folder: Path,
    judge: Judge,
    metrics: Sequence[str] = (),
    *,
    limit: int | None = None,
    more: Mapping[str, str] | None = None,
    emit: Callable[[Event], None] = lambda _: None,
) -> Judged:
    """Ask for what has no judgement yet, and write report.json with what there is then.

    `metrics`: all that the judge file allows if none is named. `limit`: the first answers of each
    job. `more`: variables that its processes get beside their own. UsageError,
    EnvironmentBuildError or RunError where nothing can be asked at all.
    """
    run, report = store.open_run(folder), store.read_report(folder)
    metrics_asked = chosen(metrics, judge)
    used = judge.used(find_adapter("judge", judge.package).version)
    lock = RunLock(folder)
    try:
        end_left_of(lock.before)
        journal = Journal(folder / JUDGED)
        try:
            records = _by_job(store.read_records(folder))
            said = read_verdicts(folder)
            works = []
            for job in report.jobs:
                answers = Answers.of(folder, job.id, records.get(job.id, []))
                works.append(
                    work(
                        answers, said.get(job.id, []), metrics_asked, used, job=job.id, limit=limit
                    )
                )
            _note(journal, works)
            troubles: tuple[str, ...] = ()
            try:
                troubles = _ask(
                    folder, judge, used, works, journal=journal, more=more or {}, emit=emit
                )
            finally:  # also of a session that was stopped
                report = _written(folder, report, records, seed=run.run.seed)
        finally:
            journal.close()
    finally:
        lock.release()
    return Judged(report, used, troubles)


def _by_job(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.job, []).append(record)
    return found


def _note(journal: Journal, works: Iterable[Work]) -> None:
    for one in works:
        for absent in one.absent:
            journal.append(jsonl.line(absent.model_dump()))


def _ask(
    folder: Path,
    judge: Judge,
    used: JudgeUsed,
    works: Sequence[Work],
    *,
    journal: Journal,
    more: Mapping[str, str],
    emit: Callable[[Event], None],
) -> tuple[str, ...]:
    works = [one for one in works if one.items]
    if not works:
        return ()
    adapter = find_adapter("judge", judge.package)
    name = f"judge {adapter.name}"
    environment = build(
        adapter,
        adapter.flavours[0],
        lambda text: emit(Event(event="environment", name=name, text=text)),
    )
    number = 1 + len(list((folder / FOLDER).glob("session-*")))
    session = folder / FOLDER / f"session-{number}"
    session.mkdir(parents=True)
    settings = _settings(judge, works, number)
    gateway = start_gateway(settings, folder / FOLDER / "gateway", lambda: None)
    try:
        asking = Asking(
            judge=judge,
            used=used,
            adapter=adapter,
            environment=environment,
            gateway=gateway,
            endpoint=settings.models["judge"],
            journal=journal,
            emit=emit,
            more=more,
        )
        said = [(one.job, asking.ask(one, session / one.job)) for one in works]
    finally:
        gateway.child.stop()
    return tuple(plain(f"{job}: {trouble}") for job, trouble in said if trouble)


def _settings(judge: Judge, works: Sequence[Work], session: int) -> GatewaySettings:
    patience = PATIENCE | judge.requests.model_dump(exclude_none=True)
    models = {
        "judge": Endpoint(base_url=str(judge.base_url), api_key_env=judge.api_key_env, **patience)
    }
    jobs = {one.job: "judge" for one in works}
    if judge.embeddings:
        base_url, key = judge.embeddings_endpoint()
        models["embeddings"] = Endpoint(base_url=base_url, api_key_env=key, **patience)
        jobs |= {vectors_of(one.job): "embeddings" for one in works}
    return GatewaySettings(session=session, models=models, jobs=jobs)


def _written(
    folder: Path, report: Report, records: dict[str, list[Record]], *, seed: int
) -> Report:
    """report.json with every judge's results; all else in it stays as it is."""
    said = read_verdicts(folder)
    jobs = tuple(
        job.model_copy(
            update={
                "judged": judged_results(
                    folder, job.id, records.get(job.id, []), said.get(job.id, []), seed=seed
                )
            }
        )
        for job in report.jobs
    )
    report = report.model_copy(update={"jobs": jobs})
    store.write_text(folder / store.REPORT, report.model_dump_json(indent=1) + "\n")
    return report
