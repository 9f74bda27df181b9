"""Several jobs of one task: their table, who agrees with whom, and no text twice in the page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bench.quality_rows import Interval
from bench.report.images import Gallery
from bench.report.numbers import told_apart
from bench.report.page import render
from bench.report.page.comparison import comparisons
from bench.report.page.repeats import repeats
from bench.schema import ModelUsed, Record, Report, TaskUsed
from tests.report import html_pages, reports, several_jobs

NO_IMAGES = Gallery((), {}, "none")


def page_of(made: tuple[Report, list[Record]]) -> str:
    return render(*made, {}, NO_IMAGES)


def rows_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="rows">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_a_job_is_named_by_what_tells_it_apart() -> None:
    report = several_jobs.made()[0]
    assert told_apart(report.jobs) == ("echo · m", "kit · m", "scope · m", "echo · n")
    assert told_apart(report.jobs[:3]) == ("echo", "kit", "scope")
    assert told_apart(report.jobs[:1]) == ("echo",)
    assert told_apart(()) == ()


def test_one_table_for_each_task_of_several_jobs() -> None:
    report = several_jobs.made()[0]
    (table,) = comparisons(report)
    assert (table.task, table.metric, table.better) == ("tiny:m", "exact_match", "↑")
    assert [row.name for row in table.rows] == ["echo · m", "kit · m", "scope · m", "echo · n"]
    assert [row.notes for row in table.rows] == [(), (), several_jobs.NOTES["scope"], ()]
    other = reports.job(id="alone", task=TaskUsed(name="u", kind="document", version="1"))
    both = report.model_copy(update={"jobs": (*report.jobs[:2], other)})
    assert [one.task for one in comparisons(both)] == ["tiny:m"]
    assert comparisons(reports.report(other)) == ()


def test_what_went_wrong_stands_beside_its_job_too() -> None:
    notes = tuple(f"note {number}" for number in range(9))
    jobs = (reports.job(notes=notes), reports.job(id="fine", errors=(), notes=()))
    (table,) = comparisons(reports.report(*jobs))
    bad, fine = table.rows
    assert bad.troubles[1:] == (
        "9 × timeout: no answer within 1 s",
        "1 × counts_open: not every sample has an answer",
    )
    assert (bad.notes, bad.left_out) == (notes[:6], 3)
    assert (fine.troubles, fine.notes, fine.left_out) == ((), (), 0)
    page = page_of((reports.report(*jobs), []))
    overview = page[page.index('id="overview"') : page.index('class="job"')]
    assert '<li class="bad"><bdi>9 × timeout: no answer within 1 s</bdi></li>' in overview
    assert "3 more in report.json" in overview


def test_all_jobs_are_drawn_on_one_scale() -> None:
    high = Interval(low=0.4, high=1.9, confidence=0.95, method="bootstrap", clusters=9)
    low = reports.result(value=0.2, interval=None)
    far = reports.result(value=1.5, interval=high)
    jobs = [reports.job(id=str(n), results=(one,)) for n, one in enumerate((low, far))]
    jobs.append(reports.job(id="none", results=()))
    (table,) = comparisons(reports.report(*jobs))
    assert table.ends == ("0", "2")
    assert [row.mark and row.mark.point for row in table.rows] == [10, 75, None]
    assert [row.value for row in table.rows] == ["0.2000", "1.5000", "–"]


def test_columns_that_nobody_measured_are_left_out() -> None:
    (full,) = comparisons(reports.report(reports.job(), reports.job(id="other")))
    assert full.spent == ("latency p50", "answers", "peak memory", "cost of 1,000 requests")
    lean = reports.performance(engine=None, cost=None)
    jobs = (reports.job(performance=lean), reports.job(id="other", performance=None))
    (table,) = comparisons(reports.report(*jobs))
    assert table.spent == ("latency p50", "answers")
    assert [row.spent[0] for row in table.rows] == [("0.210 s", 0.21), ("–", None)]


def test_benchmarks_without_a_metric_of_ours_stand_with_their_own_number() -> None:
    other = reports.benchmark().model_copy(
        update={"id": "x", "model": ModelUsed(name="n", engine=None, served_id="n")}
    )
    (table,) = comparisons(reports.report(reports.benchmark(), other))
    assert (table.metric, table.matrices) == (None, ())
    assert [row.native for row in table.rows] == ["Overall 61.5 of 100"] * 2
    assert "Overall 61.5 of 100" in page_of((reports.report(reports.benchmark(), other), []))


def test_the_matrix_has_each_pair_of_one_model_once() -> None:
    (table,) = comparisons(several_jobs.made()[0])
    (matrix,) = table.matrices
    assert (matrix.model, matrix.columns) == ("m", ("echo", "kit"))
    assert [
        (name, [(cell.same, cell.of, cell.pair) for cell in cells]) for name, cells in matrix.lines
    ] == [("kit", [(3, 4, "0-1")]), ("scope", [(2, 4, "0-2"), (1, 4, "1-2")])]


def test_every_job_stands_in_one_table_and_its_notes_once() -> None:
    report, records = several_jobs.made()
    alone = reports.job(id="alone", task=TaskUsed(name="u", kind="document", version="1"))
    page = page_of((report.model_copy(update={"jobs": (*report.jobs, alone)}), records))
    overview = page[page.index('id="overview"') : page.index('class="job"')]
    for number in range(1, 6):
        rows = len(re.findall(rf'<th scope="row"><a href="#job-{number}">', overview))
        assert rows == (2 if number == 5 else 1)  # alone: in the results, and in what it took
    assert page.count(several_jobs.NOTES["scope"][0]) == 1
    assert page.count("3 [odd] rows were left out") == 1
    assert "The only ones of their tasks" in page


def test_one_job_alone_has_none_of_this() -> None:
    page = page_of(html_pages.small())
    assert "side by side" not in page
    assert "<kbd>o</kbd>" not in page
    assert "<kbd>o</kbd>" in page_of(several_jobs.made())
    assert rows_of(page)["pairs"] == []
    assert {len(row) for row in rows_of(page)["rows"]} == {21}


def test_no_reference_and_no_answer_stands_twice() -> None:
    page = page_of(several_jobs.made())
    rows = rows_of(page)["rows"]
    assert page.count("13.50 EUR") == 1
    assert page.count(several_jobs.LONG[:20_000]) == 2  # two that differ behind the cut
    assert [row[7] for row in rows[:5]] == [*([["12.50", f"other {n}"] for n in range(4)]), 0]
    assert [row[9] for row in (rows[0], rows[4], rows[8], rows[12])] == [0, -1, -1, -1]
    assert (rows[5][9], rows[9][9]) == (-2, "13.60 EUR")
    assert (rows[6][9], rows[10][9]) == (None, -3)  # a failed one repeats nothing
    assert [row[21] for row in rows] == [0, 1, 2, 3] * 4


def test_what_repeats_goes_by_task_sample_and_field() -> None:
    report, records = several_jobs.made({("h0", "m"): ("a", "a"), ("h1", "m"): ("a", "a")})
    assert repeats(report, records).prediction == (None, None, 0, 1)
    other = TaskUsed(name="u", kind="document", version="1")
    moved = (report.jobs[0], report.jobs[1].model_copy(update={"task": other}))
    apart = repeats(report.model_copy(update={"jobs": moved}), records)
    assert apart.sample == apart.references == (None,) * 4
    records[2] = records[2].model_copy(update={"field": "date"})
    found = repeats(report, records)
    assert found.sample == (None, 1, None, 1)
    assert found.prediction == (None, None, None, 1)
    records[3] = records[3].model_copy(update={"job": "nobody's"})
    assert repeats(report, records).sample == (None,) * 4


def test_a_failed_one_repeats_nothing_and_is_not_repeated() -> None:
    report, records = several_jobs.made({(f"h{n}", "m"): ("a",) for n in range(3)})
    records[0] = records[0].model_copy(update={"status": "failed"})
    assert repeats(report, records).prediction == (None, None, 1)


@pytest.mark.thorough
def test_ten_thousand_records_of_five_jobs_take_at_most_5_mb_and_no_text_is_cut() -> None:
    page = page_of(several_jobs.many())
    rows = rows_of(page)
    assert len(rows["rows"]) == 10_000
    assert len(page.encode()) <= 5_000_000
    assert rows["longest"] == 20_000
    assert len(rows["pairs"]) == 10


def test_names_notes_and_answers_are_text() -> None:
    page = page_of(several_jobs.hostile())
    assert html_pages.SCRIPT not in page
    assert page.count("<script") == 2
    assert "⟨U+202E⟩" in page[page.index('id="overview"') : page.index('class="job"')]
    assert not re.search(r"<[^>]* style=", page), "the policy forbids it"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", page)
