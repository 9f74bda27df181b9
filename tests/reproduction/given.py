"""Entries and numbers for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.published import Entry
from bench.reproduction.verdict import Measured


def same_as(entry: Entry, **changed: Any) -> Measured:
    """The published value itself, made exactly as the source says, but for what is `changed`."""
    made = {
        "value": entry.value,
        "low": entry.value - 1,
        "high": entry.value + 1,
        "known": entry.stated,
        "failed": 0,
        "made": "the test",
    }
    return Measured(**made | changed)  # type: ignore[arg-type]


def write_entry(folder: Path, **keys: Any) -> Path:
    """A folder of one file with one entry, `tiny`; JSON is YAML."""
    entry = {
        "id": "tiny",
        "kind": "document",
        "model": "Nobody",
        "benchmark": "Tiny",
        "split": "all",
        "metric": "cer",
        "value": 0,
        "scale": 1,
        "source": {"title": "a paper", "table": "1", "url": "https://example.org/"},
        "run": {"backend": "echo", "task": "tiny:m"},
        "rule": "cer",
        "protocol": {"n": 2},
        "tolerance": 0.01,
        "why": "for the test",
        "needs": {"data": "none"},
    } | keys
    folder.mkdir(exist_ok=True)
    path = folder / "some.yaml"
    path.write_text(json.dumps({"entries": [entry]}, indent=1), encoding="utf-8")
    return folder


def write_pairs(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
