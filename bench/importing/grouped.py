"""The form of results that lm-eval and lmms-eval share: tasks, groups of tasks, their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import SourceError
from bench.importing.catalogued import part_names
from bench.importing.found import asked_samples
from bench.protocol import Asked

Results = Mapping[str, Any]
BYPASS = "bypass"  # the metric of a run that is not scored: always 999
KEYS = ("results", "n-samples", "higher_is_better")


@dataclass(frozen=True)
class Unit:
    """A task, or a group with a number of its own and the tasks and groups below it."""

    name: str
    tasks: tuple[str, ...]
    groups: tuple[str, ...] = ()

    def group_of(self, harness: str, task: str) -> str | None:
        """The part that a number or a sample belongs to; None for all of the unit."""
        if task == self.name:
            return None
        return part_names(harness, self.name).get(task, task)


def units(results: Results) -> list[Unit]:
    """Each task or group that is under no other, in the file's order. ValueError for a circle."""
    told = results["results"]
    below = results.get("group_subtasks") or {}
    inner = {name for group in below if group in told for name in below[group]}
    found = [_unit(results, name) for name in told if name not in inner]
    if told and not found:
        raise ValueError("each task is below another")
    return found


def without_samples(harness: str, tasks: Sequence[str]) -> str | None:
    """What is wrong where files of samples are missing; None where there are all."""
    if not tasks:
        return None
    return (
        f"no file of samples of {', '.join(tasks[:3])}: {harness} writes them with "
        "--log_samples; its own numbers are kept, and nothing can be scored again"
    )


def _unit(results: Results, name: str) -> Unit:
    every = list(dict.fromkeys(_under(results, name)))
    tasks = tuple(one for one in every if one in results["n-samples"])
    groups = tuple(one for one in every if one not in tasks and one in results["results"])
    return Unit(name, tasks, groups)


def _under(results: Results, name: str) -> Iterator[str]:
    yield name
    for one in (results.get("group_subtasks") or {}).get(name) or ():
        yield from _under(results, one)


def leaves(results: Results, unit: Unit, name: str) -> tuple[str, ...]:
    """The tasks whose samples a number is about."""
    return tuple(one for one in _under(results, name) if one in unit.tasks)


def effective(path: Path, results: Results, task: str) -> int:
    """How many samples of a task were asked."""
    counted = results["n-samples"].get(task)
    value = counted.get("effective") if isinstance(counted, dict) else None
    return asked_samples(path, value, task)


def metrics(values: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(metric, filter, value) of a task's numbers, errors of numbers left out."""
    for key, value in values.items():
        metric, comma, filtered = key.partition(",")
        if comma and not metric.endswith(("_stderr", "_stderr_clt", "_stderr_clustered")):
            yield metric, filtered, value


def lost(task: str, there: int, asked: int) -> list[Asked]:
    """Samples that were asked and are in no file: they are expected, and have no answer."""
    return [Asked(id=f"{task}/lost-{one + 1}") for one in range(asked - there)]


def model_of(path: Path, results: Results) -> str:
    """As the file says; else the kind of model (`dummy`), else the folder's name."""
    said = [results.get("model_name"), results.get("model_source"), path.parent.name]
    return next(str(one) for one in said if one and not str(one).startswith("<"))  # an object


def qualified(unit: Unit, task: str, number: Any) -> str:
    """An id that is one's own in the unit."""
    return f"{task}/{number}" if len(unit.tasks) > 1 else str(number)


def all_there(path: Path, number: int, line: Mapping[str, Any], wanted: set[str]) -> None:
    """SourceError where a line of a file of samples lacks a key that every line has."""
    absent = wanted - line.keys()
    if absent:
        raise SourceError(path, f"has no {', '.join(sorted(absent))}", line=number)
