"""The task.yaml and the README of an imported folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.importers.matching import FIELDS, OCR, Document, Row

TEXT_PROMPT = (
    "Transcribe all text in this document in reading order, line by line. "
    "Answer with the text alone."
)
FIELD_PROMPT = "{question} Answer with the value alone, as it is printed."
_COLLAPSED = {"whitespace": "collapse", "unicode": "nfc"}
_FOLDED = {"case": "fold", **_COLLAPSED}


def described(
    name: str, members: Mapping[str, Sequence[Row]], documents: int, dpi: int
) -> dict[str, Any]:
    made = {OCR: _ocr, FIELDS: _fields}
    languages = sorted(
        {row["language"] for rows in members.values() for row in rows if "language" in row}
    )
    return {
        "name": name,
        "version": "1",
        "summary": f"{documents} documents of one's own",
        "licence": "not stated: write here who may use these documents",
        "source": f"imported with `bench task import folder --dpi {dpi}`; see sources.jsonl",
        "languages": languages,
        "members": {member: made[member](rows) for member, rows in members.items()},
    }


def _ocr(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "kind": "transcription",
        "summary": "transcribe the whole document",
        "samples": f"{OCR}.jsonl",
        "prompt": TEXT_PROMPT,
        "metrics": [
            {"metric": "cer", **_COLLAPSED},
            {"metric": "cer", "name": "cer_casefold", **_FOLDED},
            {"metric": "anls"},
        ],
        "levels": _levels(rows),
        "parameters": {"max_tokens": 4096},
    }


def _fields(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "summary": "one question a field",
        "samples": f"{FIELDS}.jsonl",
        "prompt": FIELD_PROMPT,
        "extract": "value/1",
        "metrics": [{"metric": "exact_match", **_FOLDED}, {"metric": "anls"}],
        "levels": _levels(rows),
        "parameters": {"max_tokens": 256},
    }


def _levels(rows: Sequence[Row]) -> list[str]:
    """Only levels that some row has: an empty one says nothing."""
    known = ("field", "doc_type", "language")
    levels = ["global", *(level for level in known if any(level in row for row in rows))]
    return [*levels, "doc_type_field"] if {"field", "doc_type"} <= {*levels} else levels


def readme(
    name: str, members: Mapping[str, Sequence[Row]], documents: Sequence[Document], dpi: int
) -> str:
    pages = sum(len(one.pages) for one in documents)
    lines = [
        f"# {name}",
        "",
        f"{len(documents)} documents, {pages} pages, imported by `bench task import folder`.",
        "",
        "- `images/`: one image a page. A single PNG, JPEG or WebP is the file itself, byte for",
        "  byte. Photos that a camera marked as turned (Exif) were turned upright and are tagged",
        f"  `turned-upright`. Pages of PDF files were drawn at {dpi} dpi and are tagged so.",
        "- `sources.jsonl`: which file each `doc_id` was, with its sha256.",
    ]
    for member, rows in members.items():
        without = sum(not row["references"] for row in rows)
        lines.append(
            f"- `{member}.jsonl`: {len(rows)} rows, {without} of them without a reference."
        )
    lines += [
        "",
        "A row without a reference (`[]`) is asked and shown, and counted as unscored.",
        "",
    ]
    return "\n".join(lines)
