"""Document tasks in the terminal, report.md and answers.csv."""

from __future__ import annotations

import csv
import io

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from bench.quality_rows import AxisValue, Interval
from bench.report import levels, losses, numbers, taxonomy
from bench.report.aggregators import aggregator_table
from bench.report.answers import answers_csv
from bench.report.axes import axis_lines, plot
from bench.report.markdown import markdown
from bench.report.terminal import report_table
from bench.schema import JobReport, Report
from tests.report import document_jobs, reports


def shown(report: Report, *, full: bool, width: int = 120) -> str:
    stream = io.StringIO()
    plain = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    plain.print(report_table(report, performance=full))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def one_job(report: Report) -> Report:
    return report.model_copy(update={"jobs": report.jobs[:1], "agreement": ()})


def extracting(**keys: object) -> JobReport:
    return document_jobs.extraction()[0].jobs[0].model_copy(update=keys)


def test_the_end_of_an_extraction(snapshot: SnapshotAssertion) -> None:
    assert shown(one_job(document_jobs.extraction()[0]), full=False) == snapshot


def test_bench_report_of_two_jobs(snapshot: SnapshotAssertion) -> None:
    assert shown(document_jobs.extraction()[0], full=True) == snapshot


def test_bench_report_of_a_classification(snapshot: SnapshotAssertion) -> None:
    assert shown(document_jobs.classified()[0], full=True) == snapshot


def test_report_md_of_an_extraction(snapshot: SnapshotAssertion) -> None:
    assert markdown(document_jobs.extraction()[0]) == snapshot


def test_report_md_of_a_classification(snapshot: SnapshotAssertion) -> None:
    assert markdown(document_jobs.classified()[0]) == snapshot


@pytest.mark.parametrize("full", [False, True], ids=["end", "report"])
def test_an_earlier_report_has_none_of_it(*, full: bool) -> None:
    text = shown(reports.report(), full=full) + markdown(reports.report())
    for said in ("accuracy", "format loss", "mistakes in", "hardest", "macro", "not measured"):
        assert said not in text


def test_what_is_not_measured_says_why_and_is_no_zero() -> None:
    accuracy, groundedness, *_ = axis_lines(extracting().axes)
    assert (accuracy.said, accuracy.interval) == ("0.7500", "0.6000 … 0.9000")
    assert (groundedness.said, groundedness.about) == ("not measured", document_jobs.NO_PAGES)
    assert plot(groundedness.axis) == ""
    assert axis_lines(None) == ()


@pytest.mark.parametrize(
    ("value", "low", "high", "drawn"),
    [
        (0.0, None, None, "●·········"),
        (1.0, None, None, "·········●"),
        (0.5, 0.2, 0.75, "··━━━●━━··"),
        (1.0, 0.9, 1.0, "·········●"),
        (0.3, 0.0, 1.0, "━━━●━━━━━━"),
    ],
    ids=["zero", "one", "inside", "at the end", "everything"],
)
def test_an_axis_in_signs(value: float, low: float | None, high: float | None, drawn: str) -> None:
    bounds = None
    if low is not None and high is not None:
        bounds = Interval(low=low, high=high, confidence=0.95, method="b", clusters=9)
    assert plot(AxisValue(value=value, interval=bounds, measure="m"), 10) == drawn


def test_a_loss_is_signed_and_its_empty_columns_are_left_out() -> None:
    heads, (line,) = losses.table(extracting())
    assert heads == losses.HEADS
    assert line == ("anls_star ↑", "0.0000", "0.7500", "+0.7500", "0.7000", "+0.0500")
    rate = reports.result(value=0.25, value_strict=0.5)
    heads, (line,) = losses.table(reports.job(results=(rate,)))
    assert heads == ("metric", "answers as they are", "as read", "format loss")
    assert line == ("cer ↓", "0.5000", "0.2500", "-0.2500")
    assert losses.table(reports.job()) == ((), ())


def test_a_field_stands_in_one_line_for_all_jobs() -> None:
    report, _ = document_jobs.extraction()
    (level,) = levels.across(report.jobs)
    assert (level.level, level.metric, level.macro) == ("field", "field_match", (0.55, 0.55))
    assert [line.name for line in level.lines] == ["total", "items.price", "vat"]
    values = [[one.value if one else None for one in line.results] for line in level.lines]
    assert values == [
        [1.0, pytest.approx(2 / 3)],
        [pytest.approx(2 / 3), 0.0],
        [pytest.approx(2 / 3), 0.0],
    ]
    assert level.lines[0].detectable == 0.081


def test_a_group_that_one_job_lacks_is_a_dash() -> None:
    one, other = document_jobs.extraction()[0].jobs
    less = other.model_copy(update={"results": other.results[:-1]})
    (level,) = levels.across([one, less])
    assert [result is None for result in level.lines[-1].results] == [False, True]
    *_, last = levels.rows(level, 10)
    assert last == ("vat", "0.6667 (0.60 … 0.90)", "–", "3", "0.081")


def test_levels_come_in_one_order_and_a_single_group_of_all_is_left_out() -> None:
    whole = reports.result(n=8)
    given = (
        reports.result(level="tag", group="blur", n=3),
        reports.result(level="field", group="total", n=4),
        reports.result(level="language", group="en", n=8),
    )
    jobs = [reports.job(id=name, results=(whole, *given)) for name in "ab"]
    assert [level.level for level in levels.across(jobs)] == ["field", "tag"]


def test_no_more_cells_than_a_table_takes() -> None:
    groups = tuple(reports.result(level="field", group=f"f{n}", n=1) for n in range(900))
    jobs = [reports.job(id=str(n), results=(reports.result(), *groups)) for n in range(3)]
    (level,) = levels.across(jobs)
    assert (len(level.lines), level.left_out) == (500, 400)


def test_what_the_documents_cannot_show_is_said_with_their_number() -> None:
    said = "differences below 0.081 between two such runs cannot be told apart on"
    known = reports.result(detectable=0.0812)
    assert numbers.detectable(known) == f"{said} these 4 documents"
    assert numbers.detectable(reports.result(detectable=0.0812, interval=None)) == (
        f"{said} these documents"
    )
    assert numbers.detectable(reports.result()) is None


def test_the_task_says_what_it_asks_reads_and_sends() -> None:
    assert numbers.asked(extracting()) == (
        "extraction, read by json/1; prompts bill v2 9f86d081884c (en), rechnung abababababab"
    )
    assert numbers.asked(reports.job()) is None


def test_confusions_come_with_the_most_frequent_first() -> None:
    found = document_jobs.classified()[0].jobs[0].classification
    assert found is not None
    assert list(taxonomy.confusions(found)) == [
        ("letter", "invoice", 2),
        ("invoice", "receipt", 1),
        ("invoice", "no class", 1),
        ("letter", "failed", 1),
    ]


def test_a_matrix_too_wide_is_told_by_its_confusions() -> None:
    report, _ = document_jobs.classified(tuple(f"class{n}" for n in range(30)))
    text = shown(report, full=True)
    assert "is, answered as" not in text
    assert text.count(" answered as ") == 5
    assert markdown(report).count(" answered as ") == 12


def test_an_extractions_fields_are_no_answers_of_the_csv() -> None:
    _, records = document_jobs.extraction()
    rows = list(csv.DictReader(io.StringIO(answers_csv(records), newline="")))
    assert [row["id"] for row in rows] == ["b0", "b1", "b2"] * 2
    assert "anls_star" in rows[0]
    assert "field_match" not in rows[0]


def test_by_id_has_a_line_for_each_answer() -> None:
    report, records = document_jobs.extraction()
    own = [one for one in records if one.job == report.jobs[0].id]
    text = aggregator_table("by_id", report.jobs[0], own).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row["id"] for row in rows] == ["b0", "b1", "b2"]
    assert list(rows[0])[-1] == "anls_star"


def test_names_are_shown_as_text() -> None:
    report, _ = document_jobs.extraction()
    odd = "[red]\x1b[31m|a\nb"
    job = report.jobs[0]
    group = job.mistake_groups[1].model_copy(update={"field": odd})
    hard = job.hardest[0].model_copy(update={"doc_id": odd})
    given = {"mistake_groups": (job.mistake_groups[0], group), "hardest": (hard,)}
    text = shown(report.model_copy(update={"jobs": (job.model_copy(update=given),)}), full=True)
    assert text.count("[red]␛[31m|a b") == 2
    assert "\x1b" not in text
