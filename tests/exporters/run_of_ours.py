"""A run's folder with numbers of every kind and answers that are hard to write."""

from __future__ import annotations

from pathlib import Path

from bench import jsonl, store
from bench.quality_rows import JudgedResult, JudgeUsed
from bench.schema import Record, Score
from tests.report import reports

HARD = '=1+1, "x"\r\n\u2028\U0001f642'
JOB = "echo--m--tiny-m"


def judged() -> JudgedResult:
    judge = JudgeUsed(model="j", served_id="j", package="ragas", version="1")
    return JudgedResult(
        metric="faithfulness",
        value=0.75,
        n=4,
        failed=1,
        interval=None,
        judge=judge,
        prompt_sha256=None,
        source=None,
    )


def records() -> list[Record]:
    right = {"exact_match": Score(value=1.0, numerator=1, denominator=1)}
    return [
        reports.record("s1", HARD, tokens=7, latency_s=0.5, finish_reason="length"),
        reports.record("s2", None, error="HTTP 500", tags=("a", "b")),
        reports.record("s3", "lone \ud800", references=("한", "é")),
        reports.record("s1.total", "12", part_of="s1", field="total", scores=right),
    ]


def run_folder(folder: Path, *, served: str = "m") -> Path:
    model = reports.job().model.model_copy(update={"served_id": served})
    exact = reports.result("exact_match", higher_is_better=True, value=0.5)
    own = reports.job(model=model, judged=(judged(),), results=(*reports.job().results[:2], exact))
    place = store.job_folder(folder, JOB)
    place.mkdir(parents=True)
    page = folder / "page 1.png"
    page.write_bytes(b"\x89PNG of s1")
    items = [
        {"id": "s1", "images": [str(page)], "prompt": "What is the total?"},
        {"id": "s2", "images": [str(folder / "gone.png")], "prompt": "And now?"},
    ]
    jsonl.write(place / "items.jsonl", items)
    store.write_report(folder, reports.report(own, reports.benchmark()), records())
    return folder
