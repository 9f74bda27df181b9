"""ChartQA: questions about charts, half by people, half made by a model and checked.

Read are the published folders (`ChartQA Dataset/test/` with png/, test_human.json and
test_augmented.json) and two hub copies (columns query, label, human_or_machine; or question,
answer, type). The set names its charts and not its questions: an id is the place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bench.importers.images import Picture
from bench.importers.json_rows import json_rows
from bench.importers.layouts import first_of, not_found, parquet_files, pictured
from bench.importers.parquet import parquet_rows, picture
from bench.importers.question_sets import question_row, short_answers
from bench.importers.row import Row
from bench.importers.snapshot import Entry, Snapshot

SPLITS = ("test", "val", "train")
AUTHORS = ("human", "augmented")
_MACHINE = {0: "human", 1: "augmented", "human": "human", "machine": "augmented"}
_METRICS = (
    {"metric": "relaxed_accuracy"},
    {"metric": "relaxed_accuracy_vlmevalkit"},
    {"metric": "exact_match", "case": "fold", "whitespace": "collapse"},
)


def read_chartqa(source: Path, split: str) -> Snapshot:
    total, entries = _from_hub(source, split) or _from_folders(source, split)
    return Snapshot(
        name="chartqa",
        title="ChartQA",
        split=split,
        licence="GPL-3.0, as its publishers state; the charts are their owners'",
        origin="ChartQA, github.com/vis-nlp/ChartQA",
        languages=("en",),
        members={
            "questions": short_answers(
                "a question, answered from the chart", _METRICS, max_tokens=64
            )
        },
        entries=entries,
        total=total,
        notes=lambda: (
            "The tags are the set's two halves; the published number is the mean over all rows.",
            "An id is split, half and place in the file: the set has no ids of its own.",
        ),
    )


def _from_folders(source: Path, split: str) -> tuple[int, Iterator[Entry]]:
    places = ("", f"{split}/", f"ChartQA Dataset/{split}/", f"*/{split}/", f"*/*/{split}/")
    total, parts = 0, []
    for author in AUTHORS:
        name = f"{split}_{author}.json"
        found = first_of(source, [f"{place}{name}" for place in places])
        if not found:
            looked = [name, f"{split}-*.parquet"]
            raise not_found(source, f"{split} split of ChartQA", looked)
        count, rows = json_rows(found[0], None)
        total += count
        folder = found[0].parent
        parts.append(_filed(rows, split, author, [folder / "png", folder]))
    return total, chain.from_iterable(parts)


def _filed(rows: Iterator[Row], split: str, author: str, folders: list[Path]) -> Iterator[Entry]:
    for number, row in enumerate(rows):
        row.need(["imgname", "query", "label"])
        found = pictured(row, row.text("imgname"), folders)
        yield _entry(row, found, split, author, number)


def _from_hub(source: Path, split: str) -> tuple[int, Iterator[Entry]] | None:
    files = parquet_files(source, split)
    if not files:
        return None
    total, rows = parquet_rows(files, ["image"])
    return total, _stored(rows, split)


def _stored(rows: Iterator[Row], split: str) -> Iterator[Entry]:
    counts = dict.fromkeys(AUTHORS, 0)
    for row in rows:
        author = _author(row)
        yield _entry(row, picture(row), split, author, counts[author])
        counts[author] += 1


def _author(row: Row) -> str:
    """`human_or_machine` is 0 or 1; `type` is human_test or augmented_test."""
    known = row.values.get("human_or_machine")
    author = _MACHINE.get(known) if isinstance(known, int | str) else None
    author = author or (row.optional("type") or "").partition("_")[0]
    if author not in AUTHORS:
        raise row.wrong("neither 'human_or_machine' nor 'type' says who asked")
    return author


def _entry(row: Row, found: Picture, split: str, author: str, number: int) -> Entry:
    question = row.optional("query") or row.text("question")
    asked = question_row(
        id=f"{split}-{author}-{number:05}",
        doc_id=found.name,
        question=question,
        answers=row.texts("label", "answer"),
        tags=[author],
        language="en",
    )
    return Entry(found, {"questions": asked}, row.wrong)
