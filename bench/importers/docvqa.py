"""DocVQA (task 1, single pages) and InfographicVQA: questions about scanned pages and posters.

Two layouts of each are read: the challenge's JSON (`val_v1.0_withQT.json`,
`infographicsVQA_val_v1.0_withQT.json`, `data` holds the questions) with a folder of images, and
the parquet files of the hub's copy (lmms-lab/DocVQA). The test split has no public answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.importers.images import Picture
from bench.importers.json_rows import json_rows
from bench.importers.layouts import first_of, not_found, parquet_files, pictured
from bench.importers.parquet import parquet_rows, picture
from bench.importers.question_sets import OWN_TERMS, question_row, short_answers
from bench.importers.row import Row
from bench.importers.snapshot import Entry, Snapshot

SPLITS = ("val", "test", "train")
_HUB_SPLITS = {"val": "validation"}
_ANLS = ({"metric": "anls"}, {"metric": "anls_vlmevalkit"})


def _page_row(row: Row, _page: Picture) -> dict[str, Any]:
    return question_row(
        id=row.text("questionId"),
        doc_id=row.optional("ucsf_document_id") or row.text("docId"),
        question=row.text("question"),
        answers=row.texts("answers"),
        tags=row.texts("question_types"),
        language="en",
    )


def _poster_row(row: Row, poster: Picture) -> dict[str, Any]:
    """Types of answer are tags as they are named; those of evidence and operation say which."""
    tags = [
        *row.texts("answer_type"),
        *(f"evidence: {one}" for one in row.texts("evidence")),
        *(f"operation: {one}" for one in row.texts("operation/reasoning")),
    ]
    return question_row(
        id=row.text("questionId"),
        doc_id=poster.name,
        question=row.text("question"),
        answers=row.texts("answers"),
        tags=tags,
        language="en",
    )


def _page_name(row: Row) -> str | None:
    """`xnbl0037_1`, as the challenge names its files."""
    document, page = row.optional("ucsf_document_id"), row.optional("ucsf_document_page_no")
    return f"{document}_{page}" if document and page else None


def _check_split(row: Row, split: str) -> None:
    """A file that is named by hand may be of another split than the one that is asked for."""
    said = row.optional("data_split")
    known = {"validation": "val"}.get(said or "", said)
    if known in SPLITS and known != split:
        raise row.wrong(f"is of the {known} split, and {split} was asked for")


@dataclass(frozen=True)
class _Set:
    """`json` and `images` are names in the challenge's archives, with {} for the split.

    `marking`: a column that tells its parquet files from those of the other set.
    """

    name: str
    title: str
    json: tuple[str, ...]
    image_key: str
    images: tuple[str, ...]
    hub: str
    marking: str
    row: Callable[[Row, Picture], dict[str, Any]]
    image_name: Callable[[Row], str | None] = lambda _: None

    def stored(self, row: Row, split: str) -> Entry:
        _check_split(row, split)
        found = picture(row, self.image_name(row))
        return Entry(found, {"questions": self.row(row, found)}, row.wrong)

    def filed(self, row: Row, split: str, folders: Sequence[Path]) -> Entry:
        row.need(["questionId", "question", self.image_key])
        _check_split(row, split)
        found = pictured(row, row.text(self.image_key), folders)
        return Entry(found, {"questions": self.row(row, found)}, row.wrong)


_DOCVQA = _Set(
    name="docvqa",
    title="DocVQA, task 1",
    json=("{}_v1.0_withQT.json", "{}_v1.0.json"),
    image_key="image",
    images=("spdocvqa_images", "documents", "images"),
    hub="DocVQA",
    marking="ucsf_document_id",
    row=_page_row,
    image_name=_page_name,
)
_INFOVQA = _Set(
    name="infovqa",
    title="InfographicVQA",
    json=tuple(
        f"{name}_{{}}_v1.0{ending}.json"
        for ending in ("_withQT", "")
        for name in ("infographicsVQA", "infographicVQA")
    ),
    image_key="image_local_name",
    images=(
        "infographicsvqa_images",
        "infographicsVQA_{}_v1.0_images",
        "infographicVQA_{}_v1.0_images",
        "images",
    ),
    hub="InfographicVQA",
    marking="answer_type",
    row=_poster_row,
)


def read_docvqa(source: Path, split: str) -> Snapshot:
    return _read(_DOCVQA, source, split)


def read_infovqa(source: Path, split: str) -> Snapshot:
    return _read(_INFOVQA, source, split)


def _read(kind: _Set, source: Path, split: str) -> Snapshot:
    total, entries = _entries(kind, source, split)
    return Snapshot(
        name=kind.name,
        title=kind.title,
        split=split,
        licence=OWN_TERMS,
        origin="the DocVQA challenge of the Robust Reading Competition",
        languages=("en",),
        members={
            "questions": short_answers("a question, answered from the page", _ANLS, max_tokens=128)
        },
        entries=entries,
        total=total,
        notes=lambda: (
            "`anls` is the rule as published; `anls_vlmevalkit` is what harnesses compute.",
        ),
    )


def _entries(kind: _Set, source: Path, split: str) -> tuple[int, Iterator[Entry]]:
    hub = _HUB_SPLITS.get(split, split)
    if files := parquet_files(source, hub, [kind.hub]):
        total, rows = parquet_rows(files, ["questionId", "question", "image", kind.marking])
        return total, (kind.stored(row, split) for row in rows)
    names = [name.format(split) for name in kind.json]
    below = ("", "*/", "*/*/")
    found = [source] if source.suffix == ".json" else []
    found = found or first_of(source, [f"{place}{name}" for name in names for place in below])
    if not found:
        looked = [*names, f"{kind.hub}/{hub}-*.parquet"]
        raise not_found(source, f"{split} split of {kind.title}", looked)
    total, rows = json_rows(found[0], "data")
    folders = _image_folders(kind, found[0], split)
    return total, (kind.filed(row, split, folders) for row in rows)


def _image_folders(kind: _Set, file: Path, split: str) -> list[Path]:
    """Beside the JSON file, and beside its folder: archives unpack into folders of their own."""
    beside = [file.parent, file.parent.parent]
    named = [place / name.format(split) for place in beside for name in kind.images]
    return [folder for folder in (*named, *beside) if folder.is_dir()]
