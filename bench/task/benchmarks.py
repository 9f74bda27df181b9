"""Benchmarks that a harness owns, and how the core scores them again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import resources, yaml
from bench.config import Human
from bench.schema import Level
from bench.task.file import MetricUse
from bench.task.sample import Task


class BenchmarkUse(Human):
    """How the core scores a harness's benchmark again, beside the harness's own number."""

    summary: str
    metrics: tuple[MetricUse, ...] = ()
    levels: tuple[Level, ...] = ("global",)
    parameters: dict[str, Any] = {}


def benchmarks() -> dict[str, BenchmarkUse]:
    """configs/benchmarks.yaml: the benchmarks of harnesses that the core knows more about."""
    source = yaml.load(resources.folder("configs") / "benchmarks.yaml")
    return {
        name: yaml.validated(BenchmarkUse, values, source.error)
        for name, values in source.values.items()
    }


def benchmark_task(name: str, file: Path | None) -> Task:
    """A benchmark by its official name; one that is not in benchmarks.yaml is not re-scored."""
    use = benchmarks().get(name, BenchmarkUse(summary="scored by its harness alone"))
    task = Task(
        name=name,
        kind="benchmark",
        version=None,
        summary=use.summary,
        metrics=use.metrics,
        levels=use.levels,
        parameters=use.parameters,
    )
    return task if file is None else replace(task, file=file.resolve())
