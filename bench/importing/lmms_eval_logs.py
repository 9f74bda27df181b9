"""lmms-eval 0.1 and 0.2: a file for each task, of `args`, `model_configs` and `logs`, and
results.json beside them. They become what later versions write, and are read as that.

The form is that of `cli_evaluate_single` and `print_tasks` in those versions. How many samples were
asked is in no file: a file's own samples are all that is known of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing.found import objects, read_object, shaped

KEYS = ("args", "model_configs", "logs")
_RESULTS = "results.json"
_INDENTED = re.compile(r"( *)- ")
_STAMP = re.compile(r"\d{4}_?\d{4}_(?:\d{4,6}_)?")  # the time before a task's name
UNCOUNTED = (
    "lmms-eval 0.1 and 0.2 do not say how many samples were asked: one that was lost is not missed"
)


@dataclass(frozen=True)
class Old:
    """`file`: the results, or the first of the tasks' files where they are not there."""

    file: Path
    results: dict[str, Any]
    lines: Mapping[str, Sequence[dict[str, Any]]]
    sources: Mapping[str, Path]


def read_old(path: Path) -> Iterator[Old]:
    """A folder's tasks as one set of results; SourceError for a file that is not as it was."""
    folders: dict[Path, dict[str, tuple[Path, dict[str, Any]]]] = {}
    for file, value in objects(path, "*.json", *KEYS):
        task = _task(file, value)
        there = folders.setdefault(file.parent, {})
        if task in there:
            raise SourceError(file, f"is of {task}, as {there[task][0].name} is")
        there[task] = (file, value)
    for folder, tasks in folders.items():
        with shaped(folder, "lmms-eval 0.1 or 0.2"):
            old = _old(folder / _RESULTS, tasks)
        yield old


def _old(file: Path, tasks: Mapping[str, tuple[Path, dict[str, Any]]]) -> Old:
    said = read_object(file) if file.is_file() else {}
    lines = {task: _logs(*one) for task, one in tasks.items()}
    first, value = next(iter(tasks.values()))
    results = said.get("results") or {task: {} for task in tasks}
    if not isinstance(results, dict) or not all(isinstance(one, dict) for one in results.values()):
        raise SourceError(file, "`results` is no object of tasks")
    return Old(
        file=file if file.is_file() else first,
        results={
            "results": results,
            "group_subtasks": _below(results),
            "configs": {task: one["model_configs"] for task, (_, one) in tasks.items()},
            "n-shot": said.get("n-shot") or {},
            "n-samples": {
                task: {"effective": len({row["doc_id"] for row in rows})}
                for task, rows in lines.items()
            },
            "higher_is_better": {
                task: dict(_directions(one["model_configs"])) for task, (_, one) in tasks.items()
            },
            "config": value["args"],
            "model_name": _model(value["args"]),
        },
        lines=lines,
        sources={task: one for task, (one, _) in tasks.items()},
    )


def _task(file: Path, value: Mapping[str, Any]) -> str:
    for key in KEYS[:2]:
        if not isinstance(value[key], dict):
            raise SourceError(file, f"`{key}` is no object")
    named = value["model_configs"].get("task")
    return named if isinstance(named, str) and named else _STAMP.sub("", file.stem, count=1)


def _logs(file: Path, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    logs = value["logs"]
    if not isinstance(logs, list):
        raise SourceError(file, "`logs` is no list")
    for place, row in enumerate(logs):
        if not isinstance(row, dict) or not {"doc_id", "filtered_resps"} <= row.keys():
            raise SourceError(file, f"logs[{place}] has no doc_id and filtered_resps")
        if not isinstance(row["doc_id"], int | str):
            raise SourceError(file, f"logs[{place}]: doc_id is neither number nor text")
    return logs


def _model(args: Mapping[str, Any]) -> str | None:
    """The last parts of the weights' name, as later versions call a model; else its class."""
    found = re.search(
        r"(?:^|,)(?:pretrained|model|model_version)=([^,]+)", str(args.get("model_args"))
    )
    return "__".join(found.group(1).split("/")[-2:]) if found else args.get("model")


def _below(results: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The tasks of each group: they follow it, their alias moved in by a step."""
    found: dict[str, list[str]] = {name: [] for name in results}
    above: list[tuple[int, str]] = []
    for name, values in results.items():
        match = _INDENTED.match(str(values.get("alias", "")))
        depth = 1 + len(match.group(1)) if match else 0
        above = [(far, group) for far, group in above if far < depth]
        if above:
            found[above[-1][1]].append(name)
        above.append((depth, name))
    return found


def _directions(config: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for one in config.get("metric_list") or ():
        if isinstance(one, dict) and isinstance(one.get("higher_is_better"), bool):
            yield str(one.get("metric")), one["higher_is_better"]
