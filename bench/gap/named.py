"""The named differences of two jobs, each put beside the term whose cause it is."""

from __future__ import annotations

from bench.differences import Compared, Difference
from bench.differences.sides import JobOf
from bench.gap.rows import TermKind

_OF_KIND: dict[str, TermKind] = {
    "samples": "data",
    "task": "data",
    "task content": "data",
    "task files": "data",
    "limit": "data",
    "prompt": "prompt",
    "system prompt": "prompt",
    "message form": "prompt",
    "requests": "prompt",
    "another image": "image",
    "parameter": "parameters",
    "model": "model",
    "served model": "model",
    "answered by": "model",
    "engine": "model",
    "engine versions": "model",
    "harness": "extraction",
}
_READING = "reading "
_DETAILS = 3


def by_term(found: Compared, a: JobOf, b: JobOf) -> dict[TermKind, tuple[str, ...]]:
    """In words, in their order."""
    said: dict[TermKind, list[str]] = {}
    for one in found.differences:
        kind = _kind(one)
        if kind is not None:
            said.setdefault(kind, []).extend(_words(one))
        elif one.kind == "scorer":
            _scorer(one, said)
    weights = [job.job.model.weights for job in (a, b)]
    if weights[0] != weights[1]:
        was, now = (one or "not said" for one in weights)
        said.setdefault("model", []).append(f"weights: {was} → {now}")
    return {kind: tuple(dict.fromkeys(some)) for kind, some in said.items()}


def _kind(one: Difference) -> TermKind | None:
    if one.kind.startswith("image"):
        return "image"
    if one.kind in ("locks", "python"):
        return "model" if one.name == "engine" else "extraction"
    return _OF_KIND.get(one.kind)


def _words(one: Difference) -> list[str]:
    if one.kind == "parameter":
        return [f"{one.name}: {one.said}"]
    return [f"{one.kind}: {one.said}"]


def _scorer(one: Difference, said: dict[TermKind, list[str]]) -> None:
    """A reading of values is no rule of scoring: it says what the answer is."""
    readings = [line for line in one.details if line.startswith(_READING)]
    others = [line for line in one.details if not line.startswith(_READING)]
    if readings:
        said.setdefault("extraction", []).extend(readings)
    if others or not readings:
        shown = others[:_DETAILS] or [one.said]
        more = len(others) - len(shown)
        said.setdefault("scorer", []).extend(shown + ([f"{more} more"] if more > 0 else []))
