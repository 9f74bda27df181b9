"""Samples and the truth that they are scored against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.differences.rows import Difference
from bench.differences.settings import said
from bench.differences.texts import edits, quoted
from bench.fingerprint_rows import Fingerprint
from bench.schema import Record

_SHOWN = 5
_GROUPS = ("doc_id", "doc_type", "field", "language", "tags")


def sample_differences(
    only_a: Sequence[str], only_b: Sequence[str], what: str
) -> Iterator[Difference]:
    """`what` is what a sample is in: asked, or in the task."""
    if only_a or only_b:
        parts = [
            f"{len(only)} {what} only in {side}: {_few(only)}"
            for side, only in (("A", only_a), ("B", only_b))
            if only
        ]
        yield Difference("samples", "; ".join(parts))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def truth_differences(a: Mapping[str, Record], b: Mapping[str, Record]) -> Iterator[Difference]:
    """References and groups of the samples that both have; an example of each."""
    both = [(a[name], b[name]) for name in a if name in b]
    other = [(x, y) for x, y in both if x.references != y.references]
    if other:
        x, y = other[0]
        yield Difference(
            "task content",
            f"the references of {len(other)} of {len(both)} samples",
            name="references",
            sample=x.id,
            edits=edits(*(" | ".join(one.references) for one in (x, y))),
            details=tuple(
                f"{one.id}: {_answers(one)} → {_answers(two)}" for one, two in other[1:4]
            ),
        )
    for group in _GROUPS:
        moved = [(x, y) for x, y in both if _group(x, group) != _group(y, group)]
        if moved:
            x, y = moved[0]
            change = f"{said(_group(x, group))} → {said(_group(y, group))}"
            text = f"{group} of {len(moved)} of {len(both)} samples: {x.id} {change}"
            yield Difference("task content", text, name=group, sample=x.id)


def _answers(record: Record) -> str:
    return " | ".join(map(quoted, record.references)) or "none"


def _group(record: Record, name: str) -> Any:
    value = getattr(record, name)
    return sorted(value) if name == "tags" else value


def task_differences(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    if a.task.name != b.task.name:
        yield Difference("task", f"{a.task.name} → {b.task.name}", name="name")
    if a.task.version != b.task.version:
        change = f"{said(a.task.version)} → {said(b.task.version)}"
        yield Difference("task", f"version {change}", name="version")
    for key in sorted(a.task.data.keys() | b.task.data.keys()):
        was, now = a.task.data.get(key), b.task.data.get(key)
        if was != now:
            change = " → ".join("not said" if one is None else said(one) for one in (was, now))
            yield Difference("task", f"{key}: {change}", name=key)
