"""The engine as a real process, asked over HTTP with pages drawn here."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.adapters.ocr_process import (
    Server,
    awaited,
    data_url,
    drawn,
    refusal,
    saved,
    started,
    stopped,
    url_part,
)

pytestmark = pytest.mark.harness

EXIF_ORIENTATION = 0x0112

# Writes down every look-up and connection that the engine's process makes.
WATCH = """
import os, sys
seen = open(os.environ["BENCH_TEST_SEEN"], "a", buffering=1)
print("watching", file=seen)
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        print(event, args[1:] if event == "socket.connect" else args, file=seen)
sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def server(rapidocr_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("engine")
    (folder / "watch").mkdir()
    (folder / "watch/sitecustomize.py").write_text(WATCH)
    seen = str(folder / "seen.txt")
    process = started(
        "rapidocr",
        rapidocr_python,
        folder,
        {"threads": 2},
        folder / "watch",
        BENCH_TEST_SEEN=seen,
    )
    try:
        yield awaited(process, folder)
    finally:
        process.kill()
        process.wait()


def test_ready_names_the_versions_and_models(server: Server) -> None:
    ready = json.loads((server.folder / "ready.json").read_text())
    assert ready["protocol"] == 1
    assert set(ready["versions"]) == {"rapidocr", "onnxruntime", "models"}
    assert any(name.endswith("rec_small.onnx") for name in ready["versions"]["models"])


def test_health_and_models(server: Server) -> None:
    assert server.send("GET", "/health").json == {"status": "ok"}
    assert [model["id"] for model in server.send("GET", "/v1/models").json["data"]] == ["rapidocr"]


def test_a_page_is_read_row_by_row_and_then_known(server: Server) -> None:
    page = saved(drawn("INVOICE 2041", "Total 17.35"))
    first = server.chat(page, temperature=0, seed=1, unheard_of=True, max_tokens=1)
    assert first.status == 200
    assert first.text == "INVOICE 2041\nTotal 17.35"
    assert first.json["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in first.json
    assert first.headers["X-Bench-Cache"] == "miss"
    second = server.chat(page)
    assert (second.text, second.headers["X-Bench-Cache"]) == (first.text, "hit")


def test_images_of_the_last_user_message_are_joined_in_order(server: Server) -> None:
    parts = [url_part(data_url(saved(drawn(word)))) for word in ("FIRST", "SECOND", "EARLIER")]
    messages = [
        {"role": "user", "content": parts[2:]},
        {"role": "assistant", "content": "EARLIER"},
        {"role": "user", "content": [{"type": "text", "text": "Read."}, *parts[:2]]},
    ]
    body = json.dumps({"model": "rapidocr", "messages": messages}).encode()
    assert server.send("POST", "/v1/chat/completions", body).text == "FIRST\n\nSECOND"


def test_an_empty_page_is_an_answer_without_text(server: Server) -> None:
    reply = server.chat(saved(Image.new("RGB", (300, 300), "white")))
    assert (reply.status, reply.text) == (200, "")


def test_stream(server: Server) -> None:
    reply = server.chat(saved(drawn("STREAMED")), stream=True)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    *events, last = [line[6:] for line in reply.body.decode().split("\n\n") if line]
    assert last == "[DONE]"
    choices = [json.loads(event)["choices"][0] for event in events]
    assert [choice["delta"] for choice in choices] == [
        {"role": "assistant"},
        {"content": "STREAMED"},
        {},
    ]
    assert [choice["finish_reason"] for choice in choices] == [None, None, "stop"]


def test_the_camera_s_orientation_is_honoured(server: Server) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # to be shown turned a quarter clockwise
    lying = drawn("UPRIGHT TEXT", "below it").transpose(Image.Transpose.ROTATE_90)
    assert server.chat(saved(lying, "JPEG", exif=exif)).text == "UPRIGHT TEXT\nbelow it"


def ink(page: Image.Image) -> Image.Image:
    """Black on nothing: the page's darkness becomes opacity."""
    clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
    clear.putalpha(page.convert("L").point(lambda level: 255 - level))
    return clear


def deep(page: Image.Image) -> Image.Image:
    """Dark on light grey in 16 bits; Pillow's own conversion would clip it all to white."""
    grey = page.convert("L")
    words = b"".join((10_000 + 180 * level).to_bytes(2, "little") for level in grey.tobytes())
    return Image.frombytes("I;16", grey.size, words)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("ink", "PNG"), ("deep", "PNG"), ("CMYK", "JPEG"), ("P", "GIF"), ("L", "TIFF"), ("1", "PNG")],
)
def test_every_kind_of_pixel_is_read(server: Server, mode: str, kind: str) -> None:
    page = drawn(f"PIXELS {kind}")
    made = {"ink": ink, "deep": deep}.get(mode, lambda image: image.convert(mode))(page)
    assert server.chat(saved(made, kind)).text == f"PIXELS {kind}"


def test_a_page_beyond_max_side_says_its_scale(server: Server) -> None:
    page = Image.new("RGB", (5120, 400), "white")
    page.paste(drawn("WIDE PAGE", size=100), (0, 0))
    reply = server.chat(saved(page))
    assert (reply.text, reply.headers["X-Bench-Scale"]) == ("WIDE PAGE", "0.800")
    assert "X-Bench-Scale" not in server.chat(saved(drawn("SMALL"))).headers


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("text only", "no_image", "no image"),
        ([{"type": "text", "text": "Read."}], "no_image", "no image"),
        ([url_part("https://example.org/a.png")], "remote_image", "only data: URLs"),
        ([url_part("data:image/png;base64,%%%")], "invalid_image_url", "not base64"),
        ([url_part(data_url(b"not an image"))], "invalid_image", "cannot be decoded"),
        ([url_part(data_url(saved(drawn("CUT"))[:400]))], "invalid_image", "cannot be decoded"),
        ([{"type": "video_url"}], "unsupported_content", "video_url"),
    ],
)
def test_what_cannot_be_read_is_refused(server: Server, content: Any, code: str, says: str) -> None:
    reply = server.say(content)
    assert (reply.status, reply.error["code"]) == (400, code)
    assert says in reply.error["message"]


def test_of_several_images_the_broken_one_is_named(server: Server) -> None:
    reply = server.chat(saved(drawn("WHOLE")), b"not an image")
    assert (reply.status, reply.error["code"]) == (400, "invalid_image")
    assert reply.error["message"].startswith("image 2 of 2: the image cannot be decoded")


def test_other_refusals(server: Server) -> None:
    page = saved(drawn("ONCE"))
    assert server.chat(page, n=2).error["code"] == "unsupported_n"
    assert server.chat(page, n=2).status == 400
    wrong = server.chat(page, model="another")
    assert (wrong.status, wrong.error["code"]) == (404, "model_not_found")
    broken = server.send("POST", "/v1/chat/completions", b"{")
    assert (broken.status, broken.error["code"]) == (400, "invalid_json")
    pages = saved(drawn("ONE"), "TIFF", save_all=True, append_images=[drawn("TWO")])
    assert server.chat(pages).error["code"] == "many_pages"
    assert server.send("GET", "/nowhere").error["code"] == "http_404"


def test_no_connection_is_made(server: Server) -> None:
    assert server.chat(saved(drawn("OFFLINE"))).text == "OFFLINE"
    seen = (server.folder / "seen.txt").read_text().splitlines()
    assert seen[0] == "watching"
    assert [line for line in seen[1:] if "127.0.0.1" not in line] == []


def test_sigterm_ends_it_well_and_a_cache_of_0_keeps_nothing(
    rapidocr_python: str, tmp_path: Path
) -> None:
    process = started("rapidocr", rapidocr_python, tmp_path, {"threads": 1, "cache": 0})
    server = awaited(process, tmp_path)
    page = saved(drawn("AGAIN"))
    assert [server.chat(page).headers["X-Bench-Cache"] for _ in range(2)] == ["miss", "miss"]
    assert stopped(server) == 0
    assert json.loads((tmp_path / "result.json").read_text())["status"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "says"), [({"thread": 1}, "unknown arguments"), ({"threads": 0}, "at least 1")]
)
def test_a_wrong_argument_is_an_error(
    rapidocr_python: str, tmp_path: Path, arguments: dict[str, Any], says: str
) -> None:
    process = started("rapidocr", rapidocr_python, tmp_path, arguments)
    assert says in refusal(process, tmp_path)["message"]


def test_a_missing_model_is_said_and_not_fetched(rapidocr_python: str, tmp_path: Path) -> None:
    where = (
        "import importlib.util as u; print(u.find_spec('rapidocr').submodule_search_locations[0])"
    )
    found = subprocess.run(
        [rapidocr_python, "-I", "-c", where], capture_output=True, text=True, check=True
    )
    (tmp_path / "lib/rapidocr").mkdir(parents=True)
    for entry in Path(found.stdout.strip()).iterdir():
        if entry.name not in ("models", "__pycache__"):
            (tmp_path / "lib/rapidocr" / entry.name).symlink_to(entry)
    error = refusal(started("rapidocr", rapidocr_python, tmp_path, {}, tmp_path / "lib"), tmp_path)
    assert error["type"] == "FileNotFoundError"
    assert "PP-OCRv6_det_small.onnx is missing" in error["message"]
