"""The numbers that VLMEvalKit wrote beside a prediction table, as it wrote them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from glob import escape
from pathlib import Path
from typing import Any

from bench import resources
from bench.benchmarks import native_list
from bench.importing.found import number, read_object
from bench.importing.tables import FORMATS, Table, read_table
from bench.protocol import NativeScore
from bench.schema import NativeResult

Row = Mapping[str, str]
# metric, group, value, scale (None: its code leaves it open), rows, their number where another
Given = tuple[str, str | None, Any, float | None, Sequence[Row], int | None]

_HALF = 0.5  # an ANLS below it counts nothing
_CLOSE = 1e-6


@cache
def _tables() -> Mapping[str, Any]:
    """What its classes call their numbers; the adapter's collect reads the same file."""
    path = resources.folder("adapters") / "harnesses" / "vlmevalkit" / "metrics.json"
    return read_object(path)


@dataclass(frozen=True)
class Numbers:
    native: tuple[NativeResult, ...]
    scores: tuple[NativeScore, ...]
    sources: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def numbers(  # noqa: PLR0917
    stem: Path,
    benchmark: str,
    table: Table,
    status: Path | None,
    entry: Mapping[str, Any] | None,
    failed: set[str],
) -> Numbers:
    """`failed`: indexes of requests that gave no answer, whose failure text was scored."""
    source, given = _given(stem, benchmark, table.rows)
    if source is None and status is not None and (entry or {}).get("metrics"):
        source = status
        given = [
            (name, None, v, None, table.rows, None) for name, v in (entry or {})["metrics"].items()
        ]
    if source is None:
        return Numbers((), (), ())
    native, notes = [], []
    for metric, group, value, scale, rows, count in given:
        found = number(value)
        if found is None:
            notes.append(f"VLMEvalKit's {metric} of {group or 'all'} is no number: {value}")
            continue
        native.append(
            NativeResult(
                metric=metric,
                group=group,
                value=found,
                scale=scale,
                higher_is_better=None if scale is None else True,
                n=len(rows) if count is None else count,
                failed_scored=sum(row["index"] in failed for row in rows),
                source=source.name,
            )
        )
    details, scores = _scores(stem, benchmark, native)
    sources = (source, *([details] if details else []))
    return Numbers(tuple(native), tuple(scores), sources, tuple(notes))


def _given(stem: Path, benchmark: str, rows: Sequence[Row]) -> tuple[Path | None, list[Given]]:
    """(its file, what it holds); by the kinds of files that VLMEvalKit's classes write."""
    counted = benchmark.startswith("OCRBench") and not benchmark.startswith("OCRBench_v2")
    score = _beside(stem, "_score", ".json", ".csv", ".xlsx", ".tsv")
    if counted and score is not None and score.suffix == ".json":
        return score, list(_ocrbench(read_object(score), rows))
    acc = _beside(stem, "_acc", ".csv", ".json", ".xlsx", ".tsv")
    if acc is not None:
        return acc, list(_of_acc(benchmark, read_table(acc).rows, rows))
    if score is None:
        score = next(iter(sorted(stem.parent.glob(f"{escape(stem.name)}_*_score.csv"))), None)
        return score, [] if score is None else list(_open(read_table(score).rows, rows))
    if score.suffix == ".json":
        return score, list(_open([_texts(read_object(score))], rows))
    return score, list(_of_score(benchmark, read_table(score).rows, rows))


def _of_acc(benchmark: str, lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[Given]:
    if lines and "split" in lines[0]:
        yield from _choices(lines, rows)
    elif lines and "Overall" in lines[0]:
        yield from _questions(benchmark, lines[0], rows)
    else:
        yield from _open(lines, rows)


def _of_score(benchmark: str, lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[Given]:
    if benchmark == "MME" and lines:
        yield from _points(lines[0], rows)
    elif benchmark in ("POPE", "HallusionBench"):
        yield from _yes_or_no(lines, rows)
    else:
        yield from _open(lines, rows)


def _beside(stem: Path, ending: str, *suffixes: str) -> Path | None:
    paths = (stem.with_name(f"{stem.name}{ending}{suffix}") for suffix in suffixes)
    return next((path for path in paths if path.is_file()), None)


def _texts(value: Mapping[str, Any]) -> Row:
    return {key: str(one) for key, one in value.items() if not isinstance(one, dict | list)}


def vqa_metric(benchmark: str) -> str:
    """What the number of an ImageVQADataset is."""
    rows: list[tuple[list[str], str]] = _tables()["by_name"]
    return next(name for parts, name in rows if not parts or any(one in benchmark for one in parts))


def _known_class(benchmark: str) -> str | None:
    row = (native_list("vlmevalkit") or {}).get(benchmark)
    return None if row is None else row.get("class")


def _questions(benchmark: str, line: Row, rows: Sequence[Row]) -> Iterator[Given]:
    """ImageVQADataset, 0 to 100: a column for each split or category, and Overall."""
    if _known_class(benchmark) not in (None, "ImageVQADataset"):
        yield from _open([line], rows)
        return
    metric = vqa_metric(benchmark)
    for group, value in line.items():
        of = rows if group == "Overall" else _where(rows, ("split", "category"), group)
        yield metric, None if group == "Overall" else group, value, 100, of, None


def _choices(lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[Given]:
    """Multiple choice, 0 to 1: a line for each split; a question asked in turns counts once."""
    for line in lines:
        split = line["split"]
        mine = rows if split == "none" else _where(rows, ("split",), split)
        only = "none" if len(lines) == 1 else split
        for column, value in line.items():
            if column == "split":
                continue
            of = mine if column == "Overall" else _where(mine, ("category", "l2-category"), column)
            parts = [one for one in (only, column) if one not in ("none", "Overall")]
            asked = {_question(row["index"]) for row in of}
            yield "accuracy", "/".join(parts) or None, value, 1, of, len(asked)


def _question(index: str) -> str | int:
    return int(index) % 1_000_000 if index.isascii() and index.isdigit() else index


def _ocrbench(scores: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[Given]:
    """Right answers are counted: the scale is their number. `Final Score Norm`, the count by ten
    whatever was asked, is left out.
    """
    for name, value in scores.items():
        if name == "Final Score":
            yield "ocrbench_score", None, value, len(rows), rows, None
        elif name != "Final Score Norm":
            names = _tables()["ocrbench_text"] if name == "Text Recognition" else (name,)
            of = [row for row in rows if row.get("category") in names]
            if of:  # a group that was not asked has no score, not a score of 0
                yield "ocrbench_score", name, value, len(of), of, None


def _points(line: Row, rows: Sequence[Row]) -> Iterator[Given]:
    """MME: 200 for each kind of question, of which two parts are sums."""
    for name, value in line.items():
        part = _tables()["mme"].get(name, (name,))
        of = [row for row in rows if row.get("category") in part]
        if of:
            scale = 200 * len({row["category"] for row in of})
            metric, group = (name, None) if name in _tables()["mme"] else ("points", name)
            yield metric, group, value, scale, of, None


def _yes_or_no(lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[Given]:
    """POPE's F1, accuracy, precision and recall, and HallusionBench's three accuracies."""
    for line in lines:
        group = None if line["split"] == "Overall" else line["split"]
        of = rows if group is None else _listed(rows, group)
        for column, value in line.items():
            if column != "split":
                yield _tables()["yes_no"].get(column, column), group, value, 100, of, None


def _open(lines: Sequence[Row], rows: Sequence[Row]) -> Iterator[Given]:
    """A form that is not known: each number by its column, its scale left open."""
    for line in lines:
        words = [value for value in line.values() if number(value) is None]
        group = "/".join(word for word in words if word) or None if len(lines) > 1 else None
        for column, value in line.items():
            if number(value) is not None:
                yield column, group, value, None, rows, None


def _where(rows: Sequence[Row], columns: Sequence[str], value: str) -> list[Row]:
    return [row for row in rows if value in [row.get(column) for column in columns]]


def _listed(rows: Sequence[Row], group: str) -> list[Row]:
    """POPE writes several categories of a question in one cell."""
    kinds = ("category", "l2-category")
    return [row for row in rows if any(group in (row.get(one) or "").split(",") for one in kinds)]


def _scores(
    stem: Path, benchmark: str, native: Sequence[NativeResult]
) -> tuple[Path | None, list[NativeScore]]:
    """VLMEvalKit's own score of each sample, where their mean is its number; never eval_score."""
    for ending, metric, scored in (
        ("_results", vqa_metric(benchmark), _matched),
        ("_exact_matching_result", "accuracy", _hit),
        ("_auxmatch", "accuracy", _true),
    ):
        path = _beside(stem, ending, *FORMATS)
        if path is None:
            continue
        found = {row["index"]: scored(row, metric, benchmark) for row in read_table(path).rows}
        kept = {index: score for index, score in found.items() if score is not None}
        names = {metric, "aAcc"} if ending == "_auxmatch" else {metric}
        scores = [
            NativeScore(id=index, metric=name, value=score)
            for name in sorted(names)
            if len(kept) == len(found) and _closes(list(kept.values()), name, native)
            for index, score in kept.items()
        ]
        return (path, scores) if scores else (None, [])
    return None, []


def _matched(row: Row, metric: str, benchmark: str) -> float | None:
    """`eval_match` holds a number for each reference: for ANLS a distance, else a score."""
    try:
        found = [float(one) for one in ast.literal_eval(row["eval_match"])]
    except (KeyError, ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if not found:
        return None
    if metric == "anls":
        near = 1 - min(found)
        return near if near >= _HALF else 0.0
    best = metric == "relaxed_accuracy" or "OCRVQA" in benchmark
    return max(found) if best else math.fsum(found) / len(found)


def _hit(row: Row, _metric: str, _benchmark: str) -> float | None:
    return number(row.get("hit"))


def _true(row: Row, _metric: str, _benchmark: str) -> float | None:
    said = row.get("score")
    return None if said is None else float(said in ("True", "1"))


def _closes(scores: list[float], metric: str, native: Sequence[NativeResult]) -> bool:
    whole = [one for one in native if one.metric == metric and one.group is None]
    if not whole or not scores:
        return False
    scale = whole[0].scale or 1
    return abs(math.fsum(scores) / len(scores) * scale - whole[0].value) <= _CLOSE * scale
