"""Exit codes, places and suggestions: what a person is told."""

from __future__ import annotations

import pytest

from bench.errors import (
    BenchError,
    EnvironmentBuildError,
    RunError,
    SourceError,
    UsageError,
    suggestion,
)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(BenchError, 1), (RunError, 1), (UsageError, 2), (EnvironmentBuildError, 3)],
)
def test_each_class_has_its_exit_code(kind: type[BenchError], code: int) -> None:
    error = kind("what", hint="do this")
    assert (error.exit_code, error.message, error.hint) == (code, "what", "do this")


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [(3, 7, "a.yaml:3:7: bad"), (3, None, "a.yaml:3: bad"), (None, None, "a.yaml: bad")],
)
def test_a_source_error_begins_with_its_place(
    line: int | None, column: int | None, said: str
) -> None:
    error = SourceError("a.yaml", "bad", line=line, column=column)
    assert (str(error), error.message, error.exit_code) == (said, said, 2)
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("limt", ["limit", "seed"], "did you mean 'limit'?"),
        ("docvqa_val", ["DocVQA_VAL", "OCRBench"], "did you mean 'DocVQA_VAL'?"),
        ("xyz", ["b", "a", "a"], "known: a, b"),
        ("xyz", [], "none is known"),
        ("xyz", [f"task{number}" for number in range(13)], "13 are known"),
    ],
)
def test_suggestion(word: str, known: list[str], hint: str) -> None:
    assert suggestion(word, known) == hint
