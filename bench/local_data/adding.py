"""Taking a copy: built beside its place, moved there when it is whole; removing one."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.benchmarks import find_benchmark, homes_of, unknown_benchmark
from bench.benchmarks.entry import DataShape
from bench.errors import UsageError, suggestion
from bench.local_data.choice import chosen
from bench.local_data.copy import Copy, copies, copies_folder, find_copy, stored_name
from bench.local_data.sources import look
from bench.local_data.writing import Told, write_copy

_NAME = re.compile(r"\w[\w.@+=,-]*")


def add_copy(
    name: str,
    source: Path,
    *,
    split: str | None = None,
    config: str | None = None,
    replace: bool = False,
    told: Told | None = None,
) -> Copy:
    """The copy of `name` (ours, or a harness's own) made of what lies at `source`, which is only
    read. UsageError or SourceError where it cannot be; then nothing is left behind.
    """
    own = stored_name(name)
    benchmark = find_benchmark(own)
    if benchmark is None and not homes_of(own):
        raise unknown_benchmark(name)
    return write_named(
        own,
        source.resolve() if source.exists() else source,
        benchmark.data if benchmark else None,
        split=split,
        config=config,
        replace=replace,
        told=told,
    )


def write_named(
    name: str,
    source: Path,
    shape: DataShape | None,
    *,
    split: str | None = None,
    config: str | None = None,
    replace: bool = False,
    told: Told | None = None,
) -> Copy:
    """As `add_copy`, by a shape that is given."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a folder", hint="see docs/data.md")
    target = copies_folder() / name
    _check_free(target, replace=replace)
    found = chosen(look(source, shape), source, name=name, shape=shape, config=config, split=split)
    with _staged(target, replace=replace) as root:
        write_copy(root, name, found, source=source.name, shape=shape, told=told)
    return Copy(target)


def remove_copy(name: str) -> Copy:
    """What was removed; UsageError where there is no such copy."""
    copy = the_copy(name)
    with _locked(copy.folder):
        _remove(copy.folder)
    return copy


def the_copy(name: str) -> Copy:
    """UsageError where there is none."""
    copy = find_copy(name)
    if copy is None:
        hint = suggestion(name, [one.name for one in copies()])
        raise UsageError(f"there is no copy of {name!r} in {copies_folder()}", hint=hint)
    return copy


def _check_free(target: Path, *, replace: bool) -> None:
    if target.exists() and not replace:
        hint = "--replace takes it anew; `bench data verify` says whether it is sound"
        raise UsageError(f"{target} is there already", hint=hint)


@contextmanager
def _staged(target: Path, *, replace: bool) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when the block ends and is gone if it raises."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target):
            _check_free(target, replace=replace)
            staging = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
            try:
                yield staging
                staging.chmod(0o755)  # mkdtemp makes it private
                if target.exists():
                    _remove(target)
                staging.rename(target)
            except BaseException:
                shutil.rmtree(staging, ignore_errors=True)
                raise
    except OSError as error:
        place = error.filename or target
        raise UsageError(f"{place}: {error.strerror or error}") from None


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """One process at a time; what one that was killed has left is removed."""
    import filelock

    place = target.with_name(f".{target.name}.lock")
    lock = filelock.FileLock(place)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UsageError(f"{target} is being written by another process") from None
    try:
        for left in target.parent.glob(f"{_prefix(target)}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        place.unlink(missing_ok=True)
        lock.release()


def _remove(target: Path) -> None:
    """Out of sight at once, then file by file."""
    gone = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    target.rename(gone / target.name)
    shutil.rmtree(gone)


def _prefix(target: Path) -> str:
    return f".{target.name}.part-"
