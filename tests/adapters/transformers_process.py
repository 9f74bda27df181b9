"""The transformers engine as a real process over a tiny random model, and the model without it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.adapters.ocr_process import ROOT, SDK, Server, awaited, data_url, saved

DIRECT = Path(__file__).parent / "transformers_direct.py"
COLOURS = ("red", "blue")


def launched(
    python: Path, folder: Path, weights: Path | None, arguments: dict[str, Any], *paths: Path
) -> subprocess.Popen[bytes]:
    """`paths` come before the SDK on its Python path."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = {"protocol": 1, "engine": "transformers", "served_id": "tiny", "host": "127.0.0.1"}
    spec |= {"weights": str(weights) if weights else None, "arguments": arguments}
    (folder / "engine.json").write_text(json.dumps(spec))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*paths, SDK])),
        "PYTHONSAFEPATH": "1",
    }
    script = ROOT / "adapters/engines/transformers/serve.py"
    with (folder / "log.txt").open("wb") as log:
        argv = [str(python), str(script), "serve", str(folder)]
        return subprocess.Popen(argv, env=environment, stdout=log, stderr=log)


def served(python: Path, folder: Path, weights: Path, **arguments: Any) -> Server:
    return awaited(launched(python, folder, weights, arguments), folder)


def direct(python: Path, weights: Path, **asked: Any) -> dict[str, Any]:
    """What transformers_direct.py answers."""
    asked = {"chats": [], "prompts": []} | asked
    done = subprocess.run(
        [str(python), str(DIRECT), str(weights)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def page(colour: str) -> Image.Image:
    image = Image.new("RGB", (140, 90), "white")
    ImageDraw.Draw(image).rectangle((10, 10, 60, 60), fill=colour)
    return image


def shown(colour: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_url(saved(page(colour)))}}


def asked(server: Server, path: str, **body: Any) -> Any:
    """The JSON of an answer that must be one."""
    reply = server.send("POST", f"/v1/{path}", json.dumps(body).encode())
    assert reply.status == 200, reply.body
    return reply.json
