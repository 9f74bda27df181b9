"""Files of this machine into a bundle: whole or not at all, and not again where they are there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.bundle.contents import Copied
from bench.errors import UsageError

_TELL = 500_000_000  # bytes between two lines of progress
Say = Callable[[str], None]


def copy_files(files: Sequence[Copied], root: Path, say: Say) -> None:
    """A file of the same size and time is taken to be the same; its hash is taken later anyway."""
    total = sum(one.path.stat().st_size for one in files)
    done = told = 0
    for one in files:
        _copy(one.path, root / one.place)
        done += one.path.stat().st_size
        if done - told >= _TELL:
            told = done
            say(f"copied {done / 1e6:.0f} of {total / 1e6:.0f} MB")


def _copy(source: Path, target: Path) -> None:
    """`source` may be a link: what it leads to is copied."""
    try:
        there, wanted = target.lstat() if target.exists() else None, source.stat()
        if there and (there.st_size, there.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = target.with_name(f"{target.name}.part")
        shutil.copyfile(source, staging)
        shutil.copystat(source, staging)
        staging.chmod(0o644)
        staging.replace(target)
    except OSError as error:
        raise UsageError(f"{source} cannot be packed: {error.strerror}") from None
