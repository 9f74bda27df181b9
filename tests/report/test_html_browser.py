"""report.html as a person uses it, in a headless Chromium, from file://."""

from __future__ import annotations

import time
from itertools import combinations
from pathlib import Path

import pytest

from tests.report import html_pages
from tests.report.chromium import Chromium, colour, contrast, needed

pytestmark = [*needed, pytest.mark.thorough]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    html_pages.with_images(folder, {"s0-total": "a.png", "s1-date": "b.png", "s2-date": "c.png"})
    (folder / "c.png").unlink()
    return html_pages.write(folder, html_pages.small(), "beside")


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return html_pages.write(tmp_path_factory.mktemp("big"), html_pages.many())


def test_a_table_sorts_both_ways(browser: Chromium, big: Path) -> None:
    browser.open(big)
    values = "[...document.querySelectorAll('table.level tbody td.cell b')].map(e => +e.innerText)"
    head = browser.find("table.level th.cell .sort")
    head.click()
    assert browser.run(values) == sorted(browser.run(values), reverse=True)
    assert browser.find("table.level th.cell").get_attribute("aria-sort") == "descending"
    head.click()
    assert browser.run(values) == sorted(browser.run(values))
    assert len(set(browser.run(values))) > 5


def test_worst_records_come_first_and_the_order_can_be_chosen(
    browser: Chromium, small: Path
) -> None:
    browser.open(small)
    assert browser.ids()[:3] == ["s0-total", "s1-date", "s2-date"]
    browser.choose("order", "best")
    browser.wait(lambda: browser.ids()[0] == "s0-date")
    browser.choose("order", "file")
    browser.wait(lambda: browser.ids()[:2] == ["s0-date", "s0-total"])


@pytest.mark.parametrize(
    ("select", "value", "left"),
    [
        ("field", "date", ["s1-date", "s2-date", "s0-date"]),
        ("doc_type", "cafe", ["s0-total", "s0-date"]),
        ("status", "failed", ["s2-date"]),
        ("mistake", "wrong_value", ["s0-total", "s1-date"]),
    ],
)
def test_filters(browser: Chromium, small: Path, select: str, value: str, left: list[str]) -> None:
    browser.open(small)
    browser.choose(select, value)
    browser.wait(lambda: browser.ids() == left)
    assert browser.find("#shown").text.startswith(f"{len(left)} of 6 records")
    browser.find("#filters button[type=reset]").click()
    browser.wait(lambda: len(browser.ids()) == 6)


def test_search_and_score_range(browser: Chromium, small: Path) -> None:
    browser.open(small)
    browser.find("#search").send_keys("13.50")
    browser.wait(lambda: browser.ids() == ["s0-total", "s1-date"])
    browser.find("#search").clear()
    browser.find("#f-from").send_keys("0.5")
    browser.wait(lambda: len(browser.ids()) == 3)
    assert set(browser.texts(".item-top .num")) == {"1.0000"}


def test_a_kind_of_mistake_and_a_group_open_their_records(browser: Chromium, small: Path) -> None:
    browser.open(small)
    browser.find(".mistakes button[data-value=request_failed]").click()
    browser.wait(lambda: browser.ids() == ["s2-date"])
    browser.find(".level button[data-value=cafe]").click()
    browser.wait(lambda: browser.ids() == ["s0-total", "s0-date"])


def test_a_record_shows_its_page_and_what_differs(browser: Chromium, small: Path) -> None:
    browser.open(small)
    browser.find(".item[data-line='2']").click()
    assert browser.find("#record-title").text == "s0-total"
    assert browser.texts("#record del") == ["2"]
    assert browser.texts("#record ins") == ["3"]
    assert "1 character missing, 1 character too much" in browser.find(".told").text
    browser.wait(lambda: browser.run("document.querySelector('#record img').naturalWidth") == 800)
    assert browser.find("#record img").get_attribute("loading") == "lazy"
    assert browser.run("location.hash") == "#record-2"
    browser.find(".item[data-line='5']").click()
    assert "No page image: the file is not there any more." in browser.find(".pictures").text
    assert "timeout" in browser.find("#record").text


def test_the_address_opens_its_record(browser: Chromium, small: Path) -> None:
    browser.open(small, "#record-4")
    assert browser.find("#record-title").text == "s1-total"
    assert browser.find("[aria-current]").get_attribute("data-line") == "4"


def test_keys(browser: Chromium, small: Path) -> None:
    browser.open(small)

    def title() -> list[str]:
        return browser.texts("#record-title")

    browser.press("j")
    assert title() == ["s1-date"]
    browser.press("k")
    assert title() == ["s0-total"]
    browser.press("\ue014")  # arrow right
    assert title() == ["s1-date"]
    browser.find(".item[data-line='3']").click()
    browser.press("\ue015")  # arrow down, in the list
    assert title() == ["s2-date"]
    assert browser.run("document.activeElement.dataset.line") == "5"
    assert browser.run("document.activeElement.matches(':focus-visible')")
    browser.press("/")
    assert browser.run("document.activeElement.id") == "search"
    browser.press("jjk")
    assert browser.find("#search").get_attribute("value") == "jjk"
    browser.press("\ue00c")  # Escape leaves the search, then closes the record
    browser.press("\ue00c")
    assert title() == []
    assert browser.run("location.hash") == "#records"


def test_hostile_texts_are_text_and_nothing_runs(browser: Chromium, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    ugly = '<img src=x onerror="window.ran=5">\u202egnp.png'
    html_pages.with_images(folder, {"long": ugly.replace("/", "")})
    report, records = html_pages.hostile()
    browser.open(html_pages.write(folder, (report, records), "beside"))
    for line, text in enumerate(html_pages.HOSTILE, start=1):
        browser.find(f".item[data-line='{line}']").click()
        shown = browser.texts("#record .text")
        if "U+" not in shown[0] and "�" not in shown[0]:
            assert shown[0] == text
    browser.find(".item[data-line='5']").click()
    assert "abcU+202Edcba" in browser.texts("#record .text")[0]
    assert browser.run("document.querySelectorAll('#record .code').length") > 4
    started = time.monotonic()
    browser.find(".item[data-line='11']").click()
    assert "Cut here: 20,000 of 1,044,000 characters" in browser.find("#record").text
    assert time.monotonic() - started < 10
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelectorAll('img[onerror], svg[onload]').length") == 0


def test_ten_thousand_records_are_painted_within_two_seconds(browser: Chromium, big: Path) -> None:
    browser.open(big)
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    browser.wait(lambda: browser.run(paint))
    browser.wait(lambda: len(browser.ids()) == 50)
    ready = browser.run("performance.timing.domComplete - performance.timing.navigationStart")
    print(
        f"\n{big.stat().st_size} bytes: first paint {browser.run(paint):.0f} ms, ready {ready} ms"
    )
    assert browser.run(paint) < 2000
    assert browser.run("document.querySelectorAll('*').length") < 2500
    browser.find("#search").send_keys("sample-09999")
    browser.wait(lambda: browser.ids() == ["sample-09999"])


def test_the_list_turns_its_pages_as_the_keys_move_on(browser: Chromium, big: Path) -> None:
    browser.open(big)
    browser.find("#page-on").click()
    assert browser.find("#page-at").text == "51–100 of 10,000"
    first = browser.ids()[0]
    browser.find("#page-back").click()
    browser.run("document.querySelectorAll('.item')[49].click()")
    browser.press("j")
    assert browser.ids()[0] == first
    assert browser.find("#record-title").text == first


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window_and_text_hascontrast(
    browser: Chromium, small: Path, width: int, scheme: str
) -> None:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 800}
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.emulate(setDeviceMetricsOverride=metrics, setEmulatedMedia=media)
    browser.open(small, "#record-2")
    assert browser.run("document.documentElement.scrollWidth") <= width
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert sum(colour(paper)) > 700 if scheme == "light" else sum(colour(paper)) < 100
    for css in ("body", ".quiet", "del", "ins", ".bad", "a", ".pill.ok"):
        assert browser.run(f"document.querySelector({css!r})") is not None
        ink = browser.run(f"getComputedStyle(document.querySelector({css!r})).color")
        own = browser.run(f"getComputedStyle(document.querySelector({css!r})).backgroundColor")
        behind = paper if own.startswith("rgba(0, 0, 0, 0") else own
        assert contrast(colour(ink), colour(behind)) >= 4.5, css
    if width == 390:
        assert browser.run("getComputedStyle(document.querySelector('.list')).display") == "none"
        browser.find("#record .close").click()
        assert browser.run("getComputedStyle(document.querySelector('.list')).display") != "none"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_of_a_plot_stand_apart_inside_it_and_havecontrast(
    browser: Chromium, small: Path, width: int, scheme: str
) -> None:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 800}
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.emulate(setDeviceMetricsOverride=metrics, setEmulatedMedia=media)
    browser.open(small)
    plots = browser.run(
        """[...document.querySelectorAll(".plot")].map((plot) =>
        [plot, ...plot.querySelectorAll("text")].map((one) => {
            const box = one.getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        }))"""
    )
    assert len(plots) == 6
    for plot, *words in plots:
        assert plot[2] - plot[0] > 280
        for word in words:
            assert plot[0] <= word[0] < word[2] <= plot[2]
            assert plot[1] <= word[1] < word[3] <= plot[3]
        for one, other in combinations(words, 2):
            beside = one[2] <= other[0] or other[2] <= one[0]
            assert beside or one[3] <= other[1] + 2 or other[3] <= one[1] + 2
    card = browser.run("getComputedStyle(document.querySelector('.plot')).backgroundColor")
    for css in (".plot text", ".plot .note"):
        ink = browser.run(f"getComputedStyle(document.querySelector({css!r})).fill")
        assert contrast(colour(ink), colour(card)) >= 4.5
    assert browser.run("document.querySelector('.plot rect').getBBox().height") > 5
