"""One process of ours as a container gets it, and what is let in. Pure: nothing is started here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

# By name alone: their values stand in no command line. Whatever else is set on this machine stays
# out: paths of the host mean nothing inside, and API keys are the gateway's.
PASSED = (
    *("LANG", "LC_ALL", "TZ", "BENCH_JOB"),
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TOKENIZERS_PARALLELISM"),
)
# There is no network: a hub's client shall say so at once instead of trying again for minutes.
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
MANY = 32  # mounts of images before their common folder is mounted instead


@dataclass(frozen=True)
class Mount:
    """A folder or file, at `at` inside; by default where it lies on this machine."""

    path: Path
    writable: bool = False
    at: str | None = None

    @property
    def target(self) -> str:
        return self.at or str(self.path)


@dataclass(frozen=True)
class Limits:
    """Of one container: bytes of memory, and processes with their threads."""

    memory: int
    pids: int


@dataclass(frozen=True)
class Confined:
    """`folder` is where it works and the only place, but for /tmp, where it may write.

    `user` is uid:gid. `variables` are set with their values, `passed` by their names.
    """

    name: str
    image: str
    argv: tuple[str, ...]
    folder: Path
    mounts: tuple[Mount, ...]
    variables: Mapping[str, str]
    passed: tuple[str, ...]
    limits: Limits
    gpu: bool
    user: str


def readable(paths: Iterable[Path]) -> tuple[Mount, ...]:
    """Read-only mounts of all these paths; one below another is there already."""
    wanted: set[Path] = set()
    for path in paths:
        wanted.add(path.absolute())
        wanted.add(path.resolve())  # what a link points to lies there inside as well
    kept = [path for path in sorted(wanted) if not any(one in wanted for one in path.parents)]
    return tuple(Mount(path) for path in kept)


def folders_of(files: Iterable[Path]) -> tuple[Path, ...]:
    """The folders that hold these files; where they are many, those above them.

    Never `/` itself: files so far apart keep their own folders.
    """
    found = {folder for file in files for folder in (file.absolute().parent, file.resolve().parent)}
    while len(found) > MANY:
        above = {folder.parent for folder in found}
        if Path("/") in above:
            break
        found = above
    return tuple(sorted(found))
