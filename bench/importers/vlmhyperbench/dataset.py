"""A data set folder of VLMHyperBench, its prompts and a row's filters -> the rows of a task."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.errors import SourceError, suggestion
from bench.importers.vlmhyperbench.places import ANNOTATION, Places
from bench.importers.vlmhyperbench.tables import Line, literal_texts, read_table
from bench.importers.vlmhyperbench.user_config import EvaluationRun

COLUMNS = ("image_path", "question", "answer", "doc_class", "question_type")
PROMPT_COLUMNS = ("prompt", "doc_class_question_type")


def samples(run: EvaluationRun, places: Places, below: Path) -> list[dict[str, Any]]:
    """Rows as samples.jsonl has them; image paths are relative to `below`, and stay where they are.

    An id is the row's number in annotation.csv from 0, filtered or not: the ids of its answers.
    SourceError names the row of the config, of annotation.csv or of the prompts.
    """
    folder = places.dataset(run.task, run.dataset)
    if folder is None:
        hint = places.dataset_hint(run.dataset)
        raise run.fail("dataset", f"no data set {run.dataset!r} with an {ANNOTATION}", hint)
    lines = read_table(folder / ANNOTATION, COLUMNS)
    _known(run, "filter_doc_class", run.doc_classes, [line["doc_class"] for line in lines])
    types = [line["question_type"] for line in lines]
    _known(run, "filter_question_type", run.question_types, types)
    prompts = _prompts(run, places)
    kept = [
        (number, line)
        for number, line in enumerate(lines)
        if (not run.doc_classes or line["doc_class"] in run.doc_classes)
        and (not run.question_types or line["question_type"] in run.question_types)
    ]
    if not kept:
        raise run.fail("dataset", f"no row of {folder / ANNOTATION} is left by the filters", None)
    return [_sample(number, line, prompts, folder, below) for number, line in kept]


def _known(run: EvaluationRun, column: str, wanted: Sequence[str], there: Sequence[str]) -> None:
    for name in wanted:
        if name not in there:
            raise run.fail(column, f"no row has {name!r}", suggestion(name, filter(None, there)))


def _prompts(run: EvaluationRun, places: Places) -> Mapping[str, str] | None:
    """By "doc_class question_type"; None where the row names no collection."""
    if not run.prompt_collection:
        return None
    path = places.prompts(run.task, run.prompt_collection)
    if path is None:
        said = f"there is no {run.prompt_collection}"
        raise run.fail("prompt_collection", said, places.looked())
    lines = read_table(path, PROMPT_COLUMNS)
    often = Counter(line["doc_class_question_type"] for line in lines)
    for line in lines:
        if often[line["doc_class_question_type"]] > 1:
            said = f"{line['doc_class_question_type']!r} has two prompts"
            raise line.error("doc_class_question_type", said, "which one is it?")
    return {line["doc_class_question_type"]: line["prompt"] for line in lines}


def _sample(
    number: int, line: Line, prompts: Mapping[str, str] | None, folder: Path, below: Path
) -> dict[str, Any]:
    key = f"{line['doc_class']} {line['question_type']}"
    question = line["question"] if prompts is None else prompts.get(key)
    if question is None:
        raise line.error("question_type", f"the prompt collection has no {key!r}")
    if not question:
        raise line.error("question", "is empty", "name a prompt_collection, or write the question")
    image = folder / line["image_path"]
    if not image.is_file():
        raise line.error("image_path", f"{line['image_path']} is missing", f"below {folder}")
    return {
        "id": str(number),
        "images": [os.path.relpath(image.resolve(), below.resolve())],
        "question": question,
        "references": list(_references(line["answer"])),
        "doc_id": _document(line),
        **{
            key: line[column]
            for key, column in (("doc_type", "doc_class"), ("field", "question_type"))
            if line[column]
        },
        "tags": [f"split:{line['split']}"] if line["split"] else [],
    }


def _document(line: Line) -> str:
    """data_index counts within a class; without one the image is the document."""
    index = line["data_index"]
    return f"{line['doc_class']}:{index}" if index else line["image_path"]


def _references(answer: str) -> tuple[str, ...]:
    """A list of right answers, or one; none for an empty cell: then nothing is scored."""
    listed = literal_texts(answer)
    return listed if listed is not None else ((answer,) if answer else ())


def answers(run: EvaluationRun, places: Places, asked: Sequence[str]) -> list[dict[str, str]]:
    """What only_evaluate_metrics scores: id and answer of the samples that have one.

    SourceError where the file is missing, or has an id twice or one that no row has.
    """
    path = (
        places.file(run.answers)
        if run.answers
        else places.answers(run.dataset, run.framework, run.model_name, run.task)
    )
    if path is None:
        said = f"there is no {run.answers}" if run.answers else "no answers of this model are there"
        hint = "a column `answers` names the file (id;model_answer), or put it into ModelsAnswers/"
        raise run.fail("only_evaluate_metrics", said, hint)
    return list(_answers(path, asked))


def _answers(path: Path, asked: Sequence[str]) -> Iterator[dict[str, str]]:
    lines = read_table(path, ("id",))
    column = next((name for name in ("model_answer", "answer") if _has(lines, name)), None)
    if column is None:
        raise SourceError(path, "the column model_answer is missing", line=1)
    seen: set[str] = set()
    for line in lines:
        if line["id"] in seen:
            raise line.error("id", f"{line['id']} stands twice")
        seen.add(line["id"])
        if line["id"] in asked:
            yield {"id": line["id"], "answer": line.cells[column]}
    if not seen & set(asked):
        raise SourceError(path, "answers none of the rows that are asked", hint="ids begin at 0")


def _has(lines: Sequence[Line], column: str) -> bool:
    return bool(lines) and column in lines[0].cells
