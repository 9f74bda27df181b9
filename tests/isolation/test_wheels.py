"""The files of a lock from a folder, without an index: each checked by its hash."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.environment import Environment, plan_environment
from bench.errors import EnvironmentBuildError
from bench.isolation.wheels import fill_wheels
from tests.isolation.tiny_wheel import NAME, write_wheel

pytestmark = pytest.mark.thorough


@pytest.fixture
def planned(tmp_path: Path) -> Environment:
    """One that needs a package which no index has."""
    sha256 = write_wheel(tmp_path / "wheels")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"tiny-made-up==1.0 \\\n    --hash=sha256:{sha256}\n")
    return replace(plan_environment(find_adapter("harness", "echo"), "cpu"), locks=(lock,))


def fill(planned: Environment, tmp_path: Path) -> list[str]:
    target = tmp_path / "context"
    fill_wheels(
        planned,
        list(planned.locks),
        target,
        source=tmp_path / "wheels",
        log=tmp_path / "log",
        say=lambda _: None,
    )
    return [path.name for path in target.iterdir()]


def test_they_come_from_the_folder(planned: Environment, tmp_path: Path) -> None:
    assert fill(planned, tmp_path) == [NAME]


def test_a_changed_file_is_refused(planned: Environment, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "wheels" / NAME, "a") as archive:
        archive.writestr("more.py", "evil = True")
    with pytest.raises(EnvironmentBuildError, match="pip download failed: ERROR") as wrong:
        fill(planned, tmp_path)
    assert "DO NOT MATCH THE HASHES" in wrong.value.message


def test_a_missing_file_is_named(planned: Environment, tmp_path: Path) -> None:
    (tmp_path / "wheels" / NAME).unlink()
    with pytest.raises(EnvironmentBuildError, match="tiny-made-up"):
        fill(planned, tmp_path)
