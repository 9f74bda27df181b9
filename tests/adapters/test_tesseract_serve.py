"""The engine with the real program, asked over HTTP with pages drawn here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.adapters.ocr_process import (
    Server,
    awaited,
    drawn,
    refusal,
    saved,
    started,
    stopped,
)
from tests.adapters.tesseract_pages import need

pytestmark = pytest.mark.harness
EXIF_ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def server(tesseract_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    need("eng")
    folder = tmp_path_factory.mktemp("engine")
    process = started("tesseract", tesseract_python, folder, {"psm": 6, "threads": 2})
    try:
        yield awaited(process, folder)
    finally:
        process.kill()
        process.wait()


def test_pages_are_read_row_by_row_and_joined_in_order(server: Server) -> None:
    reply = server.chat(saved(drawn("INVOICE 2041", "Total 17.35")), saved(drawn("SECOND")))
    assert (reply.status, reply.text) == (200, "INVOICE 2041\nTotal 17.35\n\nSECOND")
    assert reply.json["choices"][0]["finish_reason"] == "stop"


def test_an_empty_page_is_an_answer_without_text(server: Server) -> None:
    for size in ((300, 300), (1, 1)):
        reply = server.chat(saved(Image.new("RGB", size, "white")))
        assert (reply.status, reply.text) == (200, "")


def test_stream(server: Server) -> None:
    reply = server.chat(saved(drawn("STREAMED")), stream=True)
    *events, last = [line[6:] for line in reply.body.decode().split("\n\n") if line]
    assert last == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    assert deltas == [{"role": "assistant"}, {"content": "STREAMED"}, {}]


def test_a_turned_photo_and_ink_on_nothing_are_read(server: Server) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # to be shown turned a quarter clockwise
    lying = drawn("UPRIGHT TEXT").transpose(Image.Transpose.ROTATE_90)
    assert server.chat(saved(lying, "JPEG", exif=exif)).text == "UPRIGHT TEXT"
    ink = Image.new("RGBA", (700, 120), (0, 0, 0, 0))
    ink.putalpha(drawn("ON NOTHING").convert("L").point(lambda level: 255 - level))
    assert server.chat(saved(ink)).text == "ON NOTHING"


def test_a_list_of_files_in_an_image_s_place_opens_none(server: Server, tmp_path: Path) -> None:
    """Given it through stdin, the program would open each file and read it."""
    drawn("SECRET").save(tmp_path / "secret.png")
    reply = server.chat(f"{tmp_path / 'secret.png'}\n".encode())
    assert (reply.status, reply.error["code"]) == (400, "invalid_image")
    assert "SECRET" not in reply.error["message"]


def test_pages_at_once_and_threads_of_a_page_change_no_text(
    server: Server, tesseract_python: Path, tmp_path: Path
) -> None:
    pages = [saved(drawn(f"Number {n}", f"Amount {n * 137}.50 EUR")) for n in range(1, 7)]
    with ThreadPoolExecutor(6) as pool:
        at_once = list(pool.map(lambda page: server.chat(page).text, pages))
    arguments = {"psm": 6, "threads": 1, "page_threads": 2, "cache": 0}
    alone = awaited(started("tesseract", tesseract_python, tmp_path, arguments), tmp_path)
    assert [alone.chat(page).text for page in pages] == at_once
    assert at_once[4] == "Number 5\nAmount 685.50 EUR"
    assert stopped(alone) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"lang": "eng+xyz"}, "apt-get install tesseract-ocr-xyz"),
        ({"psm": 2}, "psm must be"),
    ],
)
def test_what_cannot_start_says_why(
    tesseract_python: Path, tmp_path: Path, arguments: dict[str, Any], says: str
) -> None:
    need("eng")
    process = started("tesseract", tesseract_python, tmp_path, arguments)
    assert says in refusal(process, tmp_path)["message"]
