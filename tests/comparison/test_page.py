"""The page of bench compare, and the command line around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.said import Cli
from tests.comparison.made import METRIC, Row, graded, write_run
from tests.report.chromium import Chromium, needed
from tests.report.html_pages import HOSTILE

JOB = "echo--m--tiny-m"


def hostile(folder: Path) -> tuple[str, str]:
    """Two runs whose answers, ids and fields are what people try on a page; one page image."""
    sides: list[list[Row]] = [[], []]
    for number, text in enumerate(HOSTILE * 2):
        for side, score in enumerate((1.0, 0.0) if number % 2 else (0.25, 0.5)):
            sides[side].append(
                Row(
                    f"s{number} {text}",
                    f"d{number}",
                    {METRIC: score},
                    doc_type=text,
                    field="total",
                    references=(text,),
                    prediction=f"{side}{text}",
                    mistake="wrong_value" if side else None,
                )
            )
    names = [write_run(folder / name, rows) for name, rows in zip("ab", sides, strict=True)]
    Image.new("RGB", (40, 60), "teal").save(folder / "page.png")
    place = folder / "a" / "jobs" / JOB
    place.mkdir(parents=True)
    items = [
        {"id": row.id, "prompt": f"Read {row.id}", "images": [str(folder / "page.png")]}
        for row in sides[0]
    ]
    (place / "items.jsonl").write_text("".join(f"{json.dumps(item)}\n" for item in items))
    return names[0], names[1]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from bench.comparison import compare
    from bench.comparison.page import write_page

    folder = tmp_path_factory.mktemp("page")
    path = folder / "compared.html"
    write_page(path, compare(hostile(folder)))
    return path


def test_the_page_is_one_file_that_loads_nothing_and_runs_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!#|data:)', text)
    assert text.count("data:image/jpeg") == 1  # every flip shows the one page
    assert text.count('class="pic pic-0"') > 2
    assert "{{" not in text.replace("{{ 7 * 7 }}", "")
    assert "&lt;script&gt;window.ran=1" in text
    assert "\u202e" not in text


def test_the_page_is_the_same_for_the_same_runs(page: Path, tmp_path: Path, cli: Cli) -> None:
    again = tmp_path / "again.html"
    names = [str(page.parent / name) for name in "ab"]
    said = cli("compare", *names, "--html", str(again))
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(f"page: {again}\n")
    assert again.read_bytes() == page.read_bytes()


def test_the_terminal_and_json_say_the_same(page: Path, cli: Cli) -> None:
    names = [str(page.parent / name) for name in "ab"]
    plain, machine = cli("compare", *names), cli("compare", *names, "--json")
    (task,) = json.loads(machine.out)["tasks"]
    (pair,) = task["pairs"]
    whole = pair["metrics"][0]["whole"]
    assert f"{whole['difference']:+.4f}" in plain.out
    assert f"{whole['wins']} / {whole['losses']} / {whole['ties']}" in plain.out
    assert "\x1b" not in plain.out
    assert pair["pairing"]["pairs"] == 20


def test_what_cannot_be_compared_ends_with_two_lines(tmp_path: Path, cli: Cli) -> None:
    run = write_run(tmp_path / "a", graded([1.0] * 6))
    said = cli("compare", run, str(tmp_path / "b"))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {tmp_path / 'b'} is no folder of a run")
    said = cli("compare", run, run, "--html", str(tmp_path / "no" / "where.html"))
    assert said.code == 2
    assert "cannot be written" in said.err


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    started = Chromium(tmp_path_factory.mktemp("profile"))
    yield started
    started.driver.quit()


class TestInABrowser:
    pytestmark = [*needed, pytest.mark.thorough]

    @pytest.mark.parametrize("width", [390, 1280])
    def test_it_fits_shows_the_picture_and_asks_for_nothing(
        self, chromium: Chromium, page: Path, width: int
    ) -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        chromium.emulate(setDeviceMetricsOverride=metrics)
        chromium.open(page)
        assert chromium.run("document.documentElement.scrollWidth") <= width
        assert chromium.run("document.querySelector('.pic').getBoundingClientRect().height") > 50
        assert chromium.run("window.ran") is None
        assert chromium.complaints() == []
        asked = chromium.requests()
        assert asked
        assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
