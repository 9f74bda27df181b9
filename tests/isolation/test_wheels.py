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
from tests.bundle.tiny_packages import builder, pin, source
from tests.isolation.tiny_wheel import NAME, write_wheel


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
    return sorted(path.name for path in target.iterdir())


def test_they_come_from_the_folder(planned: Environment, tmp_path: Path) -> None:
    assert fill(planned, tmp_path) == [NAME]


def test_a_changed_file_is_refused(planned: Environment, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "wheels" / NAME, "a") as archive:
        archive.writestr("more.py", "evil = True")
    said = "has no file of tiny-made-up==1.0 with a hash that .*requirements.lock names"
    with pytest.raises(EnvironmentBuildError, match=said):
        fill(planned, tmp_path)


def test_a_missing_file_is_named(planned: Environment, tmp_path: Path) -> None:
    (tmp_path / "wheels" / NAME).unlink()
    with pytest.raises(EnvironmentBuildError, match="tiny-made-up"):
        fill(planned, tmp_path)


def test_another_system_s_package_may_be_missing(planned: Environment, tmp_path: Path) -> None:
    with planned.locks[0].open("a") as lock:
        lock.write(f'other==1.0 ; sys_platform == "win32" \\\n    --hash=sha256:{"0" * 64}\n')
    assert fill(planned, tmp_path) == [NAME]


def test_a_source_brings_along_all_that_may_build_it(planned: Environment, tmp_path: Path) -> None:
    """What builds it is in no lock."""
    one = source(tmp_path / "wheels", "made", backend="maker", requires=("maker",))
    maker = builder(tmp_path / "wheels", "maker", of="made")
    with planned.locks[0].open("a") as lock:
        lock.write(pin(one))
    assert fill(planned, tmp_path) == sorted([NAME, one.name, maker.name])
