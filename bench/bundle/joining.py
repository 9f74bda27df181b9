"""The folder that a bundle in volumes stands for."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from bench.bundle.manifest import FILE, SCRIPT, Manifest
from bench.errors import SourceError


class _Joined(io.RawIOBase):
    """Files as one, from the first byte to the last."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._left = list(paths)
        self._file: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while self._file is not None or self._left:
            if self._file is None:
                self._file = self._left.pop(0).open("rb")
            part = self._file.read(len(room))
            if part:
                room[: len(part)] = part
                return len(part)
            self._file.close()
            self._file = None
        return 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


def unpack(bundle: Path, manifest: Manifest, folder: Path) -> None:
    """Only what the manifest names leaves the volumes. SourceError where they are no whole tar."""
    known = {*manifest.files, FILE, SCRIPT}
    first, *_ = volumes = [bundle / name for name in sorted(manifest.volumes)]
    try:
        # Streamed: no second copy of the whole is needed.
        with (
            io.BufferedReader(_Joined(volumes)) as whole,
            tarfile.open(fileobj=whole, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member) if member.name in known else None
                if content is None:
                    raise SourceError(first, f"holds {member.name}, which is not of the bundle")
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
    except tarfile.TarError as error:
        raise SourceError(first, f"is no whole tar: {error}", hint="copy it again") from None
