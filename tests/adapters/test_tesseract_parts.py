"""The engine around a program that is written here in the place of tesseract: none is needed."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from PIL import Image

from bench.adapter import load_adapter
from tests.adapters.ocr_process import (
    ROOT,
    Server,
    awaited,
    drawn,
    refusal,
    saved,
    started,
    stopped,
)
from tests.runs import await_true

FOLDER = ROOT / "adapters/engines/tesseract"
SAYS = """#!/bin/sh
case "$1" in
--version) printf 'tesseract 5.9.1\\n leptonica-1.85.0\\n  libgif 5.2.1\\n' ;;
--list-langs) printf 'List of available languages in "%s" (2):\\neng\\nosd\\nrus\\n' "$DATA" ;;
*) printf '%s ' "$OMP_THREAD_LIMIT" "$@"; head -c 2; PAGE ;;
esac
"""


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tesseract_serve", FOLDER / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


serve = _load()


def program(folder: Path, page: str = "cat > /dev/null") -> dict[str, str]:
    """Variables with which `page`, a line of shell, is what tesseract does to a page."""
    path = folder / "bin" / "tesseract"
    path.parent.mkdir()
    path.write_text(SAYS.replace("PAGE", page))
    path.chmod(0o755)
    for name in ("eng", "osd", "rus"):
        (folder / "bin" / f"{name}.traineddata").write_text(name)
    return {"PATH": f"{path.parent}{os.pathsep}{os.environ['PATH']}", "DATA": str(path.parent)}


def launched(folder: Path, arguments: dict[str, Any], **variables: str) -> Any:
    return started("tesseract", sys.executable, folder, arguments, **variables)


def test_the_manifest_names_every_argument() -> None:
    assert set(load_adapter(FOLDER / "adapter.toml").arguments) == set(serve.DEFAULTS)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ({}, "-l eng --psm 3 --oem 3"),
        ({"lang": "rus+eng", "psm": 6, "oem": 1}, "-l rus+eng --psm 6 --oem 1"),
        ({"lang": "script/Hangul", "dpi": 300}, "-l script/Hangul --psm 3 --oem 3 --dpi 300"),
    ],
)
def test_the_command_line_is_made_of_settings_alone(
    arguments: dict[str, Any], options: str
) -> None:
    argv = serve.command("tesseract", serve.settings(arguments))
    assert argv == ["tesseract", "stdin", "stdout", *options.split(), "-c", "page_separator="]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"language": "rus"}, "unknown arguments ['language']"),
        ({"lang": "--help"}, "lang must be"),
        ({"lang": "../../etc/passwd"}, "lang must be"),
        ({"lang": "eng+"}, "lang must be"),
        ({"lang": "eng\n"}, "lang must be"),
        ({"lang": None}, "lang must be"),
        ({"psm": 0}, "psm must be an integer, one of 1, 3, 4"),
        ({"psm": True}, "psm must be"),
        ({"psm": "6"}, "psm must be"),
        ({"oem": 4}, "oem must be an integer, one of 0 to 3"),
        ({"dpi": 0}, "dpi must be an integer, one of 70 to 2400"),
        ({"threads": 0}, "threads must be an integer of at least 1"),
        ({"page_threads": 0}, "page_threads must be an integer of at least 1"),
        ({"timeout_s": 0}, "timeout_s must be"),
        ({"timeout_s": float("nan")}, "timeout_s must be"),
    ],
)
def test_an_impossible_setting_is_refused(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        serve.settings(arguments)


def test_missing_languages_are_named_with_their_packages() -> None:
    serve.check_languages(["rus", "eng"], "data", ["eng", "osd", "rus"])
    with pytest.raises(serve.Absent) as caught:
        serve.check_languages(["kor", "eng", "chi_sim"], "data", ["eng", "osd"])
    assert str(caught.value) == (
        "tesseract has no kor, chi_sim in data, only eng, osd: "
        "apt-get install tesseract-ocr-kor tesseract-ocr-chi-sim"
    )


@pytest.mark.parametrize(("psm", "languages"), [(6, ["rus"]), (1, ["rus", "osd"])])
def test_a_mode_that_turns_pages_needs_osd(psm: int, languages: list[str]) -> None:
    assert serve.wanted(serve.settings({"lang": "rus", "psm": psm})) == languages


def test_without_the_program_it_does_not_start(tmp_path: Path) -> None:
    error = refusal(launched(tmp_path, {}, PATH=str(tmp_path)), tmp_path)
    assert error["type"] == "Absent"
    assert error["message"].endswith("is not on PATH: apt-get install tesseract-ocr")


def test_without_the_language_it_does_not_start(tmp_path: Path) -> None:
    error = refusal(launched(tmp_path, {"lang": "eng+kor"}, **program(tmp_path)), tmp_path)
    assert error["message"].startswith("tesseract has no kor in ")
    assert error["message"].endswith("only eng, osd, rus: apt-get install tesseract-ocr-kor")


def test_a_program_that_cannot_read_does_not_start(tmp_path: Path) -> None:
    variables = program(tmp_path, "echo 'legacy engine requested' >&2; exit 1")
    error = refusal(launched(tmp_path, {"oem": 0}, **variables), tmp_path)
    assert error["message"].startswith("tesseract ended with 1: legacy engine requested")


def test_ready_says_the_versions_of_program_and_languages(tmp_path: Path) -> None:
    server = awaited(launched(tmp_path, {"lang": "rus", "psm": 1}, **program(tmp_path)), tmp_path)
    assert json.loads((tmp_path / "ready.json").read_text())["versions"] == {
        "tesseract": "5.9.1",
        "leptonica": "1.85.0",
        "rus.traineddata": digest("rus"),
        "osd.traineddata": digest("osd"),
    }
    assert stopped(server) == 0
    assert json.loads((tmp_path / "result.json").read_text())["status"] == "ok"


def digest(content: str) -> str:
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its tesseract says its arguments and the first bytes of the page that it got."""
    folder = tmp_path_factory.mktemp("engine")
    arguments = {"page_threads": 3, "threads": 2}
    process = launched(folder, arguments, **program(folder))
    try:
        yield awaited(process, folder)
    finally:
        process.kill()
        process.wait()


SAID = "3 stdin stdout -l eng --psm 3 --oem 3 -c page_separator= P6"


def test_a_page_goes_in_as_pixels_and_nothing_of_the_request_as_an_argument(
    server: Server,
) -> None:
    reply = server.chat(saved(drawn("PAGE"), "JPEG"), temperature=0, max_tokens=1, lang="kor")
    assert (reply.status, reply.text) == (200, SAID)
    assert "usage" not in reply.json
    two = server.chat(saved(drawn("ONE")), saved(drawn("TWO")))
    assert two.text == f"{SAID}\n\n{SAID}"
    assert two.headers["X-Bench-Cache"] == "miss"
    assert server.chat(saved(drawn("TWO"))).headers["X-Bench-Cache"] == "hit"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"/etc/hostname\n", "invalid_image", "the image cannot be decoded"),
        (saved(drawn("CUT"))[:400], "invalid_image", "the image cannot be decoded"),
        (saved(Image.new("1", (32_767, 1))), "image_too_large", "32767 x 1 pixels; at most"),
    ],
)
def test_what_is_no_page_never_reaches_the_program(
    server: Server, content: bytes, code: str, says: str
) -> None:
    reply = server.chat(saved(drawn("WHOLE")), content)
    assert (reply.status, reply.error["code"]) == (400, code)
    assert reply.error["message"].startswith(f"image 2 of 2: {says}")


def test_the_served_model_is_named(server: Server) -> None:
    (model,) = server.send("GET", "/v1/models").json["data"]
    assert (model["id"], model["owned_by"]) == ("tesseract", "tesseract")
    assert server.send("GET", "/health").json == {"status": "ok"}
    assert server.chat(saved(drawn("X")), model="other").error["code"] == "model_not_found"


def slow(folder: Path) -> dict[str, str]:
    """A tesseract that reads its first page, the engine's own, and hangs over the next."""
    first = folder / "bin" / "first"
    return program(folder, f"[ -e {first} ] && exec sleep 300; touch {first}; cat > /dev/null")


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    server = awaited(launched(tmp_path, {"timeout_s": 0.3}, **slow(tmp_path)), tmp_path)
    reply = server.chat(saved(drawn("PAGE")))
    assert (reply.status, reply.error["code"]) == (504, "page_timeout")
    assert reply.error["type"] == "server_error"
    assert "given up after 0.3 s" in reply.error["message"]
    assert psutil.Process(server.process.pid).children() == []
    assert stopped(server) == 0


def test_the_end_of_the_engine_ends_a_page_in_work(tmp_path: Path) -> None:
    server = awaited(launched(tmp_path, {}, **slow(tmp_path)), tmp_path)
    engine = psutil.Process(server.process.pid)
    asking = threading.Thread(target=lambda: suppressed(server), daemon=True)
    asking.start()
    await_true(engine.children)
    (page,) = engine.children()
    assert stopped(server) == 0
    await_true(lambda: not alive(page))
    asking.join(10)


def test_a_parent_that_is_killed_takes_engine_and_page_along(tmp_path: Path) -> None:
    """The parent is a process that does nothing but start the engine and say its id."""
    parent = [sys.executable, "-c", PARENT, sys.executable, str(tmp_path)]
    variables = slow(tmp_path) | {"BENCH_JOB": f"test-{tmp_path}"}
    with subprocess.Popen(
        parent, cwd=ROOT, env=os.environ | variables, stdout=subprocess.PIPE
    ) as core:
        assert core.stdout is not None
        engine = psutil.Process(int(core.stdout.readline()))
        await_true((tmp_path / "ready.json").exists)
        port = json.loads((tmp_path / "ready.json").read_text())["port"]
        server = Server("tesseract", core, tmp_path, port)
        asking = threading.Thread(target=lambda: suppressed(server), daemon=True)
        asking.start()
        await_true(engine.children)
        family = [engine, *engine.children()]
        core.kill()
        await_true(lambda: not any(alive(one) for one in family))
        asking.join(10)


PARENT = """
import sys, time
from pathlib import Path
from tests.adapters.ocr_process import started
print(started("tesseract", sys.argv[1], Path(sys.argv[2]), {}).pid, flush=True)
time.sleep(300)
"""


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def suppressed(server: Server) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        server.chat(saved(drawn("PAGE")))
