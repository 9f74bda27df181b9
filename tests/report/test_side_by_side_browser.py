"""Several jobs of one task for a reader: the matrix, the filter, the other jobs' answers."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.report import html_pages, several_jobs
from tests.report.chromium import Chromium, colour, contrast, needed

pytestmark = [*needed, pytest.mark.thorough]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return html_pages.write(tmp_path_factory.mktemp("several"), several_jobs.made())


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return html_pages.write(tmp_path_factory.mktemp("many"), several_jobs.many())


def listed(browser: Chromium) -> list[str]:
    """`id job` of each line of the list."""
    parts = '[".item-id", ".item-job"].map((css) => one.querySelector(css).innerText).join(" ")'
    return list(browser.run(f"[...document.querySelectorAll('.item')].map((one) => {parts})"))


def _lists(browser: Chromium, found: list[str]) -> bool:
    return sorted(listed(browser)) == found


def others(browser: Chromium) -> list[str]:
    return [" ".join(text.split()) for text in browser.texts(".others li")]


def test_a_number_of_the_matrix_opens_the_samples_that_differ_each_once(
    browser: Chromium, page: Path
) -> None:
    browser.open(page)
    browser.find("#f-job option[value='3']").click()
    for pair, found in (
        ("0-1", ["s2 echo · m"]),
        ("0-2", ["s1 echo · m", "s3 echo · m"]),
        ("1-2", ["s1 kit · m", "s2 kit · m", "s3 kit · m"]),
    ):
        link = browser.find(f".alike button[data-value='{pair}']")
        assert link.text == f"{len(found)} differ"
        link.click()
        browser.wait(partial(_lists, browser, found))
        assert browser.find("#f-differs").get_attribute("value") == pair
        assert browser.find("#f-job").get_attribute("value") == ""


def test_the_filter_finds_what_differs_between_any_jobs(browser: Chromium, page: Path) -> None:
    browser.open(page)
    offered = browser.texts("#f-differs option")
    assert offered == [
        "all",
        "differ between jobs (12)",
        "the same in all jobs (4)",
        "echo · m ≠ kit · m (1)",
        "echo · m ≠ scope · m (2)",
        "kit · m ≠ scope · m (3)",
    ]
    browser.choose("differs", "none")
    browser.wait(lambda: browser.ids() == ["s0"] * 4)
    browser.choose("differs", "any")
    browser.wait(lambda: sorted(set(browser.ids())) == ["s1", "s2", "s3"])
    assert browser.find("#shown").text.startswith("12 of 16 records")
    browser.find("#filters button[type=reset]").click()
    browser.wait(lambda: browser.find("#shown").text.startswith("16 of 16"))


def test_a_record_has_the_other_jobs_answers_below_it(browser: Chromium, page: Path) -> None:
    browser.open(page, "#record-2")
    assert others(browser) == [
        "kit · m answered identical exact_match ↑ 0.0000",
        "scope · m answered 1 character missing, 1 character more exact_match ↑ 0.0000 13.560 EUR",
        "echo · n answered 9 characters missing, 1 character more exact_match ↑ 0.0000 13.50 EURO",
    ]
    assert browser.texts(".others li:nth-child(2) del") == ["5"]
    assert browser.texts(".others li:nth-child(2) ins") == ["6"]
    browser.find(".item[data-line='1']").click()
    assert others(browser) == [
        f"{job} answered identical exact_match ↑ 1.0000"
        for job in ("kit · m", "scope · m", "echo · n")
    ]
    assert "Struck out" not in browser.find(".others").text


def test_a_failed_one_is_said_to_have_failed_and_marks_nothing(
    browser: Chromium, page: Path
) -> None:
    browser.open(page, "#record-3")
    assert others(browser)[0] == "kit · m failed timeout exact_match ↑ 0.0000 no answer within 1 s"
    browser.open(page, "#record-7")
    assert others(browser)[:2] == [
        "echo · m answered this record has no answer to compare exact_match ↑ 0.0000 x",
        "scope · m answered the same as echo · m exact_match ↑ 0.0000",
    ]
    assert browser.texts(".others del, .others ins") == []


def test_a_failed_one_with_the_same_text_is_not_called_identical(
    browser: Chromium, tmp_path: Path
) -> None:
    report, records = several_jobs.made()
    records[4] = records[4].model_copy(update={"status": "failed", "error_kind": "length"})
    page = html_pages.write(tmp_path / "run", (report, records))
    for line in (1, 9):
        browser.open(page, f"#record-{line}")
        (kit,) = (one for one in others(browser) if one.startswith("kit"))
        assert kit.startswith("kit · m failed length")
    browser.open(page, "#record-5")
    assert not any("identical" in one for one in others(browser))


def test_texts_that_differ_behind_the_cut_are_not_called_identical(
    browser: Chromium, page: Path
) -> None:
    browser.open(page, "#record-4")
    assert others(browser)[0].startswith("kit · m answered identical")
    assert "scope · m answered differs beyond what this page has of the texts" in others(browser)[1]


def test_an_answer_that_differs_in_space_or_case_alone_says_so(
    browser: Chromium, tmp_path: Path
) -> None:
    said = {("a", "m"): ("One two",), ("b", "m"): ("one two",), ("c", "m"): ("One\ntwo",)}
    browser.open(html_pages.write(tmp_path / "run", several_jobs.made(dict(said))), "#record-1")
    assert "b answered differs in letter case" in others(browser)[0]
    assert browser.texts(".others u") == ["one"]
    assert "c answered differs in space" in others(browser)[1]


def test_one_job_has_no_such_list_and_no_such_filter(browser: Chromium, tmp_path: Path) -> None:
    browser.open(html_pages.write(tmp_path / "run", html_pages.small()), "#record-1")
    assert browser.texts(".others") == []
    assert not browser.find("#f-differs").is_displayed()
    title = browser.texts("#record-title")
    browser.press("o")
    assert browser.texts("#record-title") == title


def test_keys_go_round_the_jobs_of_a_sample_and_on_from_there(
    browser: Chromium, page: Path
) -> None:
    browser.open(page)

    def opened() -> str:
        return str(browser.run("location.hash"))

    browser.choose("differs", "0-2")
    browser.wait(lambda: listed(browser) == ["s1 echo · m", "s3 echo · m"])
    browser.find(".item[data-line='2']").click()
    for line in (6, 10, 14, 2, 6):
        browser.press("o")
        assert opened() == f"#record-{line}"
    browser.press("j")  # the next sample of the list, not its beginning
    assert opened() == "#record-4"
    browser.find(".others li:nth-child(2) .opener").click()
    assert opened() == "#record-12"
    assert browser.run("document.activeElement.id") == "record-title"
    browser.press("k")
    assert opened() == "#record-2"
    browser.find("#search").send_keys("o")
    assert opened() == "#record-2"


def test_the_table_sorts_and_its_notes_move_with_their_job(browser: Chromium, page: Path) -> None:
    browser.open(page)
    assert "one more space" in browser.texts(".compared tbody tr")[2]
    head = browser.find(".compared thead th .sort")
    head.click()
    assert [text.split("\n")[0] for text in browser.texts(".compared tbody th")] == [
        *("echo · m", "echo · n", "kit · m", "scope · m"),
    ]
    assert "one more space" in browser.texts(".compared tbody tr")[3]


def test_intervals_stand_on_one_scale(browser: Chromium, page: Path) -> None:
    browser.open(page)
    boxes = browser.run(
        """[...document.querySelectorAll(".compared .chart .axis")].map((one) => {
        const box = one.getBoundingClientRect();
        return [Math.round(box.left), Math.round(box.width)];
        })"""
    )
    assert len(boxes) == 4
    assert all(one == other for one, other in pairwise(boxes))


def test_hostile_names_are_text_and_nothing_runs(browser: Chromium, tmp_path: Path) -> None:
    browser.open(html_pages.write(tmp_path / "run", several_jobs.hostile()), "#record-1")
    for line in range(1, 2 * len(html_pages.HOSTILE) + 3):
        browser.run(f"document.querySelector(\".item[data-line='{line}']\").click()")
        assert browser.find(".others .opener").text.startswith(("one <script>", "other <script>"))
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelectorAll('img[onerror], svg[onload]').length") == 0
    browser.find(".alike button").click()
    browser.wait(lambda: browser.ids() == [f"s{len(html_pages.HOSTILE)}"])


def test_five_jobs_of_two_thousand_samples_open_within_two_seconds(
    browser: Chromium, big: Path
) -> None:
    browser.open(big)
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    browser.wait(lambda: browser.run(paint))
    browser.wait(lambda: len(browser.ids()) == 50)
    ready = browser.run("performance.timing.domComplete - performance.timing.navigationStart")
    print(
        f"\n{big.stat().st_size} bytes: first paint {browser.run(paint):.0f} ms, ready {ready} ms"
    )
    assert browser.run(paint) < 2000
    browser.find(".alike button[data-value='3-4']").click()
    browser.wait(lambda: browser.find("#page-at").text == "1–50 of 286")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window_and_text_has_contrast(
    browser: Chromium, page: Path, width: int, scheme: str
) -> None:
    metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 800}
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.emulate(setDeviceMetricsOverride=metrics, setEmulatedMedia=media)
    browser.open(page, "#record-2")
    assert browser.run("document.documentElement.scrollWidth") <= width
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    for css in (".notes", ".compared .bad", ".alike .link", ".others .opener", ".others .tagged"):
        ink = browser.run(f"getComputedStyle(document.querySelector({css!r})).color")
        assert contrast(colour(ink), colour(paper)) >= 4.5, css
    box = "document.querySelector('.compared').parentElement"
    assert browser.run(f"{box}.scrollWidth <= {box}.clientWidth") is (width == 1280)
    assert browser.run("document.querySelector('.alike tbody th').offsetHeight") < 60
    first = browser.run(
        "document.querySelector('.compared tbody td').getBoundingClientRect().right"
    )
    assert first <= width  # the headline is seen without scrolling
    if width == 390:
        browser.find(".others .opener").click()
        assert browser.run("location.hash") == "#record-6"
        assert browser.find("#record").is_displayed()
