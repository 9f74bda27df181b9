from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import jsonl, store
from bench import report as reports
from bench.report.images import INLINE_AT_MOST, Images, Missing, gallery, thumbnail
from tests.report import html_pages


def rows_of(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="rows">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_few_images_are_inlined_small_and_upright(tmp_path: Path) -> None:
    html_pages.with_images(tmp_path, {"s0-total": "a.png", "s1-date": "b.png"})
    page = rows_of(html_pages.write(tmp_path, html_pages.small()))
    assert len(page["pictures"]) == 2
    src, width, height = page["pictures"][0]
    assert (width, height) == (800, 1600)
    content = base64.b64decode(src.removeprefix("data:image/jpeg;base64,"))
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (800, 1600)
    assert not (tmp_path / "report_images").exists()
    assert [row[20] for row in page["rows"]] == [[], [0], [1], [], [], []]


def test_images_beside_are_named_by_hash_and_old_ones_go(tmp_path: Path) -> None:
    names = {"s0-total": "<script>alert(1)<&.png", "s1-date": "\u202egnp.exe\"'.png"}
    html_pages.with_images(tmp_path, names)
    place = tmp_path / "report_images"
    place.mkdir()
    (place / f"{'0' * 32}.jpg").write_bytes(b"of an earlier page")
    (place / "mine.txt").write_text("a person's own file")
    page = html_pages.write(tmp_path, html_pages.small(), "beside")
    sources = [src for src, _, _ in rows_of(page)["pictures"]]
    assert all(re.fullmatch(r"report_images/[0-9a-f]{32}\.jpg", src) for src in sources)
    assert {path.name for path in place.iterdir()} == {
        "mine.txt",
        *(Path(src).name for src in sources),
    }
    text = page.read_text(encoding="utf-8")
    assert "gnp.exe" not in text
    assert "alert(1)" not in text


def test_none_makes_no_copy_and_says_how_to_get_them(tmp_path: Path) -> None:
    html_pages.with_images(tmp_path, {"s0-total": "a.png"})
    page = rows_of(html_pages.write(tmp_path, html_pages.small(), "none"))
    assert page["pictures"] == []
    assert "--images beside" in page["words"][-2 - page["rows"][1][20][0]]


@pytest.mark.parametrize(("pages", "mode"), [(INLINE_AT_MOST, "inline"), (41, "beside")])
def test_auto_inlines_up_to_40_pages(tmp_path: Path, pages: int, mode: Images) -> None:
    sources = {}
    for number in range(pages):
        path = tmp_path / f"{number}.png"
        Image.new("L", (4, 4), number).save(path)
        sources["job", str(number)] = [path]
    assert gallery(tmp_path, sources, "auto").mode == mode


def test_one_page_of_many_records_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (4, 4)).save(path)
    made = gallery(tmp_path, {("job", "1"): [path], ("job", "2"): [path, path]}, "inline")
    assert len(made.pictures) == 1
    assert made.of["job", "2"] == (0, 0)


def test_what_is_gone_or_is_no_image_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    cut = io.BytesIO()
    Image.effect_noise((99, 99), 50).save(cut, "PNG")
    (tmp_path / "cut.png").write_bytes(cut.getvalue()[:2000])
    names = ("gone.png", "text.png", "cut.png", "x" * 5000, "nul\0.png")
    sources = {("job", name): [tmp_path / name] for name in names}
    made = gallery(tmp_path, sources, "inline")
    whys = [one for name in names for one in made.of["job", name]]
    assert all(isinstance(one, Missing) for one in whys)
    assert [str(one).count("not there any more") for one in whys] == [1, 0, 0, 1, 1]


def test_a_page_that_moved_is_taken_from_the_gateways_record(tmp_path: Path) -> None:
    html_pages.with_images(tmp_path, {"s0-total": "a.png"})
    digest = "ab" * 32
    (tmp_path / "gateway" / "images").mkdir(parents=True)
    (tmp_path / "a.png").rename(tmp_path / "gateway" / "images" / f"{digest}.png")
    image = {"type": "image_url", "image_url": {"sha256": digest, "media_type": "image/png"}}
    unknown = ("served_model", "http_status", "error", "text", "finish_reason")
    request: dict[str, Any] = dict.fromkeys((*unknown, "usage", "response", "ttft_s", "latency_s"))
    request |= {"id": "1", "job": html_pages.JOB, "sample": "s0-total", "model": "m", "path": "/"}
    request |= {"started_at": "", "status": "ok", "parameters": {}, "attempts": [], "queue_s": 0}
    request["messages"] = [{"role": "user", "content": [image, {"type": "text", "text": "?"}]}]
    jsonl.write(tmp_path / "gateway" / "requests.jsonl", [request])
    page = rows_of(html_pages.write(tmp_path, html_pages.small(), "beside"))
    assert len(page["pictures"]) == 1


def test_a_broken_items_file_costs_the_images_only(tmp_path: Path) -> None:
    html_pages.with_images(tmp_path, {"s0-total": "a.png"})
    (tmp_path / "jobs" / html_pages.JOB / "items.jsonl").write_bytes(b"{broken\n")
    assert len(rows_of(html_pages.write(tmp_path, html_pages.small()))["rows"]) == 6


def test_transparency_is_white_and_a_turned_photo_upright() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(clear, "PNG")
    with Image.open(io.BytesIO(thumbnail(clear.getvalue())[0])) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    Image.new("RGB", (40, 20)).save(turned, "JPEG", exif=exif)
    assert thumbnail(turned.getvalue())[1:] == (20, 40)


def test_the_command_writes_the_page_and_prints_its_path(tmp_path: Path) -> None:
    report, records = html_pages.small()
    html_pages.with_images(tmp_path, {"s0-total": "a.png"})
    store.write_report(tmp_path, report, records)
    command = ["report", str(tmp_path), "--format", "html", "--images", "beside"]
    said = subprocess.run(
        [sys.executable, "-m", "bench", *command], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{tmp_path / 'report.html'}\n"
    assert len(list((tmp_path / "report_images").iterdir())) == 1


def test_every_run_writes_the_page(tmp_path: Path) -> None:
    reports.write_files(tmp_path, *html_pages.small())
    assert len(rows_of(tmp_path / "report.html")["rows"]) == 6
