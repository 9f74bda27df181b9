"""References that cannot be read as what their field is declared to be."""

from __future__ import annotations

from collections.abc import Iterator

from bench.fields.compare import KINDS
from bench.fields.normalise import normalised
from bench.parts import parsed, parts
from bench.task.sample import Sample, Task


def unreadable(task: Task) -> Iterator[tuple[str, str, str]]:
    """(sample, field, reference) of each; no typed comparison can then say that values agree."""
    for sample in task.samples:
        for field, text in _values(task, sample):
            rule = task.field_types.get(field)
            if rule is None:
                continue
            kind = KINDS[rule.type]
            if not kind.read(normalised(text, rule.steps or kind.steps), rule):
                yield sample.id, field, text


def _values(task: Task, sample: Sample) -> Iterator[tuple[str, str]]:
    if task.asks != "extraction":
        yield from ((sample.field, text) for text in sample.references if sample.field is not None)
        return
    for text in sample.references:
        for one in parts(parsed(text), None):
            if one.reference is not None:
                yield one.path, one.reference
