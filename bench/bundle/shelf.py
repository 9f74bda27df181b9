"""The package files of a bundle: one flat folder, each file known by its sha256."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.bundle.pip import Fit
from bench.errors import EnvironmentBuildError
from bench.hashing import file_sha256

WORKERS = min(8, max(2, len(os.sched_getaffinity(0))))


class Shelf:
    """What lies there is counted as present only after its hash was taken anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(path for path in folder.iterdir() if path.is_file())
        with ThreadPoolExecutor(WORKERS) as pool:
            self._names = dict(zip(pool.map(file_sha256, found), found, strict=True))
        self.used: dict[str, str] = {}  # file's name -> package URL

    def take(self, url: str, hashes: Iterable[str], fit: Fit) -> Path | None:
        """The file with one of these hashes that suits, a wheel before a source; now in use."""
        found = [self._names[one] for one in hashes if one in self._names]
        fitting = sorted(
            (path for path in found if fit.takes(path.name)),
            key=lambda path: (not path.name.endswith(".whl"), path.name),
        )
        if not fitting:
            return None
        self.used[fitting[0].name] = url
        return fitting[0]

    def put(self, path: Path) -> str:
        """Move a file here; its sha256. EnvironmentBuildError where another has its name."""
        digest = file_sha256(path)
        target = self.folder / path.name
        if target.exists() and self._names.get(digest) != target:
            if path.name in self.used:
                raise EnvironmentBuildError(
                    f"two different files are named {path.name}",
                    hint="two indexes offer it: leave one out of pip's settings",
                )
            self._names = {key: one for key, one in self._names.items() if one != target}
        path.replace(target)
        self._names[digest] = target
        return digest

    def drop_unused(self) -> None:
        """What an earlier build left and this one does not need."""
        for path in self.folder.iterdir():
            if path.name not in self.used:
                path.unlink()
