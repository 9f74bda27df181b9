"""Small local copies for tests, in the official columns: what they hold is invented and drawn here.

The shapes are written out, so that these copies do not change when the catalogue does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from bench.benchmarks.entry import DataShape
from bench.importers.row import Row, numbered
from bench.local_data.copy import Copy
from bench.local_data.source_table import Found, Keep, SourceTable
from bench.local_data.writing import write_copy

Rows = list[dict[str, Any]]

DOCVQA = DataShape.model_validate(
    {
        "hub": "lmms-lab/DocVQA",
        "tables": [{"config": "DocVQA", "split": "validation"}],
        "columns": {
            "questionId": "text",
            "question": "text",
            "question_types": {"list": "text"},
            "image": "image",
            "docId": "integer",
            "ucsf_document_id": "text",
            "ucsf_document_page_no": "text",
            "answers": {"list": "text"},
            "data_split": "text",
        },
        "required": ["questionId", "question", "image", "answers"],
        "id": "questionId",
        "document": "docId",
        "references": "answers",
        "tsv": {
            "index": "questionId",
            "question": "question",
            "answer": "answers",
            "image": "image",
        },
    }
)

KMMLU_SUBJECTS = ("Accounting", "Agricultural-Sciences", "Biology", "Korean-History")


def kmmlu_shape(subjects: Sequence[str] = KMMLU_SUBJECTS) -> DataShape:
    return DataShape.model_validate(
        {
            "hub": "HAERAE-HUB/KMMLU",
            "tables": [
                {"config": subject, "split": split, "few_shot": split == "dev"}
                for subject in subjects
                for split in ("test", "dev")
            ],
            "columns": {
                "question": "text",
                "answer": "integer",
                **dict.fromkeys("ABCD", "text"),
                "Category": "text",
                "Human Accuracy": "number",
            },
            "required": ["question", "answer", *"ABCD"],
            "group": "Category",
        }
    )


ARC = DataShape.model_validate(
    {
        "hub": "allenai/ai2_arc",
        "tables": [{"config": "ARC-Challenge", "split": "test"}],
        "columns": {
            "id": "text",
            "question": "text",
            "choices": {"record": {"text": {"list": "text"}, "label": {"list": "text"}}},
            "answerKey": "text",
        },
        "required": ["id", "question", "choices", "answerKey"],
        "id": "id",
    }
)


def drawn_page(words: str, size: tuple[int, int] = (320, 160), kind: str = "PNG") -> bytes:
    """A page with these words on it."""
    image = Image.new("RGB", size, "white")
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((4, 4, size[0] - 5, size[1] - 5), outline="black")
    drawing.multiline_text((16, 24), words, fill="black")
    written = io.BytesIO()
    image.save(written, kind)
    return written.getvalue()


_ASKED = (
    ("what is the total?", "total", ["$12.50", "12.50"], "DELIVERY NOTE 7\ntotal: $12.50"),
    ("what is the number of the note?", "form", ["007", "7"], "DELIVERY NOTE 7\ntotal: $12.50"),
    ("who signed it?", "handwritten", ["N/A"], "LETTER\nsigned: N/A"),
    ("what is written\nin the second line?", "layout", ["합계 3"], "RECEIPT\nsum: 3"),
    ("when was it sent?", "form", ["1/8/93", "1 August 1993"], "TELEGRAM\nsent 1/8/93"),
    ('which word is "quoted"?', "layout", ["it's"], "MEMO\nit's"),
)


def docvqa_rows(count: int = 6) -> Rows:
    """Two questions on the first page, one on each other; beyond six they begin again."""
    rows = []
    for number in range(count):
        question, kind, answers, words = _ASKED[number % len(_ASKED)]
        again = number // len(_ASKED)
        page = words + "\nagain" * again
        rows.append(
            {
                "questionId": str(49153 + number),
                "question": question,
                "question_types": [kind],
                "image": {"bytes": drawn_page(page), "path": None},
                "docId": 14465 + [one[3] for one in _ASKED].index(words) + 100 * again,
                "ucsf_document_id": f"made{number:04}",
                "ucsf_document_page_no": "1",
                "answers": answers,
                "data_split": "val",
            }
        )
    return rows


def kmmlu_rows(subject: str, count: int = 4, *, first: int = 1) -> Rows:
    """The right answers go round: 1, 2, 3, 4."""
    rows = []
    for number in range(first, first + count):
        wrong = [str(number + step) for step in (1, 2, 3)]
        right = (number - 1) % 4
        choices = [*wrong[:right], str(number), *wrong[right:]]
        rows.append(
            {
                "question": f"{subject} 문제: {number}와 같은 수는 무엇인가?",
                "answer": right + 1,
                **dict(zip("ABCD", choices, strict=True)),
                "Category": subject.replace("-", " "),
                "Human Accuracy": 0.25 * (number % 4),
            }
        )
    return rows


def write_made(
    folder: Path, name: str, shape: DataShape | None, tables: Mapping[tuple[str, str], Rows]
) -> Copy:
    """A copy in `folder`, which must not exist, of rows that are written out."""
    folder.mkdir(parents=True)
    found = tuple(
        SourceTable(config, split, (folder,), partial(_numbered, folder, rows))
        for (config, split), rows in tables.items()
    )
    write_copy(folder, name, Found("made in a test", found), source=folder.name, shape=shape)
    return Copy(folder)


def docvqa_copy(folder: Path, rows: int = 6) -> Copy:
    return write_made(folder, "docvqa-val", DOCVQA, {("DocVQA", "validation"): docvqa_rows(rows)})


def kmmlu_copy(
    folder: Path, subjects: Sequence[str] = ("Accounting", "Biology"), rows: int = 4
) -> Copy:
    """`subjects` by their official names (config names of the hub); five examples each in `dev`."""
    tables = {}
    for subject in subjects:
        tables[subject, "test"] = kmmlu_rows(subject, rows)
        tables[subject, "dev"] = kmmlu_rows(subject, 5, first=101)
    return write_made(folder, "kmmlu", kmmlu_shape(subjects), tables)


def arc_copy(folder: Path, source_jsonl: Path, rows: int | None = None) -> Copy:
    """ARC-Challenge from a JSONL file in the official columns; others are left out."""
    with source_jsonl.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file][:rows]
    kept = [{key: row[key] for key in ARC.columns} for row in found]
    return write_made(folder, "arc-challenge", ARC, {("ARC-Challenge", "test"): kept})


def _numbered(folder: Path, rows: Rows, _keep: Keep) -> Iterator[Row]:
    for number, values in enumerate(rows, 1):
        yield Row(values, numbered(folder, number))
