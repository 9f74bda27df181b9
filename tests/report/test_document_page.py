"""Document tasks in report.html, as it is written: axes, fields, mistakes, classes, parts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bench.report.images import Gallery, Picture
from bench.report.page import render
from bench.report.page.across import axes_across, groups_across
from bench.report.page.classes import classes_view
from bench.report.page.quality import Shown, all_kinds, by_field, hard_documents
from bench.report.taxonomy import KINDS
from bench.schema import Record, Report
from tests.report import document_jobs, html_pages, reports

NO_IMAGES = Gallery((), {}, "none")


def page_of(made: tuple[Report, list[Record]], gallery: Gallery = NO_IMAGES) -> str:
    return render(*made, {}, gallery)


def rows_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="rows">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def words_of(page: str) -> str:
    """What stands before the records, without its elements."""
    head = page[page.index("<main>") : page.index('<section class="records"')]
    return " ".join(re.sub(r"<[^>]*>", " ", head).split())


def test_an_axis_has_its_value_or_why_there_is_none() -> None:
    said = words_of(page_of(document_jobs.extraction()))
    assert "0.6000 … 0.9000 ; anls_star, n 3" in said
    assert f"not measured: {document_jobs.NO_PAGES}" in said
    across = axes_across((0, 1), document_jobs.extraction()[0].jobs)
    assert across is not None
    assert [name for name, _, _ in across.lines] == [
        *("accuracy", "groundedness", "relevancy", "stability"),
    ]
    accuracy, groundedness = (cells[0] for _, _, cells in across.lines[:2])
    assert accuracy is not None
    assert accuracy.mark is not None
    assert (accuracy.mark.point, accuracy.mark.start, accuracy.mark.width) == (75, 60, 30)
    assert groundedness is not None
    assert groundedness.mark is None


def test_fields_stand_side_by_side_with_micro_macro_and_what_can_be_shown() -> None:
    report, _ = document_jobs.extraction()
    (groups,) = groups_across((0, 1), report.jobs)
    assert (groups.title, groups.metric, groups.macro) == (
        *("By field", "field_match"),
        ("0.5500", "0.5500"),
    )
    assert groups.heads == ((1, "echo"), (2, "kit"))
    assert [[cell.value for cell in line.cells if cell] for line in groups.lines] == [
        *(["1.0000", "0.6667"], ["0.6667", "0.0000"], ["0.6667", "0.0000"]),
    ]
    said = words_of(page_of((report, [])))
    assert "Over all samples, differences below 0.081 between two such runs" in said
    assert "macro: mean of the groups 0.5500" in said


def test_one_job_has_its_macro_mean_below_its_groups() -> None:
    report, records = document_jobs.extraction()
    alone = report.model_copy(update={"jobs": report.jobs[:1], "agreement": ()})
    said = words_of(page_of((alone, records)))
    assert "micro: all samples 0.6000 macro: mean of the groups 0.5500" in said
    assert "side by side" not in said


def test_mistakes_have_counts_shares_and_examples_that_open_their_records() -> None:
    report, records = document_jobs.extraction()
    kit, shown = report.jobs[1], Shown(records, NO_IMAGES)
    every = all_kinds(kit, shown)
    assert every is not None
    assert (every.n, every.wrong) == (9, 7)
    assert [(bar.kind, bar.n, bar.share) for bar in every.kinds] == [
        *(("request_failed", 3, "33.3 %"), ("wrong_value", 2, "22.2 %")),
        ("hallucinated", 2, "22.2 %"),
    ]
    example = every.kinds[1].examples[0]
    assert (example.id, example.right, example.said) == ("b0#items[0].price", "2.00", "3.00")
    assert records[example.line - 1].id == example.id
    assert records[example.line - 1].job == kit.id
    assert [(line.name, line.share) for line in by_field(kit, shown)] == [
        *(("items.price", "100.0 %"), ("vat", "100.0 %"), ("total", "33.3 %")),
    ]
    bars = by_field(kit, shown)[0].kinds
    assert [(bar.start, bar.width) for bar in bars] == [(0, 66.67), (66.67, 33.33)]
    assert f'href="#record-{example.line}"' in page_of((report, records))


def test_a_field_without_mistakes_is_not_listed() -> None:
    report, records = document_jobs.extraction()
    fields = by_field(report.jobs[0], Shown(records, NO_IMAGES))
    assert [line.name for line in fields] == ["items.price", "vat"]


def test_every_kind_of_mistake_has_its_colour_in_light_and_dark() -> None:
    page = page_of(document_jobs.extraction())
    for kind in KINDS:
        assert f".k-{kind} {{ --kind: var(--{kind}); }}" in page
        assert len(re.findall(rf"--{kind}: #[0-9a-f]{{6}};", page)) == 2


def test_the_hardest_documents_have_a_picture_and_their_records() -> None:
    report, records = document_jobs.extraction()
    job = report.jobs[1]
    picture = Picture("report_images/x.jpg", 10, 20)
    gallery = Gallery((picture,), {(job.id, "b0"): (0,)}, "beside")
    (hard,) = hard_documents(job, Shown(records, gallery))
    assert (hard.name, hard.value, hard.wrong, hard.n, hard.picture) == ("d0", "0.5000", 2, 4, 0)
    assert hard.line is not None
    assert records[hard.line - 1].id == "b0"
    assert records[hard.line - 1].job == job.id
    page = page_of((report, records), gallery)
    assert 'data-picture="0"' in page
    assert page.count("report_images/x.jpg") == 1
    (lost,) = hard_documents(job, Shown((), NO_IMAGES))
    assert (lost.line, lost.picture) == (None, None)


def test_a_confusion_matrix_has_no_class_and_failed_as_its_last_columns() -> None:
    view = classes_view(document_jobs.classified()[0].jobs[0].classification)
    assert view is not None
    assert view.columns == (*document_jobs.CLASSES, "no class", "failed")
    name, cells = view.heat[0]
    assert (name, [cell.n for cell in cells]) == ("invoice", [4, 1, 0, 1, 0])
    assert [cell.heat for cell in cells] == [7, 2, 0, 2, 0]
    assert [cell.right for cell in cells] == [True, False, False, False, False]
    assert cells[1].said == "1 of 6 invoice: receipt"
    said = words_of(page_of(document_jobs.classified()))
    assert "macro-F1 0.7000 0.6000 … 0.9000" in said
    assert "0.6667 of the pairs; each asked in 2 orders" in said
    assert "receipt 0.5000 0.7500 0.6000 1" in said


def test_too_many_classes_are_told_by_their_confusions() -> None:
    many = document_jobs.classified(tuple(f"class{n}" for n in range(60)))
    view = classes_view(many[0].jobs[0].classification)
    assert view is not None
    assert view.heat == ()
    assert len(view.confusions) == 12
    page = page_of(many)
    assert 'class="confusion"' not in page
    assert "Too many classes to draw all" in page


def test_what_is_asked_read_and_sent_stands_in_the_jobs_head() -> None:
    said = words_of(page_of(document_jobs.extraction()))
    assert "asks for extraction read by json/1 prompt en bill v 2 9f86d081884c" in said
    assert "prompt rechnung abababababab" in said


def test_the_format_loss_is_shown() -> None:
    said = words_of(page_of(document_jobs.extraction()))
    assert "anls_star ↑ 0.0000 0.7500 +0.7500 0.7000 +0.0500" in said


def test_a_field_is_told_by_its_own_and_the_rest_by_its_answer() -> None:
    rows = rows_of(page_of(document_jobs.extraction()))
    whole, total, price, vat = rows["rows"][:4]
    assert (whole[1], total[1], price[1]) == ("b0", "#total", "#items[0].price")
    assert [row[22]["p"] for row in (total, price, vat)] == [0, 0, 0]
    assert "p" not in whole[22]
    assert (total[2], total[17], total[18], total[20]) == (0, None, None, [])
    assert (whole[17], whole[18]) == (40, 1.25)
    names = [one["name"] for one in rows["metrics"]]
    at = str(names.index("field_match"))
    assert rows["words"][price[22]["r"][at]] == "another value"
    assert (vat[7], vat[22]["n"]) == ([], 1)
    at = str(names.index("anls_star"))
    assert whole[22]["s"] == {at: 0}
    assert "w" not in whole[22], "not normalised it is the same"


def test_a_field_whose_answer_is_not_there_is_a_record_of_its_own() -> None:
    report, records = document_jobs.extraction()
    alone = rows_of(page_of((report, records[1:4])))
    assert [row[1] for row in alone["rows"]] == ["b0#total", "b0#items[0].price", "b0#vat"]
    assert all("p" not in row[22] for row in alone["rows"])


def test_fields_are_no_answers_in_the_head() -> None:
    page = page_of(document_jobs.extraction())
    said = words_of(page)
    assert "3 expected = 3 answered + 0 failed" in said
    assert "Share of the 9 records" in said
    assert len(rows_of(page)["rows"]) == 24


def test_the_orders_of_a_sample_are_told() -> None:
    rows = rows_of(page_of(document_jobs.classified()))
    assert [rows["words"][row[22]["v"]] for row in rows["rows"]] == [
        *("p0", "p0", "p1", "p1", "p2", "p2"),
    ]


@pytest.mark.thorough
def test_ten_thousand_answers_and_fields_take_at_most_5_mb() -> None:
    made = document_jobs.many()
    page = page_of(made)
    rows = rows_of(page)
    assert len(rows["rows"]) == 10_800
    assert len(page.encode()) <= 5_000_000
    assert rows["longest"] == 20_000


def test_an_earlier_report_has_none_of_it() -> None:
    page = page_of(html_pages.small())
    said = words_of(page)
    for word in ("accuracy", "Mistakes by field", "Hardest", "Classes", "macro", "asks for"):
        assert word not in said
    assert "What reading" not in said
    assert "Mistakes by kind wrong value 2 33.3 % request failed 1 16.7 %" in said
    assert {len(row) for row in rows_of(page)["rows"]} == {21}


@pytest.mark.parametrize("ugly", html_pages.HOSTILE, ids=range(len(html_pages.HOSTILE)))
def test_every_name_is_text(ugly: str) -> None:
    whole = ugly.encode("utf-8", "backslashreplace").decode()
    page = page_of(document_jobs.hostile(whole))
    page.encode()
    assert page.count("<script") == 2
    assert page.count("<img") == page.count("<svg onload") == 0
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", page)
    assert not re.search(r"<[^>]* style=", page), "the policy forbids it"


def test_an_axis_of_an_unknown_reason_says_so() -> None:
    job = document_jobs.extraction()[0].jobs[0]
    assert job.axes is not None
    bare = job.axes.groundedness.model_copy(update={"reason": None})
    axes = job.axes.model_copy(update={"groundedness": bare})
    page = page_of((reports.report(job.model_copy(update={"axes": axes}), limit=None), []))
    assert "not measured: no reason is on record" in words_of(page)
