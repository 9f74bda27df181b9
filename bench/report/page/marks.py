"""The fingerprint as facts of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.fingerprint_rows import VARIES, Fingerprint

_HASHES = (
    *("samples", "system_prompts", "prompts", "message_form", "image_bytes", "image_pixels"),
    *("image_bytes_unordered", "image_pixels_unordered"),
)


def fingerprint_facts(mark: Fingerprint) -> Iterator[tuple[str, str]]:
    """Name and value; what is null says why."""
    yield "short form", mark.short
    if mark.requests is None:
        yield "requests", f"none: {mark.absent.get('requests', 'unknown')}"
    else:
        yield "distinct requests", str(mark.requests)
        for name in _HASHES:
            value = getattr(mark, name)
            yield name.replace("_", " "), value or f"none: {mark.absent.get(name, 'unknown')}"
        for name, value in (mark.parameters or {}).items():
            varies = isinstance(value, dict) and value.keys() == {VARIES}
            said = f"varies, {value[VARIES]}" if varies else json.dumps(value, ensure_ascii=False)
            yield f"parameter {name}", said
        for name in ("served_model", "answered_by"):
            names = getattr(mark, name)
            said = ", ".join(names) if names else f"none: {mark.absent.get(name, 'unknown')}"
            yield name.replace("_", " "), said
    yield "truth", mark.task.truth or f"none: {mark.absent.get('truth', 'unknown')}"
    for name in ("harness", "engine"):
        lock, python = getattr(mark.locks, name), getattr(mark.python, name)
        if lock or python:
            yield f"{name}'s locks and Python", f"{lock or 'none'}, {python or 'none'}"
    scorer = mark.scorer
    libraries = ", ".join(f"{name} {version}" for name, version in scorer.libraries.items())
    yield "scorer", f"bench {scorer.bench_version}; {libraries}"
    for path, value in (scorer.sources | scorer.mistake_sources).items():
        yield path, value
