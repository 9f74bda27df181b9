from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bench.quality_rows import Interval
from bench.report.images import Gallery
from bench.report.page import render
from bench.report.page.charts import Scale, mark_of, scale_of
from bench.report.plain import script_json, visible
from bench.schema import Record, Report
from tests.report import html_pages, reports

NO_IMAGES = Gallery((), {}, "none")


def page_of(made: tuple[Report, list[Record]]) -> str:
    return render(*made, {}, NO_IMAGES)


class Page(HTMLParser):
    """The elements and the text of each script and style, as a parser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None:
            self.raw[-1] = (self.raw[-1][0], self.raw[-1][1] + data)
        self.text += data

    def rows(self) -> dict[str, Any]:
        found = [text for tag, text in self.raw if tag == "script"]
        return dict(json.loads(found[0]))


def test_every_record_is_in_the_page_in_the_files_order() -> None:
    report, records = html_pages.small()
    rows = Page(page_of((report, records))).rows()["rows"]
    assert [row[1] for row in rows] == [record.id for record in records]


def test_the_same_report_gives_the_same_bytes() -> None:
    assert page_of(html_pages.hostile()) == page_of(html_pages.hostile())


@pytest.mark.parametrize(
    "characters", [pytest.param(one, marks=pytest.mark.thorough) for one in (60, 600, 3000)]
)
def test_ten_thousand_records_take_at_most_5_mb(characters: int) -> None:
    report, records = html_pages.many(characters=characters)
    page = page_of((report, records))
    rows = Page(page).rows()
    assert len(page.encode()) <= 5_000_000
    assert len(rows["rows"]) == 10_000
    cut = [text for row in rows["rows"] for text in row[7] if isinstance(text, list)]
    assert bool(cut) is (characters > 60)
    whole = {record.id: len(record.references[0]) for record in records}
    assert all(length in whole.values() for _, length in cut)


@pytest.mark.thorough
def test_a_text_is_cut_only_as_far_as_the_size_needs() -> None:
    report, records = html_pages.many(characters=600)
    assert len(page_of((report, records)).encode()) > 4_000_000


def test_no_text_becomes_an_element() -> None:
    plain, ugly = (Page(page_of(made)) for made in (html_pages.small(), html_pages.hostile()))
    assert {tag for tag, _ in ugly.elements} <= {tag for tag, _ in plain.elements} | {"h4"}
    assert [tag for tag, _ in ugly.elements].count("script") == 2
    assert not any(name.startswith("on") for _, given in ugly.elements for name in given)


def test_hostile_texts_are_kept_exactly() -> None:
    report, records = html_pages.hostile()
    rows = Page(page_of((report, records))).rows()["rows"]
    assert [row[7][0] for row in rows[:-1]] == [record.references[0] for record in records[:-1]]


def test_the_page_is_utf8_without_controls_and_turned_text() -> None:
    page = page_of(html_pages.hostile())
    page.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", page)
    assert "⟨U+202E⟩" in page


def test_an_answer_of_1_mb_is_cut_and_says_so() -> None:
    row = Page(page_of(html_pages.hostile())).rows()["rows"][-1]
    text, length = row[9]
    assert len(text) == 20_000
    assert length == len(html_pages.SCRIPT) * 36_000


def test_an_answer_that_equals_its_reference_stands_once() -> None:
    report, records = html_pages.small()
    row = Page(page_of((report, records))).rows()["rows"][0]
    assert (row[7], row[9], row[10]) == (["12.50"], 0, 0)


def test_the_policy_allows_this_style_and_this_script_and_no_network() -> None:
    page = Page(page_of(html_pages.small()))
    policy = next(
        given["content"]
        for tag, given in page.elements
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data: 'self' file:;")
    assert "unsafe" not in policy
    for tag, text in (page.raw[0], page.raw[-1]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_counts_warnings_failures_and_native_numbers_are_said() -> None:
    page = " ".join(Page(page_of((reports.report(), [reports.record("s1", "x")]))).text.split())
    for said in (
        "Limited to the first 8 samples",
        "2 of 8 requests failed",
        "This job is not ok: the harness crashed.",
        "3 [odd] rows were left out",
        "8 expected = 6 answered + 2 failed (1 unscored)",
        "over the answered alone 0.1250",
        "2 × http: HTTP 500: [/] `<b>` line (s2, s5)",
        "bench did not compute these",
        "61.5 of 100",
        "bench eval --backend echo",
        "pipeline",
        "Absent, and why" if reports.report().jobs[0].absent else "Files and their sha256",
    ):
        assert said in page


def test_without_mistakes_there_is_no_such_section() -> None:
    report, records = html_pages.small()
    assert "Mistakes by kind" in page_of((report, records))
    bare = report.model_copy(update={"jobs": (report.jobs[0].model_copy(update={"mistakes": {}}),)})
    assert "Mistakes by kind" not in page_of((bare, records))


def test_more_groups_than_a_page_takes_are_said_to_be_left_out() -> None:
    results = tuple(
        reports.result(level=level, group=f"g{number}")
        for level in ("global", "doc_type")
        for number in range(1 if level == "global" else 350)
    )
    page = page_of((reports.report(reports.job(results=results)), []))
    assert "50 more groups are in report.json." in page
    assert ">g299<" in page.replace("<bdi>", "").replace("</bdi>", "")


def test_a_scale_is_the_metrics_range_or_holds_every_interval() -> None:
    open_ended = reports.result(value=0.3, interval=None)
    assert scale_of([open_ended]) == Scale(0, 0.5)
    far = Interval(low=0.1, high=1.7, confidence=0.95, method="b", clusters=3)
    assert scale_of([open_ended, reports.result(interval=far)]) == Scale(0, 2)
    bounded = html_pages.small()[0].jobs[0].results[0]
    assert scale_of([bounded]) == Scale(0, 1)
    assert scale_of([reports.result(value=0.0, interval=None)]) == Scale(0, 1)


def test_a_mark_stands_where_its_value_is() -> None:
    result = reports.result(value=0.25)
    mark = mark_of(result, Scale(0, 0.5))
    assert mark is not None
    assert (mark.point, mark.start, mark.width) == (50, 20, 80)
    assert "interval 0.1000 to 0.5000" in mark.said
    assert mark_of(reports.result(value=None), Scale(0, 1)) is None


def test_script_json_gives_back_what_it_got_and_ends_no_script() -> None:
    value = ["</script>", "<!--", "\u2028", "\ud800", "\x00", "&amp;", "\ufffe", "ж"]
    text = script_json(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\ud800\ufffe]", text)
    assert "ж" in text
    with pytest.raises(ValueError, match="JSON"):
        script_json([float("nan")])


def test_joiners_and_other_scripts_stay_as_they_are() -> None:
    text = "👩\u200d🦰 می\u200cخواهم 漢字\n\tа"
    assert visible(text) == text


def test_python_and_javascript_see_the_same_characters(tmp_path: Path) -> None:
    script = Path(html_pages.__file__).parents[2] / "bench/report/page/static/records.js"
    found = re.search(r"const UNSEEN = /\[(.+)\]/gu;", script.read_text(encoding="utf-8"))
    assert found is not None
    ported = re.sub(r"\\u\{(\w+)\}", lambda m: f"\\U{m[1]:0>8}", found[1])
    ours = re.compile(f"[{ported}]")
    for number in [*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10000), 0xE0001]:
        assert bool(ours.match(chr(number))) is (visible(chr(number)) != chr(number))
