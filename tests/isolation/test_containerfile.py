"""What images are made of: text from locks, and the folder of a build."""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from bench.adapter import find_adapter
from bench.environment import plan_environment
from bench.isolation.containerfile import (
    ENVIRONMENT_LABEL,
    LOCKS_LABEL,
    containerfile,
    definition,
    environment_key,
)
from bench.isolation.wheels import build_needs
from tests.cli.said import Cli

CREATE = (
    'RUN ["/bench/uv", "venv", "--no-project", "--offline", "--no-cache", '
    '"--allow-existing", "--python", "python3.11", "/bench/venv"]'
)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.delenv("BENCH_BASE_IMAGE", raising=False)
    return Cli(monkeypatch, capsys)


def test_one_without_packages_is_a_bare_venv(cli: Cli) -> None:
    said = cli("env", "containerfile", "echo")
    assert said.code == 0
    assert [line for line in said.out.splitlines() if not line.startswith(("#", "LABEL"))] == [
        "ARG BASE=python:3.11-slim",
        "FROM ${BASE} AS build",
        "ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy",
        "COPY uv /bench/uv",
        CREATE,
        "FROM ${BASE}",
        "COPY --from=build /bench/venv /bench/venv",
        'ENTRYPOINT ["/bench/venv/bin/python"]',
    ]


def test_every_lock_is_installed_with_its_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine is in it: no path, no index, no address."""
    planned = plan_environment(find_adapter("engine", "rapidocr"), "cpu")
    text = containerfile(planned, "base", minor="3.11")
    (sync,) = (line for line in text.splitlines() if '"sync"' in line)
    for word in ("--require-hashes", "--offline", "--no-index", "/bench/locks/1-requirements.lock"):
        assert f'"{word}"' in sync
    assert str(Path.home()) not in text
    assert "http" not in text
    assert planned.lock_sha256 in text
    assert "--require-hashes" in definition(planned, "python:3.11-slim", minor="3.11")


def test_an_image_says_what_it_holds_whatever_its_base_is() -> None:
    echo = plan_environment(find_adapter("harness", "echo"), "cpu")
    rapidocr = plan_environment(find_adapter("engine", "rapidocr"), "cpu")
    key = environment_key(echo, "3.11")
    for base in ("one", "another:2"):
        label = f'LABEL {ENVIRONMENT_LABEL}="{key}" {LOCKS_LABEL}="{echo.lock_sha256}"'
        assert containerfile(echo, base, minor="3.11").splitlines()[-1] == label
    others = [
        environment_key(rapidocr, "3.11"),
        environment_key(echo, "3.12"),
        environment_key(replace(echo, lock_sha256="0"), "3.11"),
        environment_key(replace(echo, patches=(Path(__file__),)), "3.11"),
    ]
    assert len({key, *others}) == 5


def test_a_tar_file_is_no_image_to_begin_with(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "base.tar").touch()
    said = cli("env", "containerfile", "echo", "--base", str(tmp_path / "base.tar"))
    assert said.code == 2
    assert "a Containerfile begins with an image, not with a file" in said.err


def test_the_folder_of_a_build_is_whole(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "context"
    assert cli("env", "containerfile", "echo", "--out", str(out)).code == 0
    assert sorted(os.listdir(out)) == ["Containerfile", "uv"]  # noqa: PTH208
    again = cli("env", "containerfile", "echo", "--out", str(out))
    assert "is there already" in again.err


@pytest.mark.parametrize(
    ("pyproject", "needs"),
    [
        (None, ["setuptools", "wheel"]),
        ("[project]\nname='x'\n", ["setuptools", "wheel"]),
        ("[build-system]\nrequires = ['hatchling>=1']\n", ["hatchling>=1"]),
    ],
    ids=["no file", "no table", "its own"],
)
def test_what_builds_a_source_package(
    tmp_path: Path, pyproject: str | None, needs: list[str]
) -> None:
    path = tmp_path / "x-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {"x-1/setup.py": "", "x-1/pyproject.toml": pyproject}.items():
            if text is not None:
                row = tarfile.TarInfo(name)
                row.size = len(text)
                archive.addfile(row, io.BytesIO(text.encode()))
    assert build_needs(path) == needs
