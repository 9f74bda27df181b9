"""The default evaluation, all receipts, in a venv, in docker and in podman: one report.

It takes minutes: `pytest -m "harness and slow" tests/isolation/test_default_evaluation.py`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import store
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.harness, pytest.mark.slow, pytest.mark.timeout(3600)]
CONFIG = "configs/runs/receipts.yaml"
RECEIPTS = 24
# All that may differ beside `performance`, which is time and memory: when and where it ran, and the
# hashes of files that hold times and paths.
APART = {
    *(f"run.{name}" for name in ("command", "finished_at", "id", "started_at")),
    *(f"jobs.environment.{name}" for name in ("image", "isolation", "key")),
    *(f"jobs.engine_environment.{name}" for name in ("image", "isolation", "key")),
    "jobs.artifacts.sha256",
}


@pytest.fixture(scope="module")
def _asked_for(request: pytest.FixtureRequest) -> None:
    """`make test-harness` asks for all of `harness`: this is too much for it."""
    if "slow" not in request.config.getoption("markexpr"):
        pytest.skip('takes a quarter of an hour: pytest -m "harness and slow"')


@pytest.fixture(scope="module")
def venv_run(_asked_for: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the environments of BENCH_HOME as it was before an engine has one of its own."""
    return evaluated(tmp_path_factory.mktemp("default") / "venv", "venv")


def evaluated(out: Path, isolation: str) -> Path:
    argv = [sys.executable, "-m", "bench", "eval", CONFIG, "--out", str(out)]
    subprocess.run([*argv, "--isolation", isolation], check=True, cwd=REPOSITORY)
    return out


def report_of(run: Path) -> dict[str, Any]:
    return store.read_report(run).model_dump(mode="json")


def records_of(run: Path) -> list[dict[str, Any]]:
    return [record.model_dump(mode="json") for record in store.read_records(run)]


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Names of the leaves that differ, `jobs.counts.answered`; rows of a list have no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            yield from differences(one.get(name), other.get(name), f"{at}.{name}" if at else name)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            yield from differences(left, right, at)
    elif one != other:
        yield at


@pytest.mark.usefixtures("_asked_for")
def test_the_default_evaluation_has_one_report(
    venv_run: Path, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BENCH_ADAPTERS")
    inside = evaluated(tmp_path / engine, engine)
    told, plain = report_of(inside), report_of(venv_run)
    (job,) = plain["jobs"]
    assert job["counts"] == {"expected": RECEIPTS, "answered": RECEIPTS} | {
        "failed": 0,
        "unscored": 0,
    }
    found = set(differences(told, plain))
    assert {name for name in found if not name.startswith("jobs.performance.")} == APART
    assert "jobs.performance.requests" not in found
    assert told["jobs"][0]["environment"]["isolation"] == engine
    assert set(differences(records_of(inside), records_of(venv_run))) == {"latency_s"}
