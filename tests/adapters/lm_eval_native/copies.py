"""Local copies for tests of lm-eval's own benchmarks, in the official columns, and their jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.benchmarks.entry import DataShape
from bench.local_data.copy import Copy
from tests.local_data.made import drawn_page, write_made

ARC_ROWS = tuple(
    {
        "id": f"made/{number}",
        "question": f"Which of these is number {number}?",
        "choices": {"text": ["a stone", "the river", f"number {number}", "no"], "label": [*"ABCD"]},
        "answerKey": "ABCD"[number % 4],
    }
    for number in range(6)
)


def shape(hub: str, config: str, split: str, columns: dict[str, Any], **more: Any) -> DataShape:
    tables = [{"config": config, "split": split}]
    given = {"hub": hub, "tables": tables, "columns": columns, "required": [*columns]}
    return DataShape.model_validate(given | more)


def arc(folder: Path) -> Copy:
    columns = {
        "id": "text",
        "question": "text",
        "choices": {"record": {"text": {"list": "text"}, "label": {"list": "text"}}},
        "answerKey": "text",
    }
    known = shape("allenai/ai2_arc", "ARC-Challenge", "test", columns, id="id")
    return write_made(
        folder, "arc-challenge", known, {("ARC-Challenge", "test"): [*map(dict, ARC_ROWS)]}
    )


def gsm8k(folder: Path, rows: int = 4) -> Copy:
    """Sums with their working, and as many with it for the examples before a question."""
    columns = {"question": "text", "answer": "text"}
    known = shape("openai/gsm8k", "main", "test", columns, references="answer")
    made = [
        {
            "question": f"What is {one} and 1?",
            "answer": f"{one} and 1 is {one + 1}.\n#### {one + 1}",
        }
        for one in range(rows + 5)
    ]
    tables = {("main", "test"): made[:rows], ("main", "train"): made[rows:]}
    return write_made(folder, "gsm8k", known, tables)


def chartqa(folder: Path) -> Copy:
    columns = {
        "image": "image",
        "query": "text",
        "label": {"list": "text"},
        "human_or_machine": "integer",
    }
    known = shape("HuggingFaceM4/ChartQA", "default", "test", columns, references="label")
    made = [
        {
            "image": {"bytes": drawn_page(f"bars {number}", kind=kind), "path": None},
            "query": f"How many bars, of {number}?",
            "label": [str(number)],
            "human_or_machine": number % 2,
        }
        for number, kind in enumerate(("JPEG", "PNG", "PNG"))
    ]
    return write_made(folder, "chartqa-test", known, {("default", "test"): made})


def lambada(folder: Path) -> Copy:
    known = shape("EleutherAI/lambada_openai", "default", "test", {"text": "text"})
    made = [{"text": text} for text in ("a stone fell into the river", "one and one is two")]
    return write_made(folder, "lambada_openai", known, {("default", "test"): made})


def wikitext(folder: Path) -> Copy:
    columns = {"page": "text"}
    known = shape("EleutherAI/wikitext_document_level", "wikitext-2-raw-v1", "test", columns)
    made = [{"page": " = Stones = \n\n A stone is a stone . \n"}, {"page": " = Rivers = \n"}]
    return write_made(folder, "wikitext", known, {("wikitext-2-raw-v1", "test"): made})


def benchmark(copy: Copy, native: str, metric: str, **parts: str) -> dict[str, Any]:
    """job.json's `task`."""
    return {
        "name": copy.name,
        "kind": "benchmark",
        "benchmark": native,
        "metric": metric,
        "file": None,
        "data": str(copy.folder),
        "parts": parts,
    }
