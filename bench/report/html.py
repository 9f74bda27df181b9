"""report.html: one file that opens from a disk, with the run's numbers and every record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.report.asked import questions
from bench.report.images import Images, gallery
from bench.report.page import render
from bench.schema import Record, Report

NAME = "report.html"


def write_html(
    folder: Path, report: Report, records: Sequence[Record], images: Images = "auto"
) -> Path:
    """Write report.html into the run's folder, images inlined or beside it; return its path."""
    asked = questions(folder, [job.id for job in report.jobs])
    pictures = gallery(folder, {key: one.images for key, one in asked.items()}, images)
    prompts = {key: one.prompt for key, one in asked.items() if one.prompt}
    path = folder / NAME
    store.write_text(path, render(report, records, prompts, pictures))
    return path
