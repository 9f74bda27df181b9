from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.local_data.adding import write_named
from bench.local_data.copy import Copy
from tests.local_data.made import DOCVQA

Add = Callable[..., Copy]


@pytest.fixture(autouse=True)
def copies_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's copies lie."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "copies"))
    return tmp_path / "copies"


@pytest.fixture
def add_docvqa() -> Add:
    """A copy of DocVQA's shape from any form of it."""

    def add(source: Path, **options: object) -> Copy:
        return write_named("docvqa-val", source, DOCVQA, **options)  # type: ignore[arg-type]

    return add
