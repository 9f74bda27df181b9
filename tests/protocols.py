"""A way of asking that can be changed in one thing at a time, and run for real."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench import fingerprint
from tests.endpoint import Reply, Script, endpoint
from tests.runs import Ended, run, write_model

SAMPLES = 4


def page(words: str, seed: int) -> Image.Image:
    """A drawn page: each seed has its own lines in its own places."""
    chance = random.Random(seed)
    image = Image.new("RGB", (160, 200), "white")
    draw = ImageDraw.Draw(image)
    for line in range(8):
        left, top = chance.randrange(5, 60), 10 + 23 * line
        draw.text((left, top), f"{words} {chance.randrange(10**6)}", fill="black")
        draw.rectangle((left, top + 12, left + chance.randrange(20, 90), top + 16), fill="navy")
    return image


def encoded(image: Image.Image, form: str = "PNG", **how: Any) -> bytes:
    file = BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


@dataclass
class Protocol:
    """What is asked and how. An injection changes it before it is run."""

    prompt: str = "Read the two pages. Answer with the text."
    references: list[str] = field(default_factory=lambda: [f"page {n}" for n in range(SAMPLES)])
    images: list[list[bytes]] = field(
        default_factory=lambda: [
            [encoded(page("front", 2 * n)), encoded(page("back", 2 * n + 1))]
            for n in range(SAMPLES)
        ]
    )
    model: dict[str, Any] = field(
        default_factory=lambda: {"system_prompt": "You read scans.", "served_id": "served"}
    )
    parameters: dict[str, Any] = field(default_factory=lambda: {"seed": 1})
    name: str = "m"
    config: dict[str, Any] = field(default_factory=dict)
    scoring: Callable[[Path], None] | None = None

    def recode(self, coded: Callable[[Image.Image], bytes]) -> None:
        for images in self.images:
            images[:] = [coded(Image.open(BytesIO(one))) for one in images]


def ended(protocol: Protocol, folder: Path, script: Script | None = None, **how: Any) -> Ended:
    """Run it with echo against an endpoint on loopback; the run lies in FOLDER/run."""
    folder.mkdir(parents=True)
    task = write_task(protocol, folder / "task")
    with endpoint(script or (lambda *_: Reply("page 1"))) as served, scored_by(protocol, folder):
        model = write_model(folder, protocol.name, base_url=served.url, **protocol.model)
        config = {"parameters": protocol.parameters, "requests": {"concurrency": 2}}
        settings = config | protocol.config | how
        return run(backend="echo", model=model, task=task, out=folder / "run", **settings)


def write_task(protocol: Protocol, folder: Path) -> str:
    (folder / "images").mkdir(parents=True)
    metrics = [{"metric": "cer"}]
    described = {
        "name": "pages",
        "version": "1",
        "summary": "two pages a sample",
        "licence": "Apache-2.0",
        "members": {"m": {"prompt": protocol.prompt, "metrics": metrics}},
    }
    (folder / "task.yaml").write_text(json.dumps(described))
    rows = []
    for n, images in enumerate(protocol.images):
        names = [f"images/{n}-{place}.bin" for place in range(len(images))]
        for name, content in zip(names, images, strict=True):
            (folder / name).write_bytes(content)
        rows.append({"id": f"s{n}", "images": names, "references": [protocol.references[n]]})
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder)


@contextlib.contextmanager
def scored_by(protocol: Protocol, folder: Path) -> Iterator[None]:
    """A changed copy of the scoring sources, as another version of bench would have them."""
    if protocol.scoring is None:
        yield
        return
    package, kept = folder / "bench", fingerprint.PACKAGE
    shutil.copytree(kept, package, ignore=shutil.ignore_patterns("__pycache__"))
    protocol.scoring(package)
    fingerprint.PACKAGE = package
    try:
        yield
    finally:
        fingerprint.PACKAGE = kept


def suffix(one: Protocol) -> None:
    one.prompt += " No comments."


def space(one: Protocol) -> None:
    one.prompt = one.prompt.replace("the two", "the  two")


def system(one: Protocol) -> None:
    one.model["system_prompt"] = "You read receipts."


def jpeg(one: Protocol) -> None:
    one.recode(lambda image: encoded(image.convert("RGB"), "JPEG", quality=60))


def png(one: Protocol) -> None:
    """Less tightly packed; after a JPEG, the picture that came of it."""
    one.recode(lambda image: encoded(image, "PNG", compress_level=0))


def max_tokens(one: Protocol) -> None:
    one.parameters["max_tokens"] = 77


def temperature(one: Protocol) -> None:
    one.parameters["temperature"] = 0.7


def seed(one: Protocol) -> None:
    one.parameters["seed"] = 2


def model_name(one: Protocol) -> None:
    one.name = "m2"


def order(one: Protocol) -> None:
    for images in one.images:
        images.reverse()


def content(one: Protocol) -> None:
    one.references[2] = "page two"


def scorer(one: Protocol) -> None:
    def change(package: Path) -> None:
        file = package / "metrics" / "cer.py"
        file.write_bytes(file.read_bytes() + b"\nWORST = 2.0\n")

    one.scoring = change


Named = tuple[str, str]
INJECTED: dict[str, tuple[Callable[[Protocol], None], Named]] = {
    "suffix": (suffix, ("prompt", "text added at the end")),
    "space": (space, ("prompt", "white space only")),
    "system": (system, ("system prompt", "changed")),
    "jpeg": (jpeg, ("image loss", "")),
    "png": (png, ("image encoding", "")),
    "max_tokens": (max_tokens, ("parameter", "max_tokens")),
    "temperature": (temperature, ("parameter", "temperature")),
    "seed": (seed, ("parameter", "seed")),
    "model": (model_name, ("model", "")),
    "order": (order, ("image order", "")),
    "content": (content, ("task content", "references")),
    "scorer": (scorer, ("scorer", "")),
}
