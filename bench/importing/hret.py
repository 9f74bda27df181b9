"""HRET's saved result: one JSON object of metrics, samples and info."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.importing.catalogued import failure_texts, part_names
from bench.importing.found import (
    Found,
    failed_ids,
    is_number,
    objects,
    once,
    prediction,
    said_versions,
    shaped,
    stated,
    texts,
)
from bench.importing.shown import Shown, measured
from bench.importing.stated import of_hret
from bench.protocol import NativeScore
from bench.schema import NativeResult

NAME = "hret"
LOOKED_FOR = "a JSON file with `metrics`, `samples` and `info`"


def read(path: Path) -> list[Found]:
    found = []
    for file, result in objects(path, "*.json", "metrics", "samples", "info"):
        with shaped(file, NAME):
            found.append(_job(path, file, result))
    return found


def _job(root: Path, file: Path, result: Mapping[str, Any]) -> Found:
    info, samples = result["info"], result["samples"]
    benchmark = str(info.get("dataset_name") or file.stem)
    parts = part_names(NAME, benchmark)
    asked, predictions, scores = [], [], []
    lowered = False
    for place, one in enumerate(samples):
        sample = str(one.get("bench_id", place))
        group = one.get("bench_part") or one.get("_subset_name")
        question = one.get("input")
        asked.append(
            Shown(
                id=sample,
                references=texts(one.get("reference")),
                group=parts.get(group, group),
                question=question if isinstance(question, str) else None,
            )
        )
        failed = bool(one.get("bench_failed") or one.get("error"))
        text = one.get("bench_answer", one.get("raw_prediction"))
        if text is None and not failed:
            text, lowered = one.get("prediction"), True
        answer = prediction(sample, None if failed else text, failure_texts(NAME))
        predictions.append(measured(answer, finish_reason=one.get("finish_reason")))
        right = (one.get("evaluation") or {}).get("is_correct")
        if isinstance(right, bool):
            scores.append(NativeScore(id=sample, metric="accuracy", value=float(right)))
    once(file, enumerate((one.id for one in asked), start=1), lines=False)
    reason = result["metrics"].get("pipeline_error") or info.get("error")
    notes = []
    if lowered:
        notes.append(
            "HRET puts its normalised text (first line, lower case) in the place of an answer: "
            "what the model wrote is not in the file"
        )
    versions = said_versions(file.parent)
    return Found(
        harness=NAME,
        version=stated(versions.get("harness")),
        model=str(info.get("model_name") or info.get("model_backend_name") or file.parent.name),
        benchmark=benchmark,
        root=root,
        sources=(file,),
        asked=tuple(asked),
        predictions=tuple(predictions),
        native=tuple(
            NativeResult(
                metric=name,
                value=float(value),
                scale=1 if name == "accuracy" else None,
                higher_is_better=True if name == "accuracy" else None,
                n=len(samples),
                failed_scored=len(failed_ids(tuple(predictions))),
                source=file.name,
            )
            for name, value in result["metrics"].items()
            if is_number(value)
        ),
        scores=tuple(scores),
        notes=tuple(notes),
        error=f"HRET's pipeline failed: {reason}" if reason else None,
        python=stated(versions.get("python")),
        protocol=of_hret(info),
    )
