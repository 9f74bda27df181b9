"""The contact sheet: what a browser gets to see, and what it does not run."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from bench.contact_sheet import SIZE, contact_sheet
from bench.task import document_tasks
from tests.cli.said import Cli

MakeTask = Callable[..., Path]


class Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.images: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.images += [str(value) for key, value in attrs if (tag, key) == ("img", "src")]
        assert not [key for key, _ in attrs if key.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_shows_ids_types_references_and_small_images(make_task: MakeTask) -> None:
    place = make_task([{"doc_type": "receipt", "references": ["TOTAL 4.20"]}, {"references": []}])
    Image.new("RGB", (3000, 2000), (10, 120, 10)).save(place / "images" / "a.png")
    seen = Seen(contact_sheet(document_tasks(str(place))))
    for text in ("tiny:m", "s0", "receipt", "TOTAL 4.20", "s1", "no reference: unscored"):
        assert text in seen.text
    assert "2 of 2 samples" in seen.text
    assert len(seen.images) == 2
    data = base64.b64decode(seen.images[0].removeprefix("data:image/jpeg;base64,"))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (SIZE[0], round(SIZE[0] * 2 / 3))


def test_only_the_first_samples_are_shown(make_task: MakeTask) -> None:
    page = contact_sheet(document_tasks(str(make_task([{}] * 5))), count=2)
    assert len(Seen(page).images) == 2
    assert "2 of 5 samples" in page


def test_hostile_text_stays_text(make_task: MakeTask) -> None:
    text = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\"'&"
    row = {"id": text, "references": [text], "doc_type": text, "tags": [text], "language": text}
    seen = Seen(contact_sheet(document_tasks(str(make_task([row], prompt=text)))))
    assert "script" not in seen.tags
    assert seen.tags.count("img") == 1
    assert seen.text.count(text) >= 5


def test_nothing_is_loaded_from_elsewhere(make_task: MakeTask) -> None:
    page = contact_sheet(document_tasks(str(make_task([{}]))))
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|url\(|@import", page)


def test_a_long_reference_and_a_lone_surrogate_can_be_written(
    make_task: MakeTask, tmp_path: Path
) -> None:
    page = contact_sheet(document_tasks(str(make_task([{"references": ["\ud800" + "x" * 10**6]}]))))
    (tmp_path / "sheet.html").write_text(page, encoding="utf-8")
    assert len(page) < 10_000


def test_a_broken_image_is_said_and_the_rest_is_shown(make_task: MakeTask) -> None:
    place = make_task([{}, {"images": ["images/b.png"]}])
    (place / "images" / "b.png").write_bytes(b"no image")
    seen = Seen(contact_sheet(document_tasks(str(place))))
    assert len(seen.images) == 1
    assert "cannot be shown" in seen.text


def test_show_writes_it(
    make_task: MakeTask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli, place, sheet = Cli(monkeypatch, capsys), str(make_task([{}])), tmp_path / "s.html"
    said = cli("task", "show", place, "--sheet", str(sheet))
    assert said.code == 0
    assert "tiny:m" in said.out
    assert f"sheet: {sheet}" in said.out
    assert Seen(sheet.read_text()).images
    assert cli("task", "show", place, "--sheet", str(tmp_path / "s.png")).code == 2
    assert cli("task", "show", place, "--sheet", str(tmp_path / "none" / "s.html")).code == 2
