"""Whether two jobs were asked and scored by the same things: else their numbers have no verdict."""

from __future__ import annotations

from collections.abc import Iterator

from bench.fingerprint_rows import Fingerprint
from bench.schema import JobReport

PAIRS = "pairs"  # a file of predictions: its hash is over these as well


def content_obstacles(a: JobReport, b: JobReport) -> Iterator[str]:
    """Where the hash of the tasks' content differs, and not by the prompt alone."""
    old, new = a.task.content_sha256, b.task.content_sha256
    if PAIRS in (a.harness.name, b.harness.name) or old == new or None in (old, new):
        return
    if not (prompts_differ(a, b) and _same_images(a.fingerprint, b.fingerprint)):
        yield (
            f"the tasks' contents differ ({str(old)[:12]} and {str(new)[:12]}), and not by the "
            "prompt alone; `bench diff` says how"
        )


def prompts_differ(a: JobReport, b: JobReport) -> bool:
    old, new = ({(one.name, one.sha256) for one in job.task.prompts} for job in (a, b))
    return {digest for _, digest in old} != {digest for _, digest in new}


def _same_images(a: Fingerprint | None, b: Fingerprint | None) -> bool:
    if a is None or b is None or a.image_pixels_unordered is None:
        return False
    return a.image_pixels_unordered == b.image_pixels_unordered


def scorer_obstacles(a: JobReport, b: JobReport) -> Iterator[str]:
    """Where a metric of one name is another rule, or values are read in another way."""
    if a.fingerprint is None or b.fingerprint is None:
        return
    old, new = a.fingerprint.scorer, b.fingerprint.scorer
    if old.reading != new.reading:
        left, right = (one.reading or "nothing" for one in (old, new))
        yield f"values are read out by {left} in A and by {right} in B"
    uses_a, uses_b = ({_label(use): use for use in one.metrics} for one in (old, new))
    for label in [name for name in uses_a if uses_a[name] != uses_b.get(name, uses_a[name])]:
        yield f"{label} is another rule in B than in A: score both runs by one task"


def truth_obstacle(a: JobReport, b: JobReport) -> Iterator[str]:
    """Of records that have the same references: what else may differ in what is right."""
    if a.fingerprint is None or b.fingerprint is None:
        return
    old, new = a.fingerprint.task.truth, b.fingerprint.task.truth
    if old != new and None not in (old, new):
        yield "the types of the fields, or the groups of the samples, differ; `bench diff` says how"


def _label(use: dict[str, object]) -> str:
    return str(use.get("name") or use.get("metric"))


def notes(a: JobReport, b: JobReport) -> Iterator[str]:
    """What a reader of the difference must know."""
    for letter, job in (("A", a), ("B", b)):
        if job.status != "ok":
            yield f"{letter} is not ok: {job.status}"
        for note in job.notes:
            yield f"{letter}: {note}"
    if prompts_differ(a, b):
        yield "the prompts differ: this compares models with their prompts"
    if a.task.name != b.task.name:
        yield f"the tasks have other names: {a.task.name} and {b.task.name}"
    if a.fingerprint is None or b.fingerprint is None:
        yield "a run of an older bench has no fingerprint: what scored it is not compared"
    elif a.fingerprint.scorer.sources != b.fingerprint.scorer.sources:
        yield "scored by two versions of bench: `bench score` on both runs makes them alike"
