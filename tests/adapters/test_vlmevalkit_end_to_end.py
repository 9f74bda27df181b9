"""`bench eval --backend vlmevalkit` against servers that fail and servers that answer oddly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.scenarios import (
    FAILING,
    Outcome,
    check_failures,
    check_no_key,
    check_odd_answers,
    run_all,
)

pytestmark = pytest.mark.harness
FAILED = "Failed to obtain answer via API."


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, vlmevalkit_python: Path) -> dict[str, Outcome]:
    return run_all("vlmevalkit", tmp_path_factory.mktemp("vlmevalkit"), FAILED)


def test_odd_answers_are_kept_byte_for_byte(runs: dict[str, Outcome]) -> None:
    check_odd_answers(runs["odd"], FAILED)


@pytest.mark.parametrize(("model", "failed", "kind"), FAILING)
def test_failed_requests_are_counted_and_never_scored(
    runs: dict[str, Outcome], model: str, failed: list[int], kind: str
) -> None:
    check_failures(runs[model], failed, kind)


def test_the_key_is_in_no_file(runs: dict[str, Outcome]) -> None:
    for name in ("odd", "third"):
        check_no_key(runs[name])
