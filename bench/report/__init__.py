"""The report for people: the terminal, report.md, answers.csv, report.html. Truth: report.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench import store
from bench.report.answers import answers_csv
from bench.report.html import write_html
from bench.report.markdown import markdown
from bench.schema import Record, Report

FILES = {"md": "report.md", "csv": "answers.csv"}


def write_files(folder: Path, report: Report, records: Sequence[Record]) -> None:
    """report.md, answers.csv and report.html beside the report.json that they are made from."""
    store.write_text(folder / FILES["md"], markdown(report))
    store.write_text(folder / FILES["csv"], answers_csv(records))
    write_html(folder, report, records)
