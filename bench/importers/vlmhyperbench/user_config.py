"""user_config.csv or the same in JSON -> evaluation runs, one a row."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bench import yaml
from bench.errors import SourceError, suggestion
from bench.importers.vlmhyperbench.tables import Line, literal_texts, read_table
from bench.schema import Level

NEEDED = ("dataset", "task", "framework", "model_name", "metrics", "metrics_aggregators")
KNOWN = (
    *NEEDED,
    *("system_prompt", "prompt_collection", "only_evaluate_metrics"),
    *("filter_doc_class", "filter_question_type", "answers"),
)
# What its evaluator computes with jiwer: text without white space at its ends.
METRICS: dict[str, dict[str, str] | None] = {
    "CER": {"metric": "cer", "whitespace": "strip"},
    "WER": {"metric": "wer"},
    "ANLS": {"metric": "anls"},
    "EM": {"metric": "exact_match", "whitespace": "strip"},
    "EXACT_MATCH": {"metric": "exact_match", "whitespace": "strip"},
    "BLEU": None,  # a measure of translations: one wrong digit of a number hardly lowers it
}
AGGREGATORS: dict[str, Level | None] = {
    "by_id": None,  # every record stands in records.jsonl anyway
    "by_doc_question": "doc_type_field",
    "by_doc_type": "doc_type",
    "general": "global",
    "overal": "global",
    "overall": "global",
}
# As BenchmarkRunConfig.json names them.
_JSON_NAMES = {"task_name": "task", "metric_file": "answers"}
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


@dataclass(frozen=True)
class EvaluationRun:
    """One row. `fail` makes the error that stands at one of its cells."""

    number: int
    dataset: str
    task: str
    framework: str
    model_name: str
    system_prompt: str
    prompt_collection: str
    metrics: tuple[dict[str, str], ...]
    left_out: tuple[str, ...]
    aggregators: tuple[str, ...]
    only_evaluate: bool
    answers: str
    doc_classes: tuple[str, ...]
    question_types: tuple[str, ...]
    fail: Callable[[str, str, str | None], SourceError]

    @property
    def levels(self) -> list[Level]:
        """Global first, then those that the aggregators name."""
        named: set[Level | None] = {AGGREGATORS[one] for one in self.aggregators}
        order: tuple[Level, ...] = ("doc_type", "doc_type_field")
        return ["global", *(level for level in order if level in named)]


def is_user_config(path: Path) -> bool:
    """A .csv, or a .json whose first row has the keys of VLMHyperBench."""
    if path.suffix.lower() == ".csv":
        return True
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        return False
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and {"dataset", "model_name"} <= first.keys()


def read_user_config(path: Path) -> list[EvaluationRun | SourceError]:
    """Row by row: a wrong one is its error, and the others still run.

    Raises SourceError where the file itself cannot be read as a table.
    """
    lines = _json_lines(path) if path.suffix.lower() == ".json" else read_table(path, NEEDED)
    if not lines:
        raise SourceError(path, "has no row below its header")
    return [_run(line) for line in lines]


def _json_lines(path: Path) -> list[Line]:
    source = yaml.load(path)
    rows = source.values if isinstance(source.values, list) else [source.values]
    lines = []
    for index, row in enumerate(rows):
        way: yaml.KeyPath = (index,) if isinstance(source.values, list) else ()
        if not isinstance(row, dict):
            raise source.error(way, "must be an object", None)
        named = {_JSON_NAMES.get(str(key), str(key)): row[key] for key in row}
        for name in NEEDED:
            if name not in named:
                raise source.error(way, f"the key {name} is missing", suggestion(name, named))
        cells = {str(key): _cell(value) for key, value in named.items()}
        place = source.places.get(way) or min(
            (at for key, at in source.places.items() if key[: len(way)] == way), default=(1, 1)
        )
        lines.append(Line(path, place[0], cells))
    return lines


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


def _run(line: Line) -> EvaluationRun | SourceError:
    try:
        return _read(line)
    except SourceError as error:
        return error


def _read(line: Line) -> EvaluationRun:
    _no_slips(line)
    for column in ("dataset", "model_name"):
        if not line[column]:
            raise line.error(column, "is empty")
    metrics, left_out = _metrics(line)
    return EvaluationRun(
        number=line.number,
        dataset=line["dataset"],
        task=line["task"] or "VQA",
        framework=line["framework"],
        model_name=line["model_name"],
        system_prompt=line["system_prompt"],
        prompt_collection=line["prompt_collection"],
        metrics=metrics,
        left_out=left_out,
        aggregators=_aggregators(line),
        only_evaluate=_yes(line, "only_evaluate_metrics"),
        answers=line["answers"],
        doc_classes=_filter(line, "filter_doc_class"),
        question_types=_filter(line, "filter_question_type"),
        fail=line.error,
    )


def _no_slips(line: Line) -> None:
    """Other columns are VLMHyperBench's own (docker_image, class_name): only a slip is an error."""
    for column in line.cells:
        near = get_close_matches(column, KNOWN, n=1, cutoff=0.85)
        if column not in KNOWN and near:
            raise line.error(column, "unknown column", f"did you mean {near[0]!r}?")


def _metrics(line: Line) -> tuple[tuple[dict[str, str], ...], tuple[str, ...]]:
    """Those that are computed, and the names of those that are not."""
    asked = [name.upper() for name in _list(line, "metrics")]
    for name in asked:
        if name not in METRICS:
            raise line.error("metrics", f"unknown metric {name!r}", suggestion(name, METRICS))
    computed = tuple(use for name in dict.fromkeys(asked) if (use := METRICS[name]) is not None)
    left_out = tuple(name for name in asked if METRICS[name] is None)
    if not computed:
        said = f"{', '.join(left_out)} is not computed here" if left_out else "names none"
        raise line.error("metrics", said, f"known: {', '.join(k for k, v in METRICS.items() if v)}")
    return computed, left_out


def _aggregators(line: Line) -> tuple[str, ...]:
    named = _list(line, "metrics_aggregators") or tuple(AGGREGATORS)[:4]
    for name in named:
        if name not in AGGREGATORS:
            hint = suggestion(name, AGGREGATORS)
            raise line.error("metrics_aggregators", f"unknown aggregator {name!r}", hint)
    return named


def _yes(line: Line, column: str) -> bool:
    said = line[column].lower()
    if said not in (*_TRUE, *_FALSE):
        raise line.error(column, f"True or False, not {said!r}")
    return said in _TRUE


def _list(line: Line, column: str) -> tuple[str, ...]:
    text = line[column]
    if not text:
        return ()
    found = literal_texts(text)
    if found is None:
        if text[0] in "[(":
            raise line.error(column, f"is no list: {text[:60]}", "for example ['CER', 'WER']")
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return found


def _filter(line: Line, column: str) -> tuple[str, ...]:
    """One value, or a list of them. A value may hold a comma: it is no list without brackets."""
    text = line[column]
    return literal_texts(text) or ((text,) if text else ())
