"""A run's folder: the files in it are the truth, and every later step reads only them.

run.json              the run: command, config, versions; run.lock: who writes here
jobs/<id>/            one job: described.json and samples.jsonl (the core's), the protocol's files
engines/<model>/      one engine: engine.json, ready.json, log.txt; <model>--2/ its next start
gateway/              requests.jsonl, images/, log.txt
earlier/              what a resumed run has put aside: <job>--<session>/, report--<session>/
report.json records.jsonl answers.csv report.md report.html
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bench import jsonl
from bench.errors import RunError, UsageError, suggestion
from bench.fields import FieldRule
from bench.hashing import file_sha256
from bench.performance_rows import Prices
from bench.protocol import Machine
from bench.schema import (
    SCHEMA_VERSION,
    AnyText,
    Artifact,
    EnvironmentUsed,
    HarnessUsed,
    JobReport,
    JobStatus,
    Level,
    ModelUsed,
    Record,
    Report,
    RunUsed,
    TaskUsed,
    Trouble,
)
from bench.task import MetricUse, Sample
from bench.upgrading import Kind, upgraded

JOBS = "jobs"
GATEWAY = "gateway"
ENGINES = "engines"
DESCRIBED = "described.json"
REPORT = "report.json"
RECORDS = "records.jsonl"
TRANSCRIPTS = "transcripts.jsonl"
M = TypeVar("M", bound=BaseModel)


class SampleKept(Machine):
    """What scoring needs of a sample, kept with the run: the task's folder may change."""

    id: str
    doc_id: str
    doc_type: str | None = None
    field: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    references: tuple[AnyText, ...]
    answerable: bool = True
    choices: dict[str, tuple[str, ...]] = {}
    variant_of: str | None = None


class JobDescribed(Machine):
    """A job as it was planned and, once it ended, how: `status` is None before."""

    id: str
    harness: HarnessUsed
    model: ModelUsed
    task: TaskUsed
    environment: EnvironmentUsed
    engine_environment: EnvironmentUsed | None = None
    metrics: tuple[MetricUse, ...]
    levels: tuple[Level, ...]
    field_types: dict[str, FieldRule] = {}
    classes: tuple[str, ...] = ()
    failure_texts: tuple[str, ...] = ()
    native_rules: dict[str, str] = {}
    through_gateway: bool
    prices: Prices | None = None
    status: JobStatus | None = None
    troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()


class RunDescribed(Machine):
    """`cwd`: where the run was begun; relative paths in its config are taken from there."""

    schema_version: int = SCHEMA_VERSION
    run: RunUsed
    jobs: tuple[str, ...]
    config: dict[str, Any]
    cwd: str = ""
    lenient: bool = False

    @property
    def session(self) -> int:
        """1 for a run that was never resumed."""
        return 1 + len(self.run.resumed_at)


def create_run(out: Path | None, name: str, *, root: Path = Path("runs")) -> Path:
    """A new, empty folder: `out`, or one under runs/ with the time and `name` in its name."""
    if out is not None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UsageError(f"{out} is there already and is not empty", hint="name another --out")
        return _made(out)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    base = root / f"{stamp}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:60]}"
    folder, number = base, 2
    while folder.exists():
        folder, number = base.with_name(f"{base.name}-{number}"), number + 1
    return _made(folder)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    return folder.resolve()


def open_run(folder: Path) -> RunDescribed:
    path = folder / "run.json"
    if not path.is_file():
        raise UsageError(f"{folder} is no run: it has no run.json", hint="runs lie under runs/")
    return _read(RunDescribed, path, "run")


def write_run(folder: Path, run: RunDescribed) -> None:
    write_text(folder / "run.json", run.model_dump_json(indent=1))


def job_folder(folder: Path, job: str) -> Path:
    return folder / JOBS / job


def write_described(folder: Path, job: JobDescribed) -> None:
    write_text(job_folder(folder, job.id) / DESCRIBED, job.model_dump_json(indent=1))


def read_described(folder: Path, job: str) -> JobDescribed:
    return described_in(job_folder(folder, job))


def described_in(place: Path) -> JobDescribed:
    return _read(JobDescribed, place / DESCRIBED)


def write_samples(folder: Path, job: str, samples: Iterable[Sample]) -> None:
    rows = (
        {
            "id": sample.id,
            "doc_id": sample.doc_id,
            "doc_type": sample.doc_type,
            "field": sample.field,
            "language": sample.language,
            "tags": sample.tags,
            "references": sample.references,
            **_unusual(sample),
        }
        for sample in samples
    )
    jsonl.write(job_folder(folder, job) / "samples.jsonl", rows)


def _unusual(sample: Sample) -> dict[str, Any]:
    said: dict[str, Any] = {} if sample.answerable else {"answerable": False}
    if sample.choices:
        said |= {"choices": sample.choices, "variant_of": sample.variant_of}
    return said


def write_transcripts(folder: Path, job: str, transcripts: Mapping[str, str]) -> None:
    """What stands on the documents, for scoring; no file where the task does not say."""
    if transcripts:
        rows = ({"doc_id": name, "text": text} for name, text in transcripts.items())
        jsonl.write(job_folder(folder, job) / TRANSCRIPTS, rows)


def read_transcripts(folder: Path, job: str) -> dict[str, str]:
    path = job_folder(folder, job) / TRANSCRIPTS
    return {row["doc_id"]: row["text"] for row in jsonl.read(path)} if path.is_file() else {}


def read_samples(folder: Path, job: str) -> list[SampleKept]:
    path = job_folder(folder, job) / "samples.jsonl"
    return [SampleKept.model_validate(row) for row in jsonl.read(path)]


def write_report(folder: Path, report: Report, records: Iterable[Record]) -> None:
    """The records first: a report.json is there only beside the records that it sums up."""
    jsonl.write(folder / RECORDS, (record.model_dump() for record in records))
    write_text(folder / REPORT, report.model_dump_json(indent=1) + "\n")


def run_and_job(text: str) -> tuple[Path, str]:
    """`RUN`, or `RUN:JOB`; "" where no job is named. What is there is a run, colons and all."""
    if ":" not in text or Path(text).exists():
        return Path(text), ""
    run, _, job = text.rpartition(":")
    return Path(run), job


def jobs_named(run: Path, report: Report, job: str) -> tuple[JobReport, ...]:
    """All of a run's where `job` is ""; UsageError where none has that id."""
    found = tuple(one for one in report.jobs if job in ("", one.id))
    if job and not found:
        known = [one.id for one in report.jobs]
        raise UsageError(f"no job {job!r} in {run}", hint=suggestion(job, known))
    return found


def read_report(folder: Path) -> Report:
    path = folder / REPORT
    if not path.is_file():
        raise UsageError(f"{folder} has no {REPORT}", hint=f"bench score {folder} makes it anew")
    return read_report_file(path)


def read_report_file(path: Path) -> Report:
    """A report.json wherever it lies, away from its run as well."""
    if not path.is_file():
        raise UsageError(f"{path} is no run and no {REPORT}", hint="runs lie under runs/")
    return _read(Report, path, "report")


def read_records(folder: Path) -> list[Record]:
    path = folder / RECORDS
    if not path.is_file():
        raise UsageError(f"{folder} has no {RECORDS}", hint=f"bench score {folder} makes it anew")
    return [Record.model_validate(row) for row in jsonl.read(path)]


def artifact(folder: Path, path: Path) -> Artifact:
    return Artifact(path=str(path.relative_to(folder)), sha256=file_sha256(path))


def write_text(path: Path, text: str) -> None:
    staging = path.with_name(path.name + ".part")
    staging.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    staging.replace(path)


def _read(model: type[M], path: Path, kind: Kind | None = None) -> M:
    """`kind`: of a file that has a schema version."""
    try:
        content = path.read_bytes()
        return model.model_validate_json(upgraded(path, content, kind) if kind else content)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(f"{path}: {where}: {first['msg']}") from None
