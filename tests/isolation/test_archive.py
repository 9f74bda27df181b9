"""Images as files: what an engine says is passed on, and half an archive is none."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench.errors import EnvironmentBuildError
from bench.isolation.archive import load, save
from bench.isolation.image import Image
from bench.isolation.oci import Oci

IMAGE = Image(Oci("docker"), "echo", "cpu", "k", "localhost/x:1", "sha256:1", "3.11.7", "l")


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of `docker`: `save` prints its words, `load` keeps what it is fed."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    kept = tmp_path / "kept"
    program.write_text(f'#!/bin/sh\n[ "$1" = load ] && exec cat >{kept}\necho "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def test_what_is_saved_is_what_is_loaded(engine: Path, tmp_path: Path) -> None:
    save(IMAGE, tmp_path / "images" / "x.tar.gz")
    assert gzip.decompress((tmp_path / "images" / "x.tar.gz").read_bytes()) == (
        b"save localhost/x:1\n"
    )
    load(Oci("docker"), tmp_path / "images" / "x.tar.gz")
    assert (engine.parents[1] / "kept").read_bytes() == b"save localhost/x:1\n"


def test_an_engine_s_last_words_are_said_and_nothing_is_left(engine: Path, tmp_path: Path) -> None:
    engine.write_text("#!/bin/sh\necho no such image >&2\nexit 1\n")
    with pytest.raises(EnvironmentBuildError, match=r"docker save failed: no such image"):
        save(IMAGE, tmp_path / "images" / "x.tar.gz")
    assert not (tmp_path / "images" / "x.tar.gz").exists()
    with gzip.open(tmp_path / "large.tar.gz", "wb", 1) as file:
        file.write(b"\0" * 1_000_000)  # more than a pipe holds: it ends before it has read all
    with pytest.raises(EnvironmentBuildError, match=r"docker load failed: no such image"):
        load(Oci("docker"), tmp_path / "large.tar.gz")


@pytest.mark.usefixtures("engine")
def test_half_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(b"an image" * 1000)[:-12])
    with pytest.raises(EnvironmentBuildError, match=r"x\.tar\.gz is no whole archive"):
        load(Oci("docker"), path)
    path.write_bytes(b"no archive")
    with pytest.raises(EnvironmentBuildError, match=r"x\.tar\.gz is no whole archive"):
        load(Oci("docker"), path)
