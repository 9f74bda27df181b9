"""The task that an adapter is checked with: odd prompts, odd answers, three kinds of image file."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

from bench import jsonl

SYSTEM = "Answer — briefly; «кратко»."
PARAMETERS: dict[str, Any] = {"temperature": 0.25, "max_tokens": 77, "seed": 5, "top_p": 0.9}
# What a reader of tables, a cleaner of answers or a clumsy parser would change.
ANSWERS = (
    *("NA", "null", "=1+1", "007", "1.10", "a,b;c", '"', "", "  leading", "a\rb\n", "nul\x00l"),
    *("line\u2028separator", "😀\nemoji", '{"json": [1, null]}', "x" * 40_000),
)
PROMPTS = (
    "What is written here?",
    "Two\nlines, a\ttab and a trailing space ",
    "Quotes \" and ' and a \\ back\\slash",
    "Что написано? 무엇이 쓰여 있나요?",
    "A prompt may hold <image> and {braces} and <b>markup</b> & %s %(x)s",
    "Options:\nA. one\nB. two\nAnswer with the letter.",
)


def write_task(folder: Path) -> dict[str, str]:
    """A task folder of as many samples as ANSWERS; each sample's prompt by its id.

    A prompt begins with its number, so that the endpoint knows which answer is its own.
    """
    (folder / "images").mkdir(parents=True)
    names = [_draw(folder / "images", number) for number in range(3)]
    described = {
        "name": "conformance",
        "version": "1",
        "summary": "what an adapter must keep as it is",
        "licence": "Apache-2.0",
        "members": {"odd": {"prompt": "{question}", "metrics": [{"metric": "exact_match"}]}},
    }
    (folder / "task.yaml").write_text(json.dumps(described), encoding="utf-8")
    prompts = {
        f"id {number}/ö": f"{number}: {PROMPTS[number % len(PROMPTS)]}"
        for number in range(len(ANSWERS))
    }
    rows = [
        {
            "id": name,
            "images": names[: 2 if number == 1 else 1] if number < 3 else [names[number % 3]],
            "question": prompt,
            "references": [ANSWERS[number]],
        }
        for number, (name, prompt) in enumerate(prompts.items())
    ]
    jsonl.write(folder / "samples.jsonl", rows)
    return prompts


def number_of(prompt: str) -> int:
    """Which sample asks; ValueError where the adapter lost the beginning of the prompt."""
    return int(prompt.partition(":")[0])


def _draw(folder: Path, number: int) -> str:
    from PIL import Image

    form = ("PNG", "JPEG", "WEBP")[number]
    name = f"page {number}.{form.lower()}"
    file = BytesIO()
    Image.new("RGB", (40 + number, 30), (200, 40 * number, 90)).save(file, form)
    (folder / name).write_bytes(file.getvalue())
    return f"images/{name}"
