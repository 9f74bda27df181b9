"""The program tesseract behind the OpenAI chat API: a page's image in, its text out."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import threading

from bench_images import RequestError, decoded
from bench_ocr import Pages, engine_spec, page_of, serve_pages
from bench_ocr import settings as filled
from bench_protocol import main

DEFAULTS = {
    "lang": "eng",
    "psm": 3,
    "oem": 3,
    "dpi": None,
    "threads": None,
    "page_threads": 1,
    "timeout_s": 120,
    "cache": 256,
}
LEAST = {"threads": 1, "page_threads": 1, "cache": 0}
LANGUAGES = re.compile(r"\w+(/\w+)?(\+\w+(/\w+)?)*", re.ASCII)
TEXT_MODES = (1, *range(3, 14))  # 0 and 2 give no text
ORIENTATION_MODES = (1, 12)  # these read osd.traineddata as well
SIDE_LIMIT = 32_766  # pixels; tesseract refuses more


class Absent(Exception):  # noqa: N818  (the name is what is said)
    """The program or a language is not on this machine; the message says what to install."""


def settings(arguments):
    """The arguments with their defaults filled in; ValueError for an unknown or impossible one."""
    chosen = filled(arguments, DEFAULTS, LEAST)
    if not isinstance(chosen["lang"], str) or not LANGUAGES.fullmatch(chosen["lang"]):
        raise ValueError("lang must be names of languages joined by +, such as rus+eng")
    for name, allowed in (("psm", TEXT_MODES), ("oem", range(4)), ("dpi", range(70, 2401))):
        value = chosen[name]
        if value is None and DEFAULTS[name] is None:
            continue
        if type(value) is not int or value not in allowed:
            raise ValueError("%s must be an integer, one of %s" % (name, _said(allowed)))
    seconds = chosen["timeout_s"]
    if type(seconds) not in (int, float) or not 0 < seconds < float("inf"):
        raise ValueError("timeout_s must be a number of seconds above 0")
    return chosen


def _said(allowed):
    whole = list(range(allowed[0], allowed[-1] + 1)) == list(allowed)
    return "%d to %d" % (allowed[0], allowed[-1]) if whole else ", ".join(map(str, allowed))


def wanted(chosen):
    """The languages that the settings name, and osd where the mode finds the orientation."""
    return chosen["lang"].split("+") + ["osd"] * (chosen["psm"] in ORIENTATION_MODES)


def command(program, chosen):
    """The page comes through stdin: nothing of a request ever stands here."""
    argv = [program, "stdin", "stdout", "-l", chosen["lang"]]
    argv += ["--psm", str(chosen["psm"]), "--oem", str(chosen["oem"])]
    if chosen["dpi"] is not None:
        argv += ["--dpi", str(chosen["dpi"])]
    return [*argv, "-c", "page_separator="]


def found_program():
    program = shutil.which("tesseract")
    if program is None:
        raise Absent("the program tesseract is not on PATH: apt-get install tesseract-ocr")
    return program


def installed(program):
    """(folder of the language data, names of the languages in it)."""
    said = _output(program, "--list-langs")
    folder = re.search(r'(?m)^List of available languages in "(.*)"', said)
    if not folder:
        raise Absent("tesseract --list-langs names no folder: %r" % said[:300])
    return folder.group(1), said[folder.end() :].split("\n", 1)[-1].split()


def check_languages(names, folder, present):
    """Absent, with what to install, unless each of `names` is present."""
    missing = [name for name in names if name not in present]
    if missing:
        packages = ["tesseract-ocr-" + name.replace("_", "-").lower() for name in missing]
        raise Absent(
            "tesseract has no %s in %s, only %s: apt-get install %s"
            % (", ".join(missing), folder, ", ".join(present) or "nothing", " ".join(packages))
        )


def versions(program, folder, names):
    """Of the program, of the library that opens images, and of the data of each language."""
    said = _output(program, "--version")
    found = dict(re.findall(r"(?m)^ *(tesseract|leptonica)[ -]v?(\S+)", said))
    for name in names:
        with open(os.path.join(folder, name + ".traineddata"), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        found[name + ".traineddata"] = "sha256:" + digest[:16]
    return found


def _output(program, option):
    # Older releases say it on stderr.
    done = subprocess.run(
        [program, option], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
    )
    return done.stdout.decode("utf-8", "replace")


class Reader:
    """An image's bytes to its text, by one process a page; safe to call from many threads."""

    def __init__(self, argv, page_threads, timeout_s):
        self._argv, self._timeout_s = argv, timeout_s
        self._environment = dict(os.environ, OMP_THREAD_LIMIT=str(page_threads))
        self._lock, self._running, self._closed = threading.Lock(), set(), False

    def read(self, content):
        """(the page's text, 1.0: it is never scaled); may raise RequestError."""
        page = decoded(content)
        if max(page.size) > SIDE_LIMIT:
            said = "%d x %d pixels; at most %d a side" % (*page.size, SIDE_LIMIT)
            raise RequestError("image_too_large", said)
        # Pixels only, never the bytes of the request: tesseract takes what is no image for a list
        # of files, and opens them.
        file = io.BytesIO()
        page.save(file, "PPM")
        return self._text(file.getvalue()), 1.0

    def _text(self, pixels):
        with self._started() as process:
            try:
                text, said = process.communicate(pixels, timeout=self._timeout_s)
            except subprocess.TimeoutExpired:
                said = "tesseract was given up after %g s (timeout_s)" % self._timeout_s
                raise RequestError("page_timeout", said, status=504) from None
            finally:
                process.kill()
                with self._lock:
                    self._running.discard(process)
        if process.returncode != 0:
            lines = " / ".join(said.decode("utf-8", "replace").split("\n"))
            raise RuntimeError("tesseract ended with %d: %s" % (process.returncode, lines[:1000]))
        return text.decode("utf-8", "replace").strip()

    def _started(self):
        with self._lock:
            if self._closed:
                raise RuntimeError("the engine is ending")
            process = subprocess.Popen(
                self._argv,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self._running.add(process)
            return process

    def close(self):
        """Kill what still reads, and start no more."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()


def serve(folder):
    chosen = settings(engine_spec(folder).get("arguments") or {})
    program = found_program()
    place, present = installed(program)
    check_languages(wanted(chosen), place, present)
    reader = Reader(command(program, chosen), chosen["page_threads"], chosen["timeout_s"])
    reader.read(page_of("2041"))  # a language without data for this oem fails here
    pages = Pages(reader.read, chosen["threads"], chosen["cache"])
    serve_pages(folder, pages, versions(program, place, wanted(chosen)))
    reader.close()


def describe():
    program = found_program()
    return {"versions": versions(program, *installed(program))}


if __name__ == "__main__":
    main(describe=describe, serve=serve)
