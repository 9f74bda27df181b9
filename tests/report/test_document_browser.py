"""Document tasks for a reader of report.html: fields, kinds, hard documents, orders."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench import jsonl
from bench.report.taxonomy import KINDS
from tests.report import document_jobs, html_pages
from tests.report.chromium import Chromium, colour, contrast, needed

pytestmark = [*needed, pytest.mark.thorough]


@pytest.fixture(scope="module")
def extraction(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a page image of the first bill of `kit`."""
    folder = tmp_path_factory.mktemp("extraction")
    place = folder / "jobs" / "kit--bills"
    place.mkdir(parents=True)
    Image.new("RGB", (400, 800), (90, 140, 200)).save(folder / "b0.png")
    row = {"id": "b0", "images": [str(folder / "b0.png")], "prompt": "Read it.", "references": []}
    jsonl.write(place / "items.jsonl", [row])
    return html_pages.write(folder, document_jobs.extraction())


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classified")
    return html_pages.write(folder, document_jobs.classified())


def shown(browser: Chromium) -> str:
    return str(browser.find("#shown").text)


def test_an_answer_shows_its_fields_right_and_wrong(browser: Chromium, extraction: Path) -> None:
    browser.open(extraction, "#record-1")
    rows = [" ".join(text.split()) for text in browser.texts(".fields tbody tr")]
    assert rows == [
        "total 12.50 12.50 1.0000",
        "items[0].price 2.00 3.00 wrong value 0.0000",
        "vat not on the document 5 % hallucinated 0.0000",
    ]
    assert browser.run(
        "[...document.querySelectorAll('.fields tbody tr')].map(e => e.className)"
    ) == [
        *("right", "wrong", "wrong"),
    ]
    assert "2 of 3 with a mistake." in browser.find(".fields").text
    assert browser.run("document.querySelector('.said details:has(.pair)').open") is False


def test_a_field_opens_from_its_answer_and_leads_back(browser: Chromium, extraction: Path) -> None:
    browser.open(extraction, "#record-13")
    browser.find(".fields tbody tr.wrong button").click()
    assert browser.find("#record-title").text == "b0#items[0].price"
    assert browser.run("location.hash") == "#record-15"
    assert browser.texts("#record .text") == ["2.00", "3.00"]  # the other job said the same
    assert "field_match ↑\n0.0000\nanother value" in browser.find(".scores").text
    assert "1.25 s" in browser.find("#record").text  # its answer's
    browser.wait(lambda: browser.run("document.querySelector('#record img').naturalWidth") == 400)
    browser.find(".said > .told button").click()
    assert browser.find("#record-title").text == "b0"
    assert browser.run("location.hash") == "#record-13"


def test_a_left_out_and_an_absent_field_say_so(browser: Chromium, extraction: Path) -> None:
    browser.open(extraction, "#record-8")  # b1's vat, which is not on the bill
    assert browser.find("#record-title").text == "b1#vat"
    assert "the answer leaves it out" in browser.find(".said").text
    panes = browser.texts(".pair .lost")
    assert panes == ["Nothing: it is not on the document.", "Left out."]
    assert "does not have it" in browser.find(".pair + .told").text


def test_answers_and_fields_are_counted_apart(browser: Chromium, extraction: Path) -> None:
    browser.open(extraction)
    assert shown(browser) == "24 of 24 records: 6 answers and 18 of their fields."
    assert browser.texts("#f-part option") == ["all", "answer (6)", "field of an answer (18)"]
    browser.choose("part", "answer")
    browser.wait(lambda: len(browser.ids()) == 6)
    assert set(browser.ids()) == {"b0", "b1", "b2"}
    browser.choose("part", "field")
    browser.wait(lambda: len(browser.ids()) == 18)
    assert browser.texts(".item-top .num")[:9] == ["0.0000"] * 9


def test_a_kind_of_a_field_opens_its_records(browser: Chromium, extraction: Path) -> None:
    browser.open(extraction)
    browser.find("#job-2 .chips button[data-value=wrong_value]").click()
    browser.wait(lambda: len(browser.ids()) == 2)
    assert browser.ids() == ["items[0].price"] * 2
    assert browser.find("#f-field").get_attribute("value") == "items.price"
    assert browser.find("#f-job").get_attribute("value") == "1"
    browser.find("#job-2 .mistakes .examples a").click()
    browser.wait(lambda: browser.texts("#record-title") == ["b2#total"])


def test_a_hard_document_has_its_page_and_opens_its_records(
    browser: Chromium, extraction: Path
) -> None:
    browser.open(extraction)
    browser.wait(lambda: browser.run("document.querySelector('#job-2 .thumb img').naturalWidth"))
    assert browser.find("#job-1 .thumb").text == "no picture"
    browser.find("#job-2 .hardest button[data-doc]").click()
    browser.wait(lambda: len(browser.ids()) == 4)
    assert "Those of document d0." in shown(browser)
    browser.find("#filters button[type=reset]").click()
    browser.wait(lambda: shown(browser).startswith("24 of 24"))
    browser.find("#job-2 .thumb").click()
    browser.wait(lambda: browser.texts("#record-title") == ["b0"])


def test_a_pair_of_jobs_differs_in_answers_not_in_their_fields(
    browser: Chromium, extraction: Path
) -> None:
    browser.open(extraction)
    browser.find(".alike button[data-value='0-1']").click()
    browser.wait(lambda: sorted(browser.ids()) == ["b1", "b2"])


def test_other_orders_of_the_options_stand_below_the_record(
    browser: Chromium, classified: Path
) -> None:
    browser.open(classified, "#record-1")
    listed = [" ".join(text.split()) for text in browser.texts(".others li")]
    assert listed == ["p0~2 receipt"]
    browser.find(".others button").click()
    assert browser.find("#record-title").text == "p0~2"
    browser.open(classified, "#record-3")
    assert [" ".join(text.split()) for text in browser.texts(".others li")] == [
        "p1~2 receipt the same"
    ]


def test_hostile_names_run_nothing(browser: Chromium, tmp_path: Path) -> None:
    ugly = " ".join(html_pages.HOSTILE).encode("utf-8", "backslashreplace").decode()
    browser.open(html_pages.write(tmp_path, document_jobs.hostile(ugly)), "#record-1")
    assert len(browser.texts(".fields tbody tr")) == 3
    browser.find(".fields tbody button").click()
    browser.find("#job-1 .hardest button").click()
    browser.wait(lambda: len(browser.ids()) > 0)
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelectorAll('img[onerror], svg[onload]').length") == 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_window_and_can_be_read(
    browser: Chromium, extraction: Path, classified: Path, width: int, scheme: str
) -> None:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 800}
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.emulate(setDeviceMetricsOverride=metrics, setEmulatedMedia=media)
    browser.open(classified)
    assert browser.run("document.documentElement.scrollWidth") <= width
    browser.open(extraction, "#record-1")
    assert browser.run("document.documentElement.scrollWidth") <= width
    card = colour(browser.run("getComputedStyle(document.querySelector('.card')).backgroundColor"))
    for css in (".fields .right .given bdi", ".fields .wrong .given bdi", ".axis p.quiet"):
        ink = browser.run(f"getComputedStyle(document.querySelector({css!r})).color")
        assert contrast(colour(ink), card) >= 4.5, css
    for kind in KINDS:
        browser.run(f"document.querySelector('.dot').className = 'dot k-{kind}'")
        dot = browser.run("getComputedStyle(document.querySelector('.dot')).backgroundColor")
        assert contrast(colour(dot), card) >= 3, kind
    axes = browser.run(
        "[...document.querySelectorAll('.axes')[0].children].map(e => e.offsetWidth)"
    )
    assert min(axes) > 150


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_numbers_of_the_heat_map_can_be_read_on_every_shade(
    browser: Chromium, classified: Path, scheme: str
) -> None:
    browser.emulate(
        setEmulatedMedia={"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.open(classified)
    ink = colour(browser.run("getComputedStyle(document.body).color"))
    paint = (
        "((name) => { const cell = document.querySelector('.confusion tbody td');"
        " cell.className = name; const canvas = document.createElement('canvas');"
        " const brush = canvas.getContext('2d');"
        " brush.fillStyle = getComputedStyle(cell).backgroundColor; brush.fillRect(0, 0, 1, 1);"
        " return 'rgb(' + [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).join(', ') + ')';"
        " })"
    )
    shades = {
        f"{side}{heat}": colour(browser.run(f"{paint}('{side}{heat}')"))
        for side in ("hit", "miss")
        for heat in range(1, 10)
    }
    assert len(set(shades.values())) == 18
    for name, shade in shades.items():
        assert contrast(ink, shade) >= 4.5, name
