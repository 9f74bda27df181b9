"""Folders that harnesses made by their own command lines, cut; and what becomes of them here."""

from __future__ import annotations

from pathlib import Path

from bench.assemble import report_run
from bench.importing import Wanted, read_results, write_results
from bench.schema import JobReport, Report

MADE = Path(__file__).with_name("folders")


def imported(source: Path, out: Path, wanted: Wanted | None = None, **how: str) -> Report:
    """`out` is a run as `bench import` leaves it, but for the files for people."""
    out.mkdir()
    write_results(read_results(source, **how), out, wanted or Wanted())
    return report_run(out)


def job_of(report: Report, benchmark: str) -> JobReport:
    (found,) = (job for job in report.jobs if job.id.endswith(f"--{benchmark}"))
    return found


def counts(job: JobReport) -> tuple[int, int, int]:
    return job.counts.expected, job.counts.answered, job.counts.failed
