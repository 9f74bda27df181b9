"""An OCR engine as a real process, and its answers over HTTP to pages drawn here."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[2]
SDK = ROOT / "adapters/_sdk"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        content: str = self.json["choices"][0]["message"]["content"]
        return content

    @property
    def error(self) -> dict[str, str]:
        error: dict[str, str] = self.json["error"]
        assert set(error) == {"message", "type", "code"}
        return error


@dataclass(frozen=True)
class Server:
    engine: str
    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def send(self, method: str, path: str, body: bytes | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def chat(self, *images: bytes, **parameters: Any) -> Reply:
        return self.say([url_part(data_url(image)) for image in images], **parameters)

    def say(self, content: Any, **parameters: Any) -> Reply:
        messages = [{"role": "user", "content": content}]
        body = {"model": self.engine, "messages": messages, **parameters}
        return self.send("POST", "/v1/chat/completions", json.dumps(body).encode())


def url_part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def drawn(*lines: str, size: int = 40) -> Image.Image:
    page = Image.new("RGB", (700, 40 + 2 * size * len(lines)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    for row, line in enumerate(lines):
        pen.text((30, 20 + 2 * size * row), line, fill="black", font=font)
    return page


def saved(page: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    page.save(file, kind, **options)
    return file.getvalue()


def started(
    engine: str,
    python: str | Path,
    folder: Path,
    arguments: dict[str, Any],
    *paths: Path,
    **variables: str,
) -> subprocess.Popen[bytes]:
    """`paths` come before the SDK on its Python path; `variables` stand over our environment's."""
    spec = {"protocol": 1, "engine": engine, "served_id": engine, "host": "127.0.0.1"}
    (folder / "engine.json").write_text(json.dumps(spec | {"arguments": arguments}))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*paths, SDK])),
        "PYTHONSAFEPATH": "1",
        **variables,
    }
    script = ROOT / "adapters/engines" / engine / "serve.py"
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [python, str(script), "serve", str(folder)], env=environment, stdout=log, stderr=log
        )


def awaited(process: subprocess.Popen[bytes], folder: Path) -> Server:
    ready = folder / "ready.json"
    until = time.monotonic() + 120
    while not ready.exists():
        assert process.poll() is None, (folder / "log.txt").read_text()
        assert time.monotonic() < until, (folder / "log.txt").read_text()
        time.sleep(0.05)
    engine = json.loads((folder / "engine.json").read_text())["served_id"]
    return Server(engine, process, folder, json.loads(ready.read_text())["port"])


def refusal(process: subprocess.Popen[bytes], folder: Path) -> dict[str, str]:
    """The error of an engine that does not start."""
    assert process.wait(60) == 1
    assert not (folder / "ready.json").exists()
    error: dict[str, str] = json.loads((folder / "result.json").read_text())["error"]
    return error


def stopped(server: Server) -> int:
    server.process.send_signal(signal.SIGTERM)
    try:
        return server.process.wait(30)
    finally:
        server.process.kill()
