"""Sizes as people write them; a tar in pieces, put together by us and by cat and tar."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.bundle import volumes
from bench.bundle.manifest import Stored
from bench.bundle.volumes import cut, size_of
from bench.errors import UsageError
from bench.hashing import file_sha256

FILES = {"a.bin": b"a" * 3000, "deep/b.bin": bytes(range(256)) * 400, "empty": b""}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for place, content in FILES.items():
        path = tmp_path / "source" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "source"


@pytest.fixture
def pieces(source: Path, tmp_path: Path) -> dict[str, Stored]:
    (tmp_path / "pieces").mkdir()
    return cut(source, FILES, tmp_path / "pieces", 50_000, lambda _: None)


def held(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4_000_000_000), ("1.5 kB", 1500), ("2GiB", 2 << 30), ("65536", 65536)],
    ids=["GB", "fraction", "GiB", "bytes"],
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "big", "-4GB", "4iB", "0", "0.1"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="--volume-size"):
        size_of(text)


def test_every_volume_but_the_last_has_the_size(pieces: dict[str, Stored], tmp_path: Path) -> None:
    assert list(pieces) == ["bundle.tar.001", "bundle.tar.002", "bundle.tar.003"]
    for name, stored in pieces.items():
        path = tmp_path / "pieces" / name
        assert (stored.bytes, stored.sha256) == (path.stat().st_size, file_sha256(path))
    sizes = [stored.bytes for stored in pieces.values()]
    assert sizes[:-1] == [50_000, 50_000]
    assert 0 < sizes[-1] <= 50_000


def test_cat_and_tar_put_them_together(pieces: dict[str, Stored], tmp_path: Path) -> None:
    into = tmp_path / "plain"
    into.mkdir()
    command = f"cat {tmp_path}/pieces/bundle.tar.* | tar -xf - -C {into}"
    subprocess.run(["sh", "-c", command], check=True)
    assert held(into) == FILES


def test_more_volumes_than_names_is_an_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "MOST", 2)
    (tmp_path / "many").mkdir()
    with pytest.raises(UsageError, match="more than 2 volumes"):
        cut(source, FILES, tmp_path / "many", 50_000, lambda _: None)
