"""Runs of one task through several harnesses and models, whose answers differ here and there."""

from __future__ import annotations

from typing import Any

from bench.agreement import agreement
from bench.schema import HarnessUsed, JobReport, ModelUsed, Record, Report
from tests.report import html_pages, reports

LONG = "The same beginning. " * 1_500  # 30,000 characters: the page cuts it
ANSWERS: dict[tuple[str, str], tuple[str | None, ...]] = {
    ("echo", "m"): ("12.50", "13.50 EUR", "x", LONG + "left"),
    ("kit", "m"): ("12.50", "13.50 EUR", None, LONG + "left"),
    ("scope", "m"): ("12.50", "13.60 EUR", "x", LONG + "right"),
    ("echo", "n"): ("12.50", "O", "no", "no"),
}
NOTES = {"scope": ("the prompt is sent with one more space",)}


def made(
    answers: dict[tuple[str, str], tuple[str | None, ...]] = ANSWERS, **keys: Any
) -> tuple[Report, list[Record]]:
    """One job for each (harness, model), samples s0, s1, ... of the task tiny:m."""
    jobs, every = [], []
    for (harness, model), said in answers.items():
        name = f"{harness}--{model}"
        records = [_record(name, number, answer) for number, answer in enumerate(said)]
        jobs.append(_job(name, harness, model, records, **keys))
        every += records
    report = reports.report(*jobs, limit=None)
    return report.model_copy(update={"agreement": agreement(jobs, every)}), every


def _record(job: str, number: int, answer: str | None) -> Record:
    told: dict[str, Any] = {"job": job, "prediction": answer, "value": answer}
    told |= {"references": ("12.50", f"other {number}"), "doc_id": f"s{number}"}
    if answer is None:
        told |= {"status": "failed", "error_kind": "timeout", "error": "no answer within 1 s"}
    return html_pages.scored(f"s{number}", float(answer == "12.50"), **told)


def _job(name: str, harness: str, model: str, records: list[Record], **keys: Any) -> JobReport:
    one = html_pages.job_of(records).jobs[0]
    given: dict[str, Any] = {
        "id": name,
        "harness": HarnessUsed(name=harness, version="1"),
        "model": ModelUsed(name=model, engine=None, served_id=model),
        "notes": NOTES.get(harness, ()),
    }
    return one.model_copy(update=given | keys)


def hostile() -> tuple[Report, list[Record]]:
    """Names, notes and answers that would act if they were not shown as text."""
    ugly = " ".join(html_pages.HOSTILE).encode("utf-8", "backslashreplace").decode()
    answers: dict[tuple[str, str], tuple[str | None, ...]] = {
        (f"{harness} {ugly}", ugly): (*html_pages.HOSTILE, harness) for harness in ("one", "other")
    }
    return made(answers, notes=(ugly,))


def many(jobs: int = 5, samples: int = 2_000) -> tuple[Report, list[Record]]:
    """10,000 records of 540 characters: all answers lack the reference's last one, and every
    seventh has a sign of its job's own.
    """
    text = ["".join(f"{number * step:08x} " for step in range(1, 61)) for number in range(samples)]
    answers: dict[tuple[str, str], tuple[str | None, ...]] = {
        (f"harness{job}", "m"): tuple(
            f"{one}#{job}" if number % 7 == 0 else one for number, one in enumerate(text)
        )
        for job in range(jobs)
    }
    report, records = made(answers)
    wanted = [(f"{one}.",) for one in text] * jobs
    return report, [
        record.model_copy(update={"references": references})
        for record, references in zip(records, wanted, strict=True)
    ]
