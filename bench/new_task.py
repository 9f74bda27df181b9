"""`bench task new`: a small task that runs at once, to be filled with documents of one's own."""

from __future__ import annotations

import re
from pathlib import Path

from bench import jsonl
from bench.errors import UsageError
from bench.importers.writing import new_folder
from bench.task import FILE, shipped

LINES = ("CORNER BAKERY", "2026-03-14", "2 rolls  1.80", "1 coffee  2.60", "TOTAL  4.40")
PROMPT = (
    "Transcribe all text in this document in reading order, line by line.\n"
    "Answer with the text alone.\n"
)
TASK = """\
# A task: what is asked of which documents, and how the answers are scored.
# `bench task validate FOLDER` checks it, and names line and column of what is wrong.

name: {name}              # letters, digits, . _ -
version: "1"              # raise it when questions or references change: scores then differ
summary: one drawn receipt, to be replaced by documents of your own
licence: CC0-1.0          # of the documents: who may use them
source: made by `bench task new`
languages: [en]

# Each member is one thing that is asked. `--task {name}` runs all of them, `--task {name}:ocr` one.
members:
  ocr:
    kind: transcription           # also question (default), extraction, classification, parsing
    summary: transcribe the whole document
    samples: samples.jsonl        # one line a document: id, images, references (see README.md)
    prompt: prompts/ocr.txt       # a file of this folder, or the text itself
    metrics:                      # the first is the headline; docs/metrics.md has them all
      - metric: cer               # characters wrong per character of the reference: 0 is best
        whitespace: collapse      # keep (default) | strip | collapse: line breaks count as spaces
        unicode: nfc              # keep (default) | nfc | nfkc: one form for each letter
      - metric: cer
        name: cer_casefold        # a second use of a metric needs a name of its own
        case: fold                # keep (default) | fold: a and A are equal
        whitespace: collapse
        unicode: nfc
    levels: [global, doc_type]    # the groups in the report: also field, language, tag
    parameters: {{max_tokens: 1024}}   # sent with each request; the model's own stand over it

  fields:
    summary: one question a field
    samples: fields.jsonl
    prompt: "{{question}} Answer with the value alone, as it is printed."   # from each line
    extract: value/1              # read the value out of a sentence; docs/answers.md has others
    metrics:
      - metric: exact_match       # 1 where the answer is the reference, else 0
        case: fold
        whitespace: collapse
        unicode: nfc
      - metric: anls              # forgives small slips: 1 is best
    levels: [global, field]
    parameters: {{max_tokens: 64}}
"""
README = """\
# {name}

A task to start from. It runs as it is:

    bench task validate {place}
    bench task show {place} --sheet sheet.html
    bench eval --backend echo --task {place}
    bench eval --backend echo --model rapidocr --task {place}:ocr

Then make it yours: put page images (PNG, JPEG, WebP) into `images/`, and write a line for each into
`samples.jsonl`, and one for each question into `fields.jsonl`:

- `id`: a name that no other line of the file has.
- `images`: the document's pages, relative to this folder.
- `references`: the right answers, any of which counts; `[]` where none is known. Such a line is
  asked and shown, and counted as unscored.
- `doc_id`: lines about one document share it. Intervals are made by resampling documents.
- `doc_type`, `language`, `field`, `tags`: groups for the report; all may be left out.
- `question`: goes where the prompt says {{question}}.

A folder of scans becomes such a task by itself: `bench task import folder --help`.
"""


def new_task(name: str, out: Path | None = None) -> Path:
    """Write the task `name` to `out` (default: a folder of that name here), which must be new."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(
            f"{name!r} is no name for a task",
            hint="letters, digits, `.`, `_` and `-`, a letter or digit first; a place is --out DIR",
        )
    if name in shipped():
        raise UsageError(
            f"{name!r} is the name of a task that comes with bench", hint="take another"
        )
    place = out if out is not None else Path(name)
    with new_folder(place) as staging:
        (staging / "images").mkdir()
        _draw(staging / "images" / "receipt.png")
        (staging / "prompts").mkdir()
        (staging / "prompts" / "ocr.txt").write_text(PROMPT, encoding="utf-8")
        about = {"images": ["images/receipt.png"], "doc_id": "receipt", "doc_type": "receipt"}
        about_page = about | {"language": "en", "tags": ["drawn"]}
        text = "\n".join(" ".join(line.split()) for line in LINES)
        whole = {"id": "receipt", "references": [text], **about_page}
        jsonl.write(staging / "samples.jsonl", [whole])
        asked = {
            "total": ("What is the total?", "4.40"),
            "date": ("What is the date of the receipt?", "2026-03-14"),
        }
        rows = [
            {"id": f"receipt.{field}", "field": field, "question": question}
            | {"references": [value], **about_page}
            for field, (question, value) in asked.items()
        ]
        jsonl.write(staging / "fields.jsonl", rows)
        (staging / FILE).write_text(TASK.format(name=name), encoding="utf-8")
        (staging / "README.md").write_text(README.format(name=name, place=place), encoding="utf-8")
    return place


def _draw(path: Path) -> None:
    """The receipt, in the font that comes with Pillow."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=32)
    image = Image.new("L", (440, 60 + 56 * len(LINES)), 255)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(LINES):
        left, _, right = line.partition("  ")
        top = 40 + 56 * number
        pen.text((40, top), left, fill=20, font=font)
        if right:
            pen.text((400 - pen.textlength(right, font=font), top), right, fill=20, font=font)
    image.save(path, format="PNG")
