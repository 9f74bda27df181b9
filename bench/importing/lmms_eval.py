"""lmms-eval's *_results.json and *_samples_*.jsonl; and the logs of its first versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing import grouped, lmms_eval_logs
from bench.importing.catalogued import failure_texts
from bench.importing.found import (
    Found,
    failed_ids,
    is_number,
    number,
    objects,
    prediction,
    rows,
    said_versions,
    shaped,
    stated,
    texts,
)
from bench.importing.grouped import Results, Unit
from bench.importing.lmms_eval_logs import Old
from bench.importing.shown import Shown, measured
from bench.importing.stated import of_lmms_eval
from bench.protocol import Asked, NativeScore, Prediction
from bench.schema import NativeResult

NAME = "lmms-eval"
LOOKED_FOR = (
    "*_results.json with `n-samples` (and *_samples_*.jsonl beside it), or of 0.1 and 0.2 a JSON "
    "file a task with `args`, `model_configs` and `logs`"
)
_ENDING = "_results.json"
# The value of a perfect run, read in the tasks' own functions; None where a metric is not here.
_WHOLE = {
    **dict.fromkeys(("anls", "exact_match", "acc", "acc_norm", "mmmu_acc", "websrc_squad_f1"), 1.0),
    **dict.fromkeys(("relaxed_overall", "relaxed_human_split", "relaxed_augmented_split"), 1.0),
    **dict.fromkeys(("pope_accuracy", "pope_precision", "pope_recall", "pope_f1_score"), 1.0),
    **dict.fromkeys(("seed_image", "seed_video", "seed_all"), 1.0),
}
_NEITHER = ("pope_yes_ratio",)  # neither more nor less of it is better


def read(path: Path) -> list[Found]:
    found = []
    for file, results in objects(path, f"*{_ENDING}", *grouped.KEYS):
        with shaped(file, NAME):
            found += [_job(path, file, results, unit) for unit in grouped.units(results)]
    for old in lmms_eval_logs.read_old(path):
        with shaped(old.file, NAME):
            units = grouped.units(old.results)
            found += [_job(path, old.file, old.results, unit, old) for unit in units]
    return found


@dataclass
class _Read:
    asked: list[Asked] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    lines: dict[str, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def _job(root: Path, file: Path, results: Results, unit: Unit, old: Old | None = None) -> Found:
    read = _Read(sources=[file], notes=[lmms_eval_logs.UNCOUNTED] if old else [])
    for task in unit.tasks:
        _task(read, file, results, unit, task, old)
    versions = said_versions(file.parent)
    version = str(results.get("lmms_eval_version") or "")
    error = grouped.without_samples(NAME, read.absent)
    native = tuple(_native(read, file, results, unit))
    return Found(
        harness=NAME,
        version=stated(versions.get("harness"), "" if "unknown" in version else version),
        model=grouped.model_of(file, results),
        benchmark=unit.name,
        root=root,
        sources=tuple(read.sources),
        asked=() if error else tuple(read.asked),
        predictions=() if error else tuple(read.predictions),
        native=native,
        scores=tuple(_scores(read, results)),
        notes=tuple(dict.fromkeys(read.notes)),
        error=error,
        python=stated(versions.get("python")),
        protocol=of_lmms_eval(results, unit.tasks[0], read.asked) if len(unit.tasks) == 1 else {},
    )


def _task(  # noqa: PLR0917
    read: _Read, file: Path, results: Results, unit: Unit, task: str, old: Old | None
) -> None:
    named = f"{file.name.removesuffix(_ENDING)}_samples_{task}.jsonl"
    samples = old.sources[task] if old else file.with_name(named)
    if not samples.is_file():
        read.absent.append(task)
        return
    if samples not in read.sources:
        read.sources.append(samples)
    seen: set[str] = set()
    lines = read.lines[task] = []
    for place, line in enumerate(old.lines[task], start=1) if old else rows(samples):
        grouped.all_there(samples, place, line, {"doc_id", "filtered_resps"})
        sample = str(line["sample"]) if "sample" in line else ""
        sample = sample or grouped.qualified(unit, task, line["doc_id"])
        lines.append((sample, line))
        if sample in seen:
            continue  # a line for each filter, or for each repetition: the first has the answer
        seen.add(sample)
        group = unit.group_of(NAME, task)
        read.asked.append(
            Shown(
                id=sample,
                references=texts(line.get("target")),
                group=group,
                question=_question(line),
                images=_pictures(line),
            )
        )
        answer = prediction(sample, _answer(line), failure_texts(NAME))
        read.predictions.append(measured(answer, tokens=_tokens(line)))
    if len(lines) > len(seen):
        read.notes.append(
            f"{task}: {len(lines)} lines of {len(seen)} samples; the first of each is taken"
        )
    asked = grouped.effective(file, results, task)
    if len(seen) > asked:
        raise SourceError(samples, f"has {len(seen)} samples; {file.name} counts {asked}")
    read.asked += grouped.lost(task, len(seen), asked)


def _answer(line: Mapping[str, Any]) -> str | None:
    """As the model gave it: lmms-eval keeps it apart where its filter changed it."""
    answer = line.get("resps", line["filtered_resps"])
    while isinstance(answer, list) and answer:
        answer = answer[0]
    return answer if isinstance(answer, str) else None


def _question(line: Mapping[str, Any]) -> str | None:
    """The task's text. Before 0.3 it is the first of the request's arguments."""
    text = line.get("input", line.get("arguments"))
    while isinstance(text, list) and text:
        text = text[0]
    return text if isinstance(text, str) else None


def _pictures(line: Mapping[str, Any]) -> tuple[str, ...]:
    """At most four: lmms-eval notes no more, and large ones not at all."""
    return tuple(one for one in line.get("input_media") or () if isinstance(one, str))


def _tokens(line: Mapping[str, Any]) -> Any:
    counts = line.get("token_counts")
    first = counts[0] if isinstance(counts, list) and counts else None
    return first.get("output_tokens") if isinstance(first, dict) else None


def _native(read: _Read, file: Path, results: Results, unit: Unit) -> Iterator[NativeResult]:
    failed = failed_ids(tuple(read.predictions))
    several = len(unit.tasks) > 1
    for name in (*unit.tasks, *unit.groups):
        values = results["results"][name]
        tasks = grouped.leaves(results, unit, name)
        lines = [one for task in tasks for one in read.lines.get(task, [])]
        better = (results["higher_is_better"] or {}).get(name) or {}
        for metric, filtered, value in grouped.metrics(values):
            mine = [(sample, line) for sample, line in lines if metric in line]
            if value == [] or (read.lines and not mine):
                continue  # a column of the task's own, which is no number
            if not is_number(value) or number(value) is None or metric == grouped.BYPASS:
                read.notes.append(f"lmms-eval's {metric} of {name} is no number: {value}")
                continue
            scale = _whole(metric, [line for _, line in mine])
            asked = {sample for sample, _ in mine}
            direction = better.get(metric)
            known = scale is not None and metric not in _NEITHER and isinstance(direction, bool)
            same = [one for one, _, _ in grouped.metrics(values) if one == metric]
            yield NativeResult(
                metric=metric if len(same) == 1 else f"{metric},{filtered}",
                group=unit.group_of(NAME, name) if several else None,
                value=float(value),
                scale=scale,
                higher_is_better=direction if known else None,
                n=len(asked) or sum(grouped.effective(file, results, task) for task in tasks),
                failed_scored=len(asked & failed),
                source=file.name,
            )


def _whole(metric: str, lines: Sequence[Mapping[str, Any]]) -> float | None:
    """The value of a perfect run of these rows."""
    if metric == "ocrbench_accuracy":
        return len(lines) / 1000 or None  # the count is divided by 1000 whatever was asked
    if metric in ("mme_perception_score", "mme_cognition_score"):
        return 200 * len({line[metric]["category"] for line in lines}) or None
    return _WHOLE.get(metric)


def _scores(read: _Read, results: Results) -> Iterator[NativeScore]:
    """Of metrics that score samples one by one, and by one filter alone."""
    for task, lines in read.lines.items():
        told = [metric for metric, _, _ in grouped.metrics(results["results"].get(task) or {})]
        for metric in dict.fromkeys(told):
            if told.count(metric) > 1 or metric == grouped.BYPASS:
                continue
            for sample, line in lines:
                score = line.get(metric)
                score = score.get("score") if isinstance(score, dict) else score
                if is_number(score):
                    yield NativeScore(id=sample, metric=metric, value=float(score or 0.0))
