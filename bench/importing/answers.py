"""VLMHyperBench's answers: DATASET_FRAMEWORK_MODEL_TASK_answers_TIME.csv, `id;...;model_answer`."""

from __future__ import annotations

import re
from pathlib import Path

from bench.importers.vlmhyperbench.tables import read_table
from bench.importing.found import Found, files, once, prediction, texts
from bench.importing.shown import Shown

NAME = "vlmhyperbench"
LOOKED_FOR = "*_answers_TIME.csv with `id` and `model_answer`, divided by semicolons"
_NAME = re.compile(r"(?P<whose>.+)_answers_[^_]*")
_PARTS = 4  # dataset, framework, model, task


def read(path: Path) -> list[Found]:
    return [_job(path, file) for file in files(path, "*_answers_*.csv")]


def _job(root: Path, file: Path) -> Found:
    lines = read_table(file, ("id",))
    once(file, ((line.number, line["id"]) for line in lines))
    column = "model_answer" if lines and "model_answer" in lines[0].cells else "answer"
    right = "answer" if column == "model_answer" else ""
    asked, predictions = [], []
    for line in lines:
        if column not in line.cells:
            raise line.error(column, "the column is missing")
        references = texts(line[right]) if right and line[right] else ()
        picture = line["image_path"]
        asked.append(
            Shown(
                id=line["id"],
                references=references,
                group=line["doc_class"] or None,
                question=line["question"] or None,
                images=(picture,) if picture else (),
            )
        )
        predictions.append(prediction(line["id"], line.cells[column], ()))
    match = _NAME.match(file.stem)
    whose = match.group("whose") if match else file.stem
    dataset, _, rest = whose.partition("_")
    parts = rest.split("_")
    said = len(parts) == _PARTS - 1
    return Found(
        harness=NAME,
        version=None,
        model=parts[1] if said else whose,
        benchmark=dataset if said else whose,
        root=root,
        sources=(file,),
        asked=tuple(asked),
        predictions=tuple(predictions),
        native=(),
        notes=(
            ()
            if said
            else (f"{file.name} does not divide into dataset, framework, model and task",)
        ),
    )
