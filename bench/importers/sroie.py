"""SROIE receipts (ICDAR 2019): scanned pages with the text of every line and four key values.

Two layouts are read. `annotations.jsonl` beside images/: rows with id, image, text and perhaps
fields. Or the published folders img/, box/ (x1,y1,…,x4,y4,text a line) and key/ (a JSON object a
receipt), as the data set is passed on. Without any key value there is no member `fields`.

The transcripts are upper case whatever is printed, so the task folds case; a rate with case kept
would mostly measure that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import jsonl
from bench.errors import SourceError, UsageError
from bench.importers.receipt_fields import (
    Valued,
    field_rows,
    fields_member,
    key_values,
    values_of,
    without_value,
)
from bench.importers.writing import NewSample, write_task

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
BOX_SUFFIXES = (".csv", ".txt")
PROMPT = (
    "Transcribe all text on this receipt in reading order, line by line. "
    "Answer with the text alone."
)


def import_sroie(source: Path, out: Path) -> Path:
    """Write a task folder, members `ocr` and `fields`; returns it. The source is only read."""
    if (source / "annotations.jsonl").is_file():
        receipts = list(_from_annotations(source))
    elif (source / "img").is_dir() and (source / "box").is_dir():
        receipts = list(_from_folders(source))
    else:
        raise UsageError(
            f"{source} is no SROIE folder",
            hint="it needs annotations.jsonl and images/, or the folders img/ and box/",
        )
    if not receipts:
        raise UsageError(f"{source} holds no receipt")
    described, more = _described(len(receipts)), {}
    if rows := list(field_rows(receipts)):
        described["members"]["fields"] = fields_member(receipts)
        more["fields.jsonl"] = rows
    samples = [receipt.sample for receipt in receipts]
    return write_task(out, described, samples, _readme(receipts, len(rows)), more)


def _from_annotations(source: Path) -> Iterator[Valued]:
    path = source / "annotations.jsonl"
    seen: set[str] = set()
    for line, row in jsonl.read_human(path):
        if not isinstance(row, dict):
            raise SourceError(path, "must be a JSON object", line=line, column=1)
        for key in ("id", "image", "text"):
            if not isinstance(row.get(key), str):
                raise SourceError(path, f"{key!r} is missing or no text", line=line, column=1)
        image = source / row["image"]
        if not image.is_file():
            raise SourceError(path, f"image {row['image']} is missing", line=line, column=1)
        if row["id"] in seen:
            raise SourceError(path, f"duplicate id {row['id']!r}", line=line, column=1)
        if not re.fullmatch(r"[^./\0][^/\0]*", row["id"]):
            raise SourceError(path, f"id {row['id']!r} is no file name", line=line, column=1)
        seen.add(row["id"])
        values = values_of(row.get("fields", {}), path, line)
        yield Valued(_sample(row["id"], image, row["text"]), values)


def _from_folders(source: Path) -> Iterator[Valued]:
    seen: dict[str, Path] = {}
    for image in sorted((source / "img").iterdir()):
        if image.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if image.stem in seen:
            raise SourceError(image, f"has the same name as {seen[image.stem].name}")
        seen[image.stem] = image
        named = [source / "box" / f"{image.stem}{suffix}" for suffix in BOX_SUFFIXES]
        boxes = next((path for path in named if path.is_file()), None)
        if boxes is None:
            raise SourceError(image, "has no file of the same name in box/")
        values = key_values(source / "key", image.stem)
        yield Valued(_sample(image.stem, image, _box_text(boxes)), values)


def _box_text(path: Path) -> str:
    """The last of nine comma-separated fields; the text itself may hold commas."""
    lines = []
    text = path.read_bytes().decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = line.split(",", 8)
        if len(parts) < 9 or not all(re.fullmatch(r"\s*-?\d+\s*", part) for part in parts[:8]):
            raise SourceError(path, "needs eight numbers and a text", line=number, column=1)
        lines.append(parts[8])
    return "\n".join(lines)


def _sample(name: str, image: Path, text: str) -> NewSample:
    row = {"references": [text], "doc_id": name, "doc_type": "receipt", "language": "en"}
    return NewSample(name, image, row)


def _described(count: int) -> dict[str, Any]:
    folded = {"case": "fold", "whitespace": "collapse", "unicode": "nfc"}
    return {
        "name": "sroie",
        "version": "1",
        "summary": f"{count} scanned receipts of SROIE (ICDAR 2019)",
        "licence": "the data set's own terms; check them before you pass it on",
        "source": "imported with `bench task import sroie`",
        "languages": ["en"],
        "members": {
            "ocr": {
                "kind": "transcription",
                "summary": "transcribe the whole receipt",
                "prompt": PROMPT,
                "metrics": [
                    {"metric": "cer", "name": "cer_casefold", **folded},
                    {"metric": "cer", "whitespace": "collapse", "unicode": "nfc"},
                    {"metric": "anls"},
                ],
                "levels": ["global", "doc_type"],
                "parameters": {"max_tokens": 2048},
            }
        },
    }


def _readme(receipts: Sequence[Valued], questions: int) -> str:
    said = (
        f"# sroie\n\n{len(receipts)} receipts imported by `bench task import sroie`. References "
        "are the annotated lines in\nthe order of the annotation. They are upper case whatever is "
        "printed: read `cer_casefold`.\n"
    )
    if not questions:
        return said
    absent = without_value(receipts)
    return said + (
        f"\n`fields` asks {questions} questions for company, date, address and total"
        f"{f'; {absent}' if absent else ''}. A total is right\nwith and without the currency that "
        "is printed before it.\n"
    )
