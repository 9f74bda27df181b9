"""FUNSD: noisy scanned forms of the 1980s and 1990s, with entities and the links between them.

Read are the published folders `dataset/testing_data/` and `training_data/`, each with images/ and
annotations/ (a JSON file a form, its entities under `form`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.importers.forms import Left, form_entry, members
from bench.importers.json_rows import load_json
from bench.importers.layouts import first_of, not_found, pictured
from bench.importers.row import Row, whole
from bench.importers.snapshot import Entry, Snapshot

SPLITS = ("test", "train")
_FOLDERS = {"test": "testing_data", "train": "training_data"}


def read_funsd(source: Path, split: str) -> Snapshot:
    below = f"{_FOLDERS[split]}/annotations"
    places = [f"{place}{below}/*.json" for place in ("", "dataset/", "*/", "*/*/")]
    files = first_of(source, places)
    if not files and source.name == _FOLDERS[split]:
        files = first_of(source, ["annotations/*.json"])
    if not files:
        raise not_found(source, f"{split} split of FUNSD", [f"dataset/{below}/*.json"])
    left = Left()
    return Snapshot(
        name="funsd",
        title="FUNSD",
        split=split,
        licence="non-commercial research and education only, as its publishers state",
        origin="FUNSD, guillaumejaume.github.io/FUNSD",
        languages=("en",),
        members=members("bag_of_words_f1"),
        entries=_entries(files, left),
        total=len(files),
        notes=left.said,
    )


def _entries(files: list[Path], left: Left) -> Iterator[Entry]:
    for path in files:
        value = load_json(path)
        form = value.get("form") if isinstance(value, dict) else None
        row = Row({}, whole(path))
        folder = path.parent.parent / "images"
        image = pictured(row, f"{path.stem}.png", [folder])
        yield form_entry(form, row, image, name=path.stem, language="en", left=left)
