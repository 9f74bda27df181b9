"""The lines of `bench task list`: document tasks, our benchmarks, and the harnesses' own names.

Nothing here imports pydantic or rich: 17,000 names are listed in less than half a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench import resources
from bench.benchmarks import benchmark_of, compiled, native_lists

Row = dict[str, Any]
DOCUMENTS = "document_tasks"  # configs/compiled/document_tasks.json
_OTHERS = "BENCH_TASKS"
_READ = (".yaml", ".jsonl", ".txt")


def document_rows() -> list[Row]:
    """Of each member of the tasks known by name; those that were edited are read as runs do."""
    if os.environ.get(_OTHERS):
        return described()
    found = compiled.kept(DOCUMENTS, documents_digest())
    return described() if found is None else list(found["rows"])


def documents_digest() -> str:
    root = resources.folder("docs_tasks")
    return compiled.digest(path for path in sorted(root.rglob("*")) if path.suffix in _READ)


def described() -> list[Row]:
    from bench.task import document_tasks, shipped

    return [
        {
            "name": task.name,
            "kind": task.asks,
            "samples": len(task.samples),
            "metrics": [use.label for use in task.metrics],
            "summary": task.summary,
        }
        for name in shipped()
        for task in document_tasks(name)
    ]


def benchmark_rows() -> list[Row]:
    """Our names, as configs/benchmarks.yaml has them."""
    return [
        {
            "name": name,
            "kind": "benchmark",
            "samples": None,
            "metrics": [use.get("name") or use["metric"] for use in entry.get("metrics", ())],
            "summary": entry["summary"],
            "title": entry["title"],
            "modality": entry["modality"],
            "split": entry.get("split"),
            "judge": entry.get("judge", "none"),
            "homes": {harness: home["name"] for harness, home in entry["homes"].items()},
        }
        for name, entry in compiled.values(compiled.PRESENT).items()
    ]


def native_rows(harnesses: Sequence[str]) -> list[Row]:
    """Every name of these harnesses, with the columns that all their lists have, and their own."""
    lists = native_lists()
    return [
        {
            "backend": harness,
            **row,
            "modality": row["modality"].casefold(),
            "benchmark": benchmark_of(harness, name),
        }
        for harness in harnesses
        for name, row in lists.get(harness, {}).items()
    ]


def chosen(rows: Iterable[Row], search: str | None, modality: str | None) -> Iterator[Row]:
    """`search` is looked for in every cell, `modality` in one of a row's modalities."""
    wanted = search.casefold() if search else ""
    for row in rows:
        if modality and modality not in (row.get("modality") or "").split("-"):
            continue
        if not wanted or any(wanted in text.casefold() for text in _texts(row)):
            yield row


def _texts(row: Row) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from value.values()


def aligned(titles: Sequence[str], rows: Sequence[Sequence[str]], *, widest: int = 44) -> str:
    """Columns of plain text, each at most `widest` wide; the last one is twice that."""
    columns: list[list[str]] = []
    for texts in zip(titles, *rows, strict=True):
        most = 2 * widest if len(columns) == len(titles) - 1 else widest
        cut = [text if len(text) <= most else text[: most - 1] + "…" for text in texts]
        width = max(map(len, cut)) if most == widest else 0
        columns.append([text.ljust(width) for text in cut])
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))
