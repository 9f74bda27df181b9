"""lm-eval's results_*.json and samples_*.jsonl."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing import grouped
from bench.importing.catalogued import failure_texts, known
from bench.importing.choices import choices_of, chosen
from bench.importing.found import (
    Found,
    is_number,
    number,
    objects,
    once,
    prediction,
    rows,
    said_versions,
    shaped,
    stated,
    texts,
)
from bench.importing.grouped import Results, Unit
from bench.importing.shown import Shown, written_messages
from bench.importing.stated import of_lm_eval
from bench.protocol import Asked, NativeScore, Prediction
from bench.schema import NativeResult

NAME = "lm-eval"
LOOKED_FOR = "results_TIME.json with `n-samples` (and samples_*.jsonl beside it)"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d.-]+$")
HALVES = ("documents_text", "documents_image")  # of a document task that bench ran
# Shares of 1, and metrics out of 100, in every task of lm-eval.
_SHARES = ("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "f1", "em", "mcc")
_HASH = re.compile(r"[0-9a-f]{64}")
_OF_HUNDRED = ("bleu", "chrf", "chrf++")


def read(path: Path) -> list[Found]:
    found = []
    for file, results in objects(path, "*_????-??-??T*.json", *grouped.KEYS):
        with shaped(file, NAME):
            found += [_job(path, file, results, unit) for unit in grouped.units(results)]
    return found


@dataclass
class _Read:
    asked: list[Asked] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    scores: list[NativeScore] = field(default_factory=list)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def _job(root: Path, file: Path, results: Results, unit: Unit) -> Found:
    there = known(NAME, unit.name)
    metric = there.home.metric if there else None
    read, ours = _Read(sources=[file]), _Ours.beside(file)
    for task in unit.tasks:
        _task(read, file, results, unit, task, metric, ours)
    versions = said_versions(file.parent)
    native = tuple(_native(read, file, results, unit))
    notes = list(dict.fromkeys(read.notes))
    empty = sum(one.prediction == "" for one in read.predictions)
    if empty:
        notes.append(
            f"{empty} answers are empty: lm-eval writes an empty text for an answer without content"
        )
    error = grouped.without_samples(NAME, read.absent)
    return Found(
        harness=NAME,
        version=stated(results.get("lm_eval_version"), versions.get("harness")),
        model=grouped.model_of(file, results),
        benchmark=unit.name,
        root=root,
        sources=tuple(read.sources),
        asked=() if error else tuple(read.asked),
        predictions=() if error else tuple(read.predictions),
        native=native,
        scores=tuple(read.scores),
        notes=tuple(notes),
        error=error,
        python=stated(versions.get("python")),
        protocol=of_lm_eval(results, unit.tasks[0], read.asked) if len(unit.tasks) == 1 else {},
    )


@dataclass(frozen=True)
class _Ours:
    """What a run of bench noted beside lm-eval's files: the samples' ids, and what failed."""

    told: Mapping[tuple[str, int], Mapping[str, Any]]
    failed: Mapping[str, str]

    @classmethod
    def beside(cls, file: Path) -> _Ours:
        told, failed = file.parent.parent / "told.jsonl", file.parent.parent / "failed.jsonl"
        return cls(
            {(row["task"], row["number"]): row for _, row in rows(told)} if told.is_file() else {},
            {row["id"]: row["error"] for _, row in rows(failed)} if failed.is_file() else {},
        )


def _task(  # noqa: PLR0917
    read: _Read,
    file: Path,
    results: Results,
    unit: Unit,
    task: str,
    metric: str | None,
    ours: _Ours,
) -> None:
    stamp = _TIME.search(file.stem)
    samples = file.with_name(f"samples_{task}_{stamp.group() if stamp else ''}.jsonl")
    if not samples.is_file():
        read.absent.append(task)
        return
    read.sources.append(samples)
    numbered = list(rows(samples))
    lines = read.lines[task] = [row for _, row in numbered]
    for place, line in numbered:
        grouped.all_there(samples, place, line, {"doc_id", "resps", "filter", "metrics"})
    once(samples, [(place, f"{line['doc_id']}/{line['filter']}") for place, line in numbered])
    config = (results.get("configs") or {}).get(task) or {}
    first = lines[0]["filter"] if lines else None
    for line in lines:
        told = ours.told.get((task, line["doc_id"]), {})
        sample = told.get("id") or grouped.qualified(unit, task, _number(task, line))
        if line["filter"] == first:
            answer, references = _answer(read, line, config, metric, told)
            read.asked.append(
                Shown(
                    id=sample,
                    references=references,
                    group=told.get("group") or unit.group_of(NAME, task),
                    doc_id=told.get("doc_id"),
                    **_shown(line),
                )
            )
            failure = ours.failed.get(sample)
            if failure is None:
                read.predictions.append(prediction(sample, answer, failure_texts(NAME)))
            else:
                read.predictions.append(
                    Prediction(id=sample, status="failed", prediction=None, error=failure)
                )
        for key in line["metrics"]:
            if is_number(line.get(key)):
                label = _label(key, line["filter"])
                read.scores.append(NativeScore(id=sample, metric=label, value=float(line[key])))
    there = sum(line["filter"] == first for line in lines)
    asked = grouped.effective(file, results, task)
    if there > asked:
        raise SourceError(samples, f"has {there} samples; {file.name} counts {asked}")
    read.asked += grouped.lost(task, there, asked)


def _answer(
    read: _Read,
    line: Mapping[str, Any],
    config: Mapping[str, Any],
    metric: str | None,
    told: Mapping[str, Any],
) -> tuple[str, tuple[str, ...]]:
    """The answer as text and the right ones: of likelihoods, the choice that `metric` takes."""
    offered = told.get("choices") or choices_of(line, config)
    if offered is None:
        said = line["resps"][0]
        if len(said) > 1:
            read.notes.append("lm-eval asked each sample several times: the first answer is taken")
        answer = said[0] if isinstance(said[0], str) else said[0][0]
        return answer, tuple(told.get("references", texts(line.get("target"))))
    by = metric if metric and metric in line["metrics"] else str(line["metrics"][0])
    read.notes.append(
        f"an answer is the choice that lm-eval's {by} takes: the model gave log-probabilities"
    )
    picked = offered[chosen(by, line, offered)]
    references = told.get("references")
    if references is None:
        right = [int(one) for one in re.findall(r"\d+", str(line.get("target", "")))]
        references = [offered[one] for one in right if one < len(offered)]
    return picked, tuple(references)


def _number(task: str, line: Mapping[str, Any]) -> Any:
    """The sample's number. A document task of bench is asked in two halves, and has it in `doc`."""
    if task in HALVES and isinstance(line.get("doc"), dict) and "row" in line["doc"]:
        return line["doc"]["row"]
    return line["doc_id"]


def _shown(line: Mapping[str, Any]) -> dict[str, Any]:
    """The text before the answer, once for all choices; beginnings that differ one by one."""
    arguments = line.get("arguments")
    requests = [one for one in arguments.values() if isinstance(one, dict)] if arguments else []
    texts: dict[str, None] = {}
    for one in requests:
        first = one.get("arg_0")
        first = first[0] if isinstance(first, list) and first else first
        if isinstance(first, str):
            texts[first] = None
    asked = [written_messages(text) for text in texts]
    visual = [
        name
        for one in requests[:1]
        if isinstance(one.get("arg_2"), dict)
        for name in one["arg_2"].get("visual") or ()
    ]
    paths = tuple(one for one in visual if isinstance(one, str) and not _HASH.fullmatch(one))
    images = tuple(name for one in asked for name in one.images) or paths
    return {
        "question": "\n".join(one.text or "" for one in asked) if asked else None,
        "images": images,
        "unshown": max(0, len(visual) - len(images)),
    }


def _label(metric: str, filtered: str) -> str:
    return metric if filtered == "none" else f"{metric},{filtered}"


def _native(read: _Read, file: Path, results: Results, unit: Unit) -> list[NativeResult]:
    failed = {one.id for one in read.predictions if one.status == "failed"}
    of_group: dict[str | None, set[str]] = {}
    for one in read.asked:
        of_group.setdefault(one.group, set()).add(one.id)
    found = []
    for name in (*unit.tasks, *unit.groups):
        tasks = grouped.leaves(results, unit, name)
        group = unit.group_of(NAME, name)
        mine = (
            {one.id for one in read.asked}
            if group is None
            else set().union(*(of_group.get(unit.group_of(NAME, task), set()) for task in tasks))
        )
        better = (results["higher_is_better"] or {}).get(name) or {}
        lines = [line for task in tasks for line in read.lines.get(task, [])]
        for metric, filtered, value in grouped.metrics(results["results"][name]):
            if not is_number(value) or number(value) is None or metric == grouped.BYPASS:
                read.notes.append(f"lm-eval's {metric} of {name} is no number: {value}")
                continue
            found.append(
                NativeResult(
                    metric=_label(metric, filtered),
                    group=group,
                    value=float(value),
                    scale=_scale(metric, filtered, lines),
                    higher_is_better=better.get(metric),
                    n=sum(grouped.effective(file, results, task) for task in tasks),
                    failed_scored=len(mine & failed),
                    source=file.name,
                )
            )
    return found


def _scale(metric: str, filtered: str, lines: Sequence[Mapping[str, Any]]) -> float | None:
    """The value of a perfect run. A task's own metric is a share where every sample's score is."""
    if metric in _SHARES:
        return 1
    if metric in _OF_HUNDRED:
        return 100
    found = [line[metric] for line in lines if line["filter"] == filtered and metric in line]
    shares = bool(found) and all(is_number(one) and 0 <= one <= 1 for one in found)
    return 1 if shares and "perplexity" not in metric and "bits" not in metric else None
