"""Run folders written by hand: what was asked, said, predicted and expected, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import jsonl, store
from bench.assemble import report_run
from bench.differences.sides import JobOf, open_side
from bench.gap import Gap, Wanted, split
from bench.protocol import JobResult
from bench.schema import (
    EnvironmentUsed,
    HarnessUsed,
    ModelUsed,
    NativeResult,
    RunUsed,
    TaskKind,
    TaskUsed,
)
from bench.store import SampleKept
from bench.task import MetricUse
from tests.made_requests import made

JOB = "job"


@dataclass(frozen=True)
class Row:
    """`says` is the model's text, None where the request failed; `predicts` what the harness made
    of it, where that is something else.
    """

    right: str
    says: str | None
    predicts: str | None = None
    prompt: str = "Read it."
    image: str = "a" * 64
    parameters: Mapping[str, Any] = field(default_factory=dict)
    doc_type: str | None = None


@dataclass(frozen=True)
class Folder:
    rows: Mapping[str, Row]
    metrics: tuple[MetricUse, ...] = (MetricUse(metric="exact_match"),)
    reading: str | None = None
    asks: TaskKind = "question"
    harness: tuple[str, str] = ("h", "1")
    model: str = "m"
    recorded: bool = True
    native: tuple[NativeResult, ...] = ()
    native_rules: Mapping[str, str] = field(default_factory=dict)

    def changed(self, **rows: Row) -> Folder:
        return replace(self, rows={**self.rows, **rows})

    def write(self, folder: Path) -> Path:
        """As a run leaves it, scored."""
        place = store.job_folder(folder, JOB)
        place.mkdir(parents=True)
        jsonl.write(place / "samples.jsonl", [_sample(*row) for row in self.rows.items()])
        jsonl.write(place / "predictions.jsonl", [_prediction(*row) for row in self.rows.items()])
        if self.recorded:
            (folder / store.GATEWAY).mkdir()
            sent = [_request(*row) for row in self.rows.items()]
            jsonl.write(folder / store.GATEWAY / "requests.jsonl", sent)
        result = JobResult(protocol=1, status="ok", native=self.native)
        store.write_text(place / "result.json", result.model_dump_json())
        self._describe(folder)
        report_run(folder)
        return folder

    def _describe(self, folder: Path) -> None:
        name, version = self.harness
        nowhere = EnvironmentUsed(key=None, flavour=None, python=None, lock_sha256=None)
        job = store.JobDescribed(
            id=JOB,
            harness=HarnessUsed(name=name, version=version),
            model=ModelUsed(name=self.model, engine=None, served_id=None),
            task=TaskUsed(
                name="t", kind="document", asks=self.asks, version=None, reading=self.reading
            ),
            environment=nowhere,
            metrics=self.metrics,
            levels=("global",),
            native_rules=dict(self.native_rules),
            through_gateway=self.recorded,
            status="ok",
        )
        store.write_described(folder, job)
        now = "2026-01-01T00:00:00+00:00"
        run = RunUsed(
            id="r",
            started_at=now,
            finished_at=now,
            command=(),
            config_sha256="0" * 64,
            bench_version="0",
            seed=0,
        )
        store.write_run(folder, store.RunDescribed(run=run, jobs=(JOB,), config={}))


def _sample(name: str, row: Row) -> dict[str, Any]:
    kept = SampleKept(id=name, doc_id=name, doc_type=row.doc_type, references=(row.right,))
    return kept.model_dump()


def _prediction(name: str, row: Row) -> dict[str, Any]:
    if row.says is None:
        return {"id": name, "status": "failed", "prediction": None, "error": "HTTP 500"}
    said = row.says if row.predicts is None else row.predicts
    return {"id": name, "status": "answered", "prediction": said}


def _request(name: str, row: Row) -> dict[str, Any]:
    image = {"sha256": row.image, "media_type": "image/png", "bytes": 9}
    parts = [{"type": "image_url", "image_url": image}, {"type": "text", "text": row.prompt}]
    failed: dict[str, Any] = {"status": "failed"} if row.says is None else {"text": row.says}
    request = made(
        id=name,
        job=JOB,
        sample=name,
        messages=[{"role": "user", "content": parts}],
        parameters=dict(row.parameters),
        **failed,
    )
    return request.model_dump()


def job(folder: Path) -> JobOf:
    side = open_side(folder)
    (only,) = side.report.jobs
    return JobOf(side, only)


def gap(a: Path, b: Path, wanted: Wanted | None = None) -> Gap:
    return split(job(a), job(b), wanted=wanted)


def points(found: Gap) -> dict[str, float]:
    """Each part that is something, in points; a rest by its kind and its kinds."""
    said = {one.kind: one.value * 100 for one in found.terms if not one.silent or one.value}
    rests = {" ".join((one.kind, *one.kinds)): one.value * 100 for one in found.rest}
    return {name: value for name, value in (said | rests).items() if value}


def rows(values: Sequence[Row]) -> dict[str, Row]:
    return {f"s{number}": row for number, row in enumerate(values)}
