"""A model of a few lines. What it answers follows from what it sees, so every effect is known.

The endpoint on loopback and the sums by hand (causes_sums.py) both ask `answer`: the first with
what came over the wire, the second with what a protocol says. Neither knows anything of bench.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import random
import re
import string
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Literal

from PIL import Image

SAMPLES = 40
Picture = Literal["drawn", "packed", "coarse", "small"]
FORMS: tuple[Picture, ...] = ("drawn", "packed", "coarse", "small")


@dataclass(frozen=True)
class Seen:
    """What one request shows. `moved`: another model stands behind the same name. `luck`: a number
    that no request shows; 0 for a model that answers the same every time. `minds`: it minds how a
    file is packed.
    """

    prompt: str = "Answer in one line."
    system: str = "You read scans."
    picture: Picture = "drawn"
    temperature: float = 0
    max_tokens: int = 64
    served: str = "reader"
    moved: bool = False
    luck: int = 0
    minds: bool = False


@cache
def truth(number: int) -> str:
    """10 to 18 small letters: the samples are not equally long."""
    return "".join(random.Random(number).choices(string.ascii_lowercase, k=10 + number % 9))


def answer(number: int, seen: Seen) -> str:
    """Each thing that it minds spoils letters of its own, on samples of its own."""
    letters = list(truth(number))
    _spoil(letters, 0, 2, when="No comments" in seen.prompt and number % 3 == 0)
    _spoil(letters, 2, 3, when="receipts" in seen.system and number % 4 == 1)
    _spoil(letters, 3, 5, when=seen.picture in ("coarse", "small") and number % 5 == 2)
    _spoil(letters, 5, 6, when=seen.picture == "small" and number % 2 == 0)
    _spoil(letters, 6, 7, when=seen.temperature > 0 and number % 6 == 5)
    _spoil(letters, 7, 9, when=seen.moved and number % 8 == 0)
    _spoil(letters, 9, 10, when=seen.minds and seen.picture == "packed" and number % 10 == 9)
    luck = random.Random(f"{seen.luck} {number}")
    _spoil(letters, 0, 5, when=bool(seen.luck) and luck.random() < 0.3)
    if number % 7 == 3 and "No comments" not in seen.prompt:
        letters.append("7")  # which the longer prompt cures
    said = "".join(letters)
    if seen.served == "guesser" and number % 3 == 1:
        said = "zzz"
    if number % 6 == 1:
        said = said.upper()
    if "JSON" in seen.prompt:
        said = json.dumps(fields(said))
        said = f"```json\n{said}\n```" if number % 4 == 0 else said
    elif number % 4 == 0:
        said = f"Answer: {said}"
    return said[: seen.max_tokens]


def fields(word: str) -> dict[str, str]:
    """What is asked for where an object is: the word, and its end."""
    return {"word": word, "end": word[-3:]}


def _spoil(letters: list[str], start: int, end: int, *, when: bool) -> None:
    if when:
        letters[start:end] = "0" * (end - start)


@cache
def image(number: int, form: Picture) -> bytes:
    """A picture of noise of its own for each sample: as it was drawn, packed otherwise without
    loss, coded with loss, or scaled down.
    """
    drawn = Image.frombytes("RGB", (24, 24), random.Random(number).randbytes(24 * 24 * 3))
    drawn = drawn.resize((48, 48))
    file = BytesIO()
    if form == "coarse":
        drawn.save(file, "JPEG", quality=60)
    elif form == "small":
        drawn.resize((24, 24)).save(file, "PNG")
    else:
        drawn.save(file, "PNG", compress_level=6 if form == "drawn" else 0)
    return file.getvalue()


@cache
def _known() -> dict[str, tuple[int, Picture]]:
    """What is on an image, by the sha256 of its bytes."""
    return {
        hashlib.sha256(image(number, form)).hexdigest(): (number, form)
        for form in FORMS
        for number in range(SAMPLES)
    }


@dataclass(frozen=True)
class Temper:
    """How the endpoint behaves. `refused`: the samples that get a 500 each time, `stumbles`: those
    that get one the first time. `late`: delays of up to so many seconds, by the seed `lateness`.
    """

    moved: bool = False
    luck: int = 0
    minds: bool = False
    refused: frozenset[int] = frozenset()
    stumbles: frozenset[int] = frozenset()
    late: float = 0.0
    lateness: int = 0


class _Model:
    def __init__(self, temper: Temper) -> None:
        self.temper, self.asked, self.lock = temper, Counter[int](), threading.Lock()

    def answered(self, body: dict[str, Any]) -> str | None:
        """None: a 500."""
        number, seen = self._seen(body)
        with self.lock:
            self.asked[number] += 1
            first = self.asked[number] == 1
        if self.temper.late:
            chance = random.Random(f"{self.temper.lateness} {number}")
            time.sleep(chance.random() * self.temper.late)
        if number in self.temper.refused or (first and number in self.temper.stumbles):
            return None
        return answer(number, seen)

    def _seen(self, body: dict[str, Any]) -> tuple[int, Seen]:
        system, parts = "", []
        for message in body["messages"]:
            if message["role"] == "system":
                system = message["content"]
            elif isinstance(message["content"], list):  # else: what is said about an answer
                parts = message["content"]
        (text,) = (part["text"] for part in parts if part["type"] == "text")
        (url,) = (part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        content = base64.b64decode(url.partition("base64,")[2])
        number, picture = _known()[hashlib.sha256(content).hexdigest()]
        asked = re.match(r"Question (\d+)\. (.*)", text, re.DOTALL)
        assert asked is not None
        assert int(asked[1]) == number, "the page of another sample"
        return number, Seen(
            prompt=asked[2],
            system=system,
            picture=picture,
            temperature=body["temperature"],
            max_tokens=body["max_tokens"],
            served=body["model"],
            moved=self.temper.moved,
            luck=self.temper.luck,
            minds=self.temper.minds,
        )


@contextlib.contextmanager
def served(temper: Temper) -> Iterator[str]:
    """The base_url under which the model answers."""
    model = _Model(temper)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = model.answered(body)
            value: dict[str, Any] = {"error": {"message": "scripted"}}
            if said is not None:
                name = "reader-2" if temper.moved else "reader-1"
                message = {"role": "assistant", "content": said}
                value = {
                    "model": name,
                    "choices": [{"message": message, "finish_reason": "stop"}],
                }
            content = json.dumps(value).encode()
            self.send_response(500 if said is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet: the gateway keeps the record."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
