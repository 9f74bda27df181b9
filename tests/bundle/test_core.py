"""The wheel of an installed package, packed again: the files of its RECORD, and installable."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from bench import uv
from bench.bundle.core import repacked

NAME = "click"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return repacked(importlib.metadata.distribution(NAME), tmp_path)


def test_its_record_is_of_its_files(wheel: Path) -> None:
    told = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        rows = list(csv.reader(io.StringIO(archive.read(f"{told}/RECORD").decode())))
        assert {row[0] for row in rows} == set(archive.namelist())
        for place, said, size in rows:
            content = archive.read(place)
            if said:
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
                assert (said, size) == (f"sha256={digest.decode()}", str(len(content)))
        assert f"{told}/METADATA" in archive.namelist()
        assert f"{told}/INSTALLER" not in archive.namelist()
        assert not any(".." in place or place.endswith(".pyc") for place in archive.namelist())


def test_it_is_the_same_each_time(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = repacked(importlib.metadata.distribution(NAME), tmp_path / "again")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


def test_it_installs(wheel: Path, tmp_path: Path) -> None:
    argv = ["pip", "install", "--offline", "--no-deps", "--target", str(tmp_path / "into")]
    subprocess.run([uv.program(), *argv, str(wheel)], check=True, capture_output=True)
    assert (tmp_path / "into" / NAME / "__init__.py").is_file()
