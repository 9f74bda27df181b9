"""The wheel: all that is committed of the four folders, where it belongs, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench import __version__
from tests.conftest import REPOSITORY

FOLDERS = ("bench", "adapters", "docs_tasks", "configs")


def git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments, "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no checkout: git ls-files gives nothing")
    return [name for name in done.stdout.split("\0") if name]


def in_wheel(path: str) -> str:
    return path if path.startswith("bench/") else f"bench/_shipped/{path}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def test_the_wheel_holds_what_git_holds(wheel: Path) -> None:
    present = [*git("ls-files", *FOLDERS), *git("ls-files", "-o", "--exclude-standard", *FOLDERS)]
    wanted = {in_wheel(path) for path in present if (REPOSITORY / path).is_file()}
    found = {name for name in names(wheel) if ".dist-info/" not in name}
    assert found == wanted
    assert not any("__pycache__" in name or "tests/" in name for name in found)


def test_its_description_is_whole(wheel: Path) -> None:
    told = f"vlmhyperbench-{__version__}.dist-info"
    described = {name.removeprefix(f"{told}/") for name in names(wheel) if ".dist-info/" in name}
    assert described == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    with zipfile.ZipFile(wheel) as archive:
        scripts = archive.read(f"{told}/entry_points.txt").decode()
    assert "bench = bench.cli:main" in scripts
    assert "vlmhyperbench = bench.cli:main" in scripts


def test_nothing_of_ours_but_bench_reaches_site_packages(unpacked: Path) -> None:
    tops = {path.name for path in unpacked.iterdir()}
    assert tops == {"bench", f"vlmhyperbench-{__version__}.dist-info"}


def out_of_the_wheel(unpacked: Path, tmp_path: Path, *argv: str) -> str:
    """Without our checkout on sys.path: -P, and a folder elsewhere. PYTHONPATH beats .pth files."""
    environment = os.environ | {"PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", *argv],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    said = out_of_the_wheel(unpacked, tmp_path, "-m", "bench", "--version")
    assert said == f"bench, version {__version__}\n"


def test_the_wheel_finds_what_it_ships(unpacked: Path, tmp_path: Path) -> None:
    script = (
        "from bench import resources, adapter, task, model\n"
        "print(resources.folder('adapters'))\n"
        "print(*adapter.adapters('harness'), *task.shipped(), *model.models())\n"
        "print(len(task.document_tasks('receipts:ocr')[0].samples))\n"
    )
    folder, known, samples = out_of_the_wheel(unpacked, tmp_path, "-c", script).splitlines()
    assert folder == str(unpacked / "bench" / "_shipped" / "adapters")
    assert {"echo", "receipts", "rapidocr"} <= set(known.split())
    assert int(samples) > 0
