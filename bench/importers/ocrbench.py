"""OCRBench: 1,000 questions of ten kinds about text in images, from 29 data sets.

Read are OCRBench.json with its folder of images, and the hub's parquet files (echo840/OCRBench).
The published score is the number of right answers. Formulas have a rule of their own, so they are
a member of their own: the published score is 900 x `text` + 100 x `formulas`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.importers.images import Picture
from bench.importers.json_rows import json_rows
from bench.importers.layouts import first_of, not_found, parquet_files, pictured
from bench.importers.parquet import parquet_rows, picture
from bench.importers.question_sets import question_row
from bench.importers.row import Row
from bench.importers.snapshot import Asked, Entry, Snapshot

SPLITS = ("test",)
FORMULAS = "Handwritten Mathematical Expression Recognition"
_FILE = "OCRBench.json"
_IMAGES = ("OCRBench_Images", "images")


def read_ocrbench(source: Path, split: str) -> Snapshot:
    total, entries = _entries(source, split)
    return Snapshot(
        name="ocrbench",
        title="OCRBench",
        split=split,
        licence="MIT for the questions, as its publishers state; the images are those of 29 sets",
        origin="OCRBench, github.com/Yuliang-Liu/MultimodalOCR",
        languages=("en", "zh"),
        members={
            "text": _asked("nine kinds of question about text", "ocrbench_containment"),
            "formulas": _asked("handwritten formulas", "ocrbench_containment_hme"),
        },
        entries=entries,
        total=total,
        notes=lambda: (
            "`doc_type` is one of the ten kinds, the tag is the data set that the image is of.",
            "The published score is 900 x text + 100 x formulas, for the whole set.",
        ),
    )


def _asked(summary: str, metric: str) -> Asked:
    return Asked(
        "{question}",
        "the question as it is, as OCRBench's own code and VLMEvalKit ask it",
        {
            "kind": "question",
            "summary": summary,
            "metrics": [{"metric": metric}],
            "parameters": {"max_tokens": 256},
        },
    )


def _entries(source: Path, split: str) -> tuple[int, Iterator[Entry]]:
    if files := parquet_files(source, split):
        needed = ["image", "dataset", "question", "question_type", "answer"]
        total, rows = parquet_rows(files, needed)
        return total, _stored(rows)
    found = [source] if source.suffix == ".json" else []
    found = found or first_of(source, [_FILE, f"*/{_FILE}", f"*/*/{_FILE}"])
    if not found:
        raise not_found(source, "OCRBench", [_FILE, f"{split}-*.parquet"])
    total, rows = json_rows(found[0], None)
    beside = [found[0].parent, found[0].parent.parent]
    named = [place / name for place in beside for name in _IMAGES]
    return total, _filed(rows, [path for path in (*named, *beside) if path.is_dir()])


def _filed(rows: Iterator[Row], folders: list[Path]) -> Iterator[Entry]:
    """The set's `id` counts within the data set; where two share one, the second is marked."""
    often: dict[str, int] = {}
    for row in rows:
        row.need(["dataset_name", "id", "image_path", "question", "answers", "type"])
        name = f"{row.text('dataset_name')}-{row.text('id')}"
        often[name] = often.get(name, 0) + 1
        marked = name if often[name] == 1 else f"{name}-{often[name]}"
        named = row.text("image_path")
        found = pictured(row, named, folders)
        image = Picture(Path(named).with_suffix("").as_posix(), found.content)
        kind, dataset = row.text("type"), row.text("dataset_name")
        yield _entry(row, image, marked, kind, dataset)


def _stored(rows: Iterator[Row]) -> Iterator[Entry]:
    for number, row in enumerate(rows):
        kind, dataset = row.text("question_type"), row.text("dataset")
        yield _entry(row, picture(row), f"{number:04}", kind, dataset)


def _entry(row: Row, image: Picture, name: str, kind: str, dataset: str) -> Entry:
    asked = question_row(
        id=name,
        doc_id=image.name,
        question=row.text("question"),
        answers=row.texts("answers", "answer"),
        tags=[dataset],
        doc_type=kind,
    )
    member = "formulas" if kind.strip().casefold() == FORMULAS.casefold() else "text"
    return Entry(image, {member: asked}, row.wrong)
