"""Data sets that people have on disk -> a task folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.importers.sroie import import_sroie

IMPORTERS: dict[str, Callable[[Path, Path], Path]] = {"sroie": import_sroie}
