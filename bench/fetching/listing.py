"""What a repository holds, as its hub lists it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from bench.errors import RunError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class HubFile:
    """`sha256` of a large file, `git_sha1` (git's own name of the content) of a small one."""

    path: str
    bytes: int
    sha256: str | None
    git_sha1: str | None


@dataclass(frozen=True)
class Listing:
    """`revision` is the `commit`, or the branch or the tag where the hub proves no commit.

    `licence`: as the card says it. `endpoint`: the address that was asked.
    """

    revision: str
    commit: str | None
    licence: str | None
    files: tuple[HubFile, ...]
    endpoint: str | None = None

    @property
    def content_sha256(self) -> str:
        """Of the sorted lines PATH, tab, the hash that the hub lists: the same for the same files,
        whatever the commit is called.
        """
        lines = sorted(f"{one.path}\t{one.sha256 or one.git_sha1}\n" for one in self.files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_listing(said: dict[str, Any], label: str) -> Listing:
    """RunError where the hub's answer cannot be relied on."""
    files = tuple(HubFile(**one) for one in said["files"])
    for one in files:
        path = PurePosixPath(one.path)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in one.path:
            raise RunError(f"{label}: the hub names a file outside the repository: {one.path!r}")
        if not isinstance(one.bytes, int) or not (one.sha256 or one.git_sha1):
            raise RunError(f"{label}: the hub tells no size or no hash of {one.path}")
    if not said["revision"]:
        raise RunError(f"{label}: the hub tells no revision")
    if not files:
        raise RunError(f"{label} holds no files")
    return Listing(
        revision=said["revision"],
        commit=said["commit"],
        licence=said["licence"],
        files=files,
        endpoint=said["endpoint"],
    )


def sha256_of(path: Path, file: HubFile) -> str | None:
    """The file's sha256; None where its size or its hash is not what the hub lists."""
    size = path.stat().st_size
    if size != file.bytes:
        return None
    ours, git = hashlib.sha256(), hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            ours.update(chunk)
            if file.sha256 is None:
                git.update(chunk)
    found = ours.hexdigest()
    if file.sha256 is not None:
        return found if found == file.sha256 else None
    return found if git.hexdigest() == file.git_sha1 else None
