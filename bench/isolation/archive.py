"""An image as a file: `save` of docker or podman in docker's archive format, which both load.

It is compressed with gzip. docker loads that as it is; podman 4.3 does not, so it is fed what gzip
gives: `zcat FILE | podman load`.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bench.errors import EnvironmentBuildError
from bench.isolation.image import Image
from bench.isolation.oci import Oci

_CHUNK = 1 << 20
_LEVEL = 1  # half the size for a tenth of the time that the default takes


def save(image: Image, target: Path) -> None:
    """Whole or not at all. EnvironmentBuildError with the engine's last words."""
    engine = image.engine
    if not isinstance(engine, Oci):
        raise TypeError(image.isolation)
    how = ("--quiet", "--format", "docker-archive") if engine.program == "podman" else ()
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.with_name(f"{target.name}.part")
    argv = (engine.program, "save", *how, image.reference)
    with _started(argv, stdout=subprocess.PIPE) as child, staging.open("wb") as file:
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
            shutil.copyfileobj(_open(child.stdout), packed, _CHUNK)
        file.flush()
        os.fsync(file.fileno())
    staging.replace(target)


def load(engine: Oci, source: Path) -> None:
    """Into the engine, under the name that it has in the archive. EnvironmentBuildError."""
    try:
        with (
            _started((engine.program, "load", "--quiet"), stdin=subprocess.PIPE) as child,
            suppress(BrokenPipeError),  # it ended before it has read all, and says why
            gzip.open(source) as unpacked,
            _open(child.stdin) as pipe,
        ):
            shutil.copyfileobj(unpacked, pipe, _CHUNK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise EnvironmentBuildError(f"{source.name} is no whole archive: {error}") from None


@contextmanager
def _started(
    argv: tuple[str, ...], *, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """EnvironmentBuildError, with its last words, where it does not come to a good end."""
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=said) as child:
            try:
                yield child
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            last = lines[-1] if lines else "it said nothing"
            raise EnvironmentBuildError(f"{argv[0]} {argv[1]} failed: {last}")


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError
    return pipe
