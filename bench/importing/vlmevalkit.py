"""VLMEvalKit's tables of predictions, flat or below T<time>, and the scores beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import Any

from bench.benchmarks import native_list
from bench.errors import SourceError
from bench.importing.catalogued import failure_texts, known
from bench.importing.found import (
    Found,
    failed_ids,
    files,
    once,
    prediction,
    read_object,
    said_versions,
    shaped,
    stated,
    texts,
)
from bench.importing.shown import Shown
from bench.importing.stated import of_vlmevalkit
from bench.importing.tables import FORMATS, Table, named, read_as_missing, read_table
from bench.importing.vlmevalkit_numbers import Numbers, numbers

NAME = "vlmevalkit"
LOOKED_FOR = "MODEL_BENCHMARK.xlsx, .tsv or .json with the columns index and prediction"
_TIMED = re.compile(r"T\d{8}[-_]")
_DISTANCES = ("DocVQA", "InfoVQA")  # whose column eval_score is a mean of distances


def read(path: Path) -> list[Found]:
    tables = _once([one for suffix in FORMATS[:3] for one in files(path, f"*{suffix}")])
    folders = dict.fromkeys(one.parent for one in tables)
    found = []
    for folder in folders:
        with shaped(folder, NAME):
            places = _places(folder, [one for one in tables if one.parent == folder])
            found += [_job(path, place) for place in places]
    return found


def _once(tables: list[Path]) -> list[Path]:
    """Without the copies that stand for links into T<time>/ where a folder was copied or packed."""
    timed: dict[tuple[Path, str], list[Path]] = {}
    for one in tables:
        if _TIMED.match(one.parent.name):
            timed.setdefault((one.parent.parent, one.name), []).append(one)
    return [
        one
        for one in tables
        if not any(
            cmp(one, other, shallow=False) for other in timed.get((one.parent, one.name), ())
        )
    ]


@dataclass(frozen=True)
class _Place:
    """One model's table of one benchmark."""

    model: str
    benchmark: str
    table: Table
    status: Path | None
    entry: Mapping[str, Any] | None
    commit: str | None

    @property
    def stem(self) -> Path:
        return self.table.path.with_suffix("")


def _places(folder: Path, tables: list[Path]) -> Iterator[_Place]:
    """The prediction tables among the tables of a folder: the others are named after them."""
    status = folder / "status.json"
    said = read_object(status) if status.is_file() else {}
    entries = said.get("datasets") or {}
    named_by = folder.parent if _TIMED.match(folder.name) else folder
    model = str(said.get("model_name") or named_by.name)
    commit = stated(said.get("commit"))
    taken: list[str] = []
    for path in sorted(tables, key=lambda one: (len(one.stem), FORMATS.index(one.suffix))):
        owner, benchmark = _split(path.stem, model, entries)
        if not benchmark or path.stem in taken:
            continue
        certain = benchmark in entries or known(NAME, benchmark) is not None
        if not certain and any(path.stem.startswith(f"{one}_") for one in taken):
            continue
        try:
            table = read_table(path)
        except SourceError:
            if benchmark in entries:
                raise
            continue
        if {"index", "prediction"} <= table.columns and "eval_score" not in table.columns:
            taken.append(path.stem)
            entry = entries.get(benchmark)
            yield _Place(
                owner, benchmark, table, status if entry is not None else None, entry, commit
            )


def _split(stem: str, model: str, entries: Mapping[str, Any]) -> tuple[str, str]:
    """(model, benchmark): by the folder's name, else by the longest benchmark that is known."""
    if stem.startswith(f"{model}_"):
        return model, stem.removeprefix(f"{model}_")
    names = [*entries, *(native_list(NAME) or {})]
    ends = [name for name in names if stem.endswith(f"_{name}")]
    found = max(ends, key=len, default="")
    return (stem.removesuffix(f"_{found}"), found) if found else (model, "")


def _job(root: Path, place: _Place) -> Found:
    table = place.table
    once(table.path, enumerate((row["index"] for row in table.rows), start=1), lines=False)
    ids = _our_ids(table.path)
    asked, predictions = [], []
    failures = failure_texts(NAME)
    several = len({row.get("split") for row in table.rows}) > 1
    for row in table.rows:
        sample = ids.get(row["index"], row["index"])
        group = row.get("category") or (row.get("split") if several else None)
        asked.append(
            Shown(
                id=sample,
                references=texts(row.get("answer")),
                group=group or None,
                question=row.get("question") or None,
                images=texts(row.get("image_path") or None),
            )
        )
        predictions.append(prediction(sample, row.get("prediction", ""), failures))
    failed = failed_ids(tuple(predictions))
    found = Numbers((), (), ())
    error = _failure(place)
    if error is None:
        indexes = {
            row["index"] for row in table.rows if ids.get(row["index"], row["index"]) in failed
        }
        found = numbers(place.stem, place.benchmark, table, place.status, place.entry, indexes)
    scores = tuple(one.model_copy(update={"id": ids.get(one.id, one.id)}) for one in found.scores)
    if error is None and not found.native:
        error = "no file of scores lies beside the table, and status.json has no metric"
    versions = said_versions(table.path.parent)
    return Found(
        harness=NAME,
        version=stated(versions.get("harness"), place.commit),
        model=place.model,
        benchmark=place.benchmark,
        root=root,
        sources=(table.path, *found.sources, *([place.status] if place.status else [])),
        asked=tuple(asked),
        predictions=tuple(predictions),
        native=found.native,
        scores=scores,
        notes=(*table.damage, *_notes(place), *found.notes),
        error=None if found.native else error,
        python=stated(versions.get("python")),
        protocol=of_vlmevalkit((row.get("split") for row in table.rows), place.entry),
    )


def _our_ids(table: Path) -> Mapping[str, str]:
    """A run of bench gives some benchmarks an index of VLMEvalKit's own kind, and notes it."""
    path = table.parent.parent / "ids.json"
    return read_object(path) if path.is_file() else {}


def _failure(place: _Place) -> str | None:
    """Why VLMEvalKit gave no number; its exit code is 0 all the same."""
    entry = place.entry
    if entry is None:
        return None
    if entry.get("error_message") is not None:
        return f"VLMEvalKit failed on it: {entry['error_message'] or 'it gives no message'}"
    if entry.get("skip_reason"):
        return f"VLMEvalKit did not score it: {entry['skip_reason']}"
    if entry.get("status") != "done":
        return f"VLMEvalKit stopped on it at {entry.get('status')!r}"
    return None


def _notes(place: _Place) -> Iterator[str]:
    if "question" in place.table.columns:
        yield (
            "a question is the table's own: the prompt that VLMEvalKit made of it, with hints and "
            "options, is in no file"
        )
    words = read_as_missing(place.table.rows)
    if words:
        yield (
            f"{len(words)} answers are words that pandas reads back as a missing value (NA, N/A, "
            f"None): VLMEvalKit may have scored them as `nan`; here they are texts: {named(words)}"
        )
    details = [
        one
        for suffix in FORMATS
        if (one := place.stem.with_name(f"{place.stem.name}_results{suffix}")).is_file()
    ]
    if details and any(part in place.benchmark for part in _DISTANCES):
        yield (
            f"the column eval_score of {details[0].name} is a mean of distances, 0 where all is "
            "right: it is not taken for a score; samples are scored by eval_match"
        )
    if (place.entry or {}).get("judge_model") not in (None, "", "exact_matching"):
        yield (
            f"VLMEvalKit names the judge {(place.entry or {})['judge_model']}: without a key it "
            "falls back to exact matching and keeps the name"
        )
