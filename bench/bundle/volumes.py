"""A bundle as one tar in pieces of a given size: bundle.tar.001, .002, … `cat` puts them together.

What cuts them knows nothing of tar, so any `tar` reads what `cat bundle.tar.*` gives.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from bench.bundle.manifest import VOLUME, Stored
from bench.errors import UsageError

MOST = 999
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
Say = Callable[[str], None]


def size_of(text: str) -> int:
    """`4GB`, `700 MB`, `4GiB`, `65536`: bytes. UsageError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*", text, re.IGNORECASE)
    if found is None or (found[3] and not found[2]):
        raise UsageError(f"--volume-size {text!r} is no size", hint="--volume-size 4GB")
    unit = found[2].lower()
    power = " kmgt".index(unit) if unit else 0
    size = int(float(found[1]) * (1024**power if found[3] else _UNITS[unit]))
    if size < 1:
        raise UsageError(f"--volume-size {text!r} is less than one byte")
    return size


class _Cutter(io.RawIOBase):
    """What is written goes into one file after another, `size` bytes each."""

    def __init__(self, folder: Path, size: int, say: Say) -> None:
        self._folder, self._size, self._say = folder, size, say
        self._file: IO[bytes] | None = None
        self._digest, self._written = hashlib.sha256(), 0
        self.volumes: dict[str, Stored] = {}

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        left = memoryview(content)
        while left:
            if self._file is None:
                self._open()
            part = left[: self._size - self._written]
            if self._file is not None:
                self._file.write(part)
            self._digest.update(part)
            self._written += len(part)
            left = left[len(part) :]
            if self._written == self._size:
                self.end()
        return len(content)

    def _open(self) -> None:
        number = len(self.volumes) + 1
        if number > MOST:
            raise UsageError(f"more than {MOST} volumes", hint="name a larger --volume-size")
        self._name = f"{VOLUME}{number:03}"
        self._file = (self._folder / self._name).open("wb")
        self._digest, self._written = hashlib.sha256(), 0
        self._say(f"writing {self._name}")

    def end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            digest = self._digest.hexdigest()
            self.volumes[self._name] = Stored(sha256=digest, bytes=self._written)


def cut(root: Path, places: Iterable[str], into: Path, size: int, say: Say) -> dict[str, Stored]:
    """These files of `root` as volumes in `into`."""
    cutter = _Cutter(into, size, say)
    with tarfile.open(fileobj=cutter, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for place in places:
            member = archive.gettarinfo(root / place, arcname=place)
            member.uid = member.gid = member.mtime = 0
            member.uname = member.gname = ""
            with (root / place).open("rb") as file:
                archive.addfile(member, file)
    cutter.end()
    return cutter.volumes
