"""EvalScope's reports/MODEL/BENCHMARK.json, with its predictions and reviews; schema 1 and 2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing.catalogued import failure_texts
from bench.importing.found import (
    Found,
    asked_samples,
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
from bench.importing.shown import Shown, conversation, measured
from bench.importing.stated import of_evalscope, resolved_config
from bench.protocol import Asked, NativeScore, Prediction
from bench.schema import NativeResult

NAME = "evalscope"
LOOKED_FOR = "reports/MODEL/BENCHMARK.json with `metrics` and `dataset_name`"
_DIRECTIONS = {"higher_is_better": True, "lower_is_better": False}
_RENAMED = {"acc": "accuracy"}  # what a review calls it, and what a report of schema 2 does
_NEWEST = 2


def read(path: Path) -> list[Found]:
    found = []
    for file, report in objects(path, "*.json", "metrics", "dataset_name", "model_name"):
        with shaped(file, NAME):
            found.append(_job(path, file, report))
    return found


@dataclass
class _Read:
    asked: list[Asked] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    scores: list[NativeScore] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    thinking: int = 0
    unmeasured: int = 0


def _job(root: Path, file: Path, report: Mapping[str, Any]) -> Found:
    schema = report.get("schema_version", 1)
    if not isinstance(schema, int) or schema > _NEWEST:
        raise SourceError(
            file, f"is a report of schema {schema}; this bench knows {_NEWEST} and older"
        )
    read = _Read(sources=[file])
    summary = report.get("execution_summary") or {}
    requested = {
        name: counts.get("requested", 0) for name, counts in (summary.get("subsets") or {}).items()
    }
    names = list(dict.fromkeys([*_subsets(report), *requested]))
    metrics = [_label(one) for one in report["metrics"]]
    for name in names:
        _subset(read, file, report["dataset_name"], name, metrics, several=len(names) > 1)
        if name in requested:
            asked = asked_samples(file, requested[name], name)
            _lost(read, name, asked, several=len(names) > 1)
    if read.thinking:
        read.notes.append(
            f"{read.thinking} answers are without the model's thinking: EvalScope keeps it apart"
        )
    failed = sum(one.status == "failed" for one in read.predictions)
    if failed:
        read.notes.append(f"{failed} requests failed; EvalScope's own numbers leave them out")
    if read.unmeasured:
        read.notes.append(
            f"EvalScope's metric failed on {read.unmeasured} samples and counts 0, or leaves them "
            "out"
        )
    if schema < _NEWEST:
        read.notes.append(
            "a report of schema 1 does not say how many samples were asked: those whose request "
            "failed may be missing here"
        )
    error = None
    if not read.asked:
        error = (
            "no predictions/ and reviews/ lie beside reports/: EvalScope's own numbers are kept, "
            "and nothing can be scored again"
        )
    versions = said_versions(file.parent)
    config = _config(read, file)
    version = stated(versions.get("harness"), config.get("evalscope_version"))
    return Found(
        harness=NAME,
        version=version,
        model=str(report["model_name"]),
        benchmark=str(report["dataset_name"]),
        root=root,
        sources=tuple(read.sources),
        asked=tuple(read.asked),
        predictions=tuple(read.predictions),
        native=tuple(_native(report, file)),
        scores=tuple(read.scores),
        notes=tuple(read.notes),
        error=error,
        python=stated(versions.get("python")),
        protocol=of_evalscope(config, str(report["dataset_name"]), read.asked),
    )


def _config(read: _Read, file: Path) -> Mapping[str, Any]:
    """The resolved one, which newer EvalScopes leave beside the reports."""
    path = file.parent.parent.parent / "configs" / "task_config.yaml"
    if path.is_file():
        read.sources.append(path)
    return resolved_config(path)


def _subsets(report: Mapping[str, Any]) -> list[str]:
    return [
        str(subset["name"])
        for metric in report["metrics"]
        for category in metric.get("categories") or ()
        for subset in category.get("subsets") or ()
        if not subset.get("is_aggregate")
    ]


def _subset(
    read: _Read,
    file: Path,
    benchmark: str,
    subset: str,
    metrics: Sequence[str],
    *,
    several: bool,
) -> None:
    base, name = file.parent.parent.parent, f"{benchmark}_{subset}.jsonl"
    paths = {kind: base / kind / file.parent.name / name for kind in ("predictions", "reviews")}
    found = {kind: _by_number(path) for kind, path in paths.items() if path.is_file()}
    read.sources += [path for path in paths.values() if path.is_file()]
    reviews = found.get("reviews", {})
    for place, row in sorted((found.get("predictions") or reviews).items()):
        review = reviews.get(place, {})
        scored = review.get("sample_score") or {}
        sample = _sample(row, scored, place, subset, several=several)
        text = _text(row) if "model_output" in row else _said(scored)
        read.thinking += _thinks(row)
        shown = conversation(row.get("messages") or review.get("messages"))
        read.asked.append(
            Shown(
                id=sample,
                references=_references(review.get("target")),
                group=subset if several else None,
                question=shown.text,
                images=shown.images,
            )
        )
        answer = prediction(sample, text, failure_texts(NAME))
        read.predictions.append(measured(answer, **_measures(row.get("model_output"))))
        read.scores += _scores(sample, scored, metrics)
        metadata = (scored.get("score") or {}).get("metadata") or {}
        read.unmeasured += bool(metadata.get("metric_errors"))


def _by_number(path: Path) -> dict[int, dict[str, Any]]:
    """By `index`; EvalScope appends, so the last of two is the later."""
    found = {}
    for line, row in rows(path):
        if not isinstance(row.get("index"), int):
            raise SourceError(path, "has no `index`", line=line)
        found[row["index"]] = row
    return found


def _sample(
    row: Mapping[str, Any], scored: Mapping[str, Any], place: int, subset: str, *, several: bool
) -> str:
    """The id that a run of bench gave; else the number, which counts within a subset."""
    ours = (row.get("metadata") or {}).get("sample") or (scored.get("sample_metadata") or {}).get(
        "sample"
    )
    if isinstance(ours, str):
        return ours
    return f"{subset}/{place}" if several else str(place)


def _text(row: Mapping[str, Any]) -> str | None:
    """All the text of the model's message, as EvalScope scores it."""
    output = row["model_output"] or {}
    choices = output.get("choices") or []
    if output.get("error") or not choices:
        return None
    content = choices[0]["message"]["content"]
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if part.get("type") == "text")
    return content if isinstance(content, str) else None


def _measures(output: Any) -> dict[str, Any]:
    """What EvalScope's client counted and timed; its latency is in seconds."""
    if not isinstance(output, dict):
        return {}
    choice = next(iter(output.get("choices") or ()), None) or {}
    timed = output.get("perf_metrics") or (choice.get("message") or {}).get("perf_metrics") or {}
    reason = choice.get("stop_reason")
    return {
        "tokens": (output.get("usage") or {}).get("output_tokens", timed.get("output_tokens")),
        "latency_s": timed.get("latency", output.get("time")),
        "finish_reason": None if reason == "unknown" else reason,
    }


def _thinks(row: Mapping[str, Any]) -> bool:
    choices = (row.get("model_output") or {}).get("choices") or []
    content = choices[0]["message"]["content"] if choices else None
    return isinstance(content, list) and any(part.get("type") == "reasoning" for part in content)


def _said(scored: Mapping[str, Any]) -> str | None:
    text = (scored.get("score") or {}).get("prediction")
    return text if isinstance(text, str) else None


def _references(target: Any) -> tuple[str, ...]:
    """Several right answers are a JSON list, in a list of one."""
    single = target[0] if isinstance(target, list) and len(target) == 1 else target
    if isinstance(single, str) and single.startswith("["):
        try:
            return texts(json.loads(single))
        except ValueError:
            return texts(single)
    return texts(target)


def _scores(
    sample: str, scored: Mapping[str, Any], metrics: Sequence[str]
) -> Iterator[NativeScore]:
    values = (scored.get("score") or {}).get("value") or {}
    for name, value in values.items():
        names = [name, _RENAMED.get(name, name), f"mean_{name}"]
        label = next((one for one in names if one in metrics), None)
        if label is None and len(values) == len(metrics) == 1:
            label = metrics[0]
        if label is not None and isinstance(value, bool | int | float):
            yield NativeScore(id=sample, metric=label, value=float(value))


def _lost(read: _Read, subset: str, requested: int, *, several: bool) -> None:
    """Samples that were asked and whose request failed: EvalScope leaves no row of them."""
    mine = [one for one in read.asked if not several or one.group == subset]
    if requested <= len(mine):
        return
    said = "EvalScope counts it as an error, and keeps no answer"
    ids = {one.id for one in read.asked}
    free = (f"{subset}/failed-{number}" for number in range(1, requested + 1))
    for sample in [one for one in free if one not in ids][: requested - len(mine)]:
        read.asked.append(Asked(id=sample, group=subset if several else None))
        read.predictions.append(Prediction(id=sample, status="failed", prediction=None, error=said))


def _label(metric: Mapping[str, Any]) -> str:
    """`anls`; `rouge,ngram=1,statistic=f1`: what tells metrics apart. Schema 1 has one name."""
    identity = metric.get("identity")
    if not identity:
        return str(metric.get("name"))
    parts = [identity["name"]]
    if identity.get("aggregation") not in (None, "mean", "identity"):
        parts.append(identity["aggregation"])
    dimensions = identity.get("dimensions") or {}
    return ",".join(parts + ["{}={}".format(*one) for one in sorted(dimensions.items())])


def _native(report: Mapping[str, Any], file: Path) -> Iterator[NativeResult]:
    """Each metric as it is written, to four digits: over all, by category and by subset."""
    for metric in report["metrics"]:
        semantics = metric.get("semantics") or {}
        bounds = semantics.get("value_range") or {}
        categories = metric.get("categories") or ()
        places: list[tuple[str | None, Mapping[str, Any]]] = [(None, metric)]
        every = [one for category in categories for one in category.get("subsets") or ()]
        real = [one for one in every if not one.get("is_aggregate")]
        if len(real) > 1:
            if len(categories) > 1:
                places += [("/".join(one["name"]), one) for one in categories]
            places += [(one["name"], one) for one in real]
        for group, one in places:
            value = number(one.get("score"))
            if value is None:
                raise SourceError(file, f"{_label(metric)} of {group or 'all'} is no number")
            yield NativeResult(
                metric=_label(metric),
                group=group,
                value=value,
                scale=bounds.get("max") if is_number(bounds.get("max")) else None,
                higher_is_better=_DIRECTIONS.get(str(semantics.get("direction"))),
                n=one.get("num"),
                failed_scored=0,
                source=file.name,
            )
