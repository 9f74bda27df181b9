"""Lock hash -> packages by name and version, where the environment or the lock file is at hand."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from bench import environment
from bench.adapter import adapters
from bench.errors import BenchError
from bench.resolving import lock_folder

_PIN = re.compile(r"(?m)^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])? *(?:===?|@) *([^\s;\\]+)")


def packages(lock_sha256: str) -> dict[str, str] | None:
    """Of an environment that was built from these locks, else of the lock files; else None."""
    for one in environment.built():
        found = one.ready or {}
        listed = found.get("packages")
        if found.get("lock_sha256") == lock_sha256 and isinstance(listed, list):
            return _pins("\n".join(map(str, listed)))
    return _locked(lock_sha256)


def _locked(lock_sha256: str) -> dict[str, str] | None:
    shared = lock_folder()
    torches: tuple[tuple[Path, ...], ...] = (
        (),
        (shared / "torch.cpu.lock",),
        (shared / "torch.cuda.lock",),
    )
    visions: tuple[tuple[Path, ...], ...] = ((), (shared / "torchvision.lock",))
    try:
        known = [*adapters("harness").values(), *adapters("engine").values()]
    except BenchError:
        return None
    locks = [one.lock for each in known for one in (each.profile, each.for_weights)]
    for lock, torch, vision in product(locks, torches, visions):
        files = (lock, *torch, *vision)
        if all(map(Path.is_file, files)) and environment.digest(files) == lock_sha256:
            return _pins("\n".join(path.read_text(encoding="utf-8") for path in files))
    return None


def _pins(text: str) -> dict[str, str]:
    """`name==version` and `name @ address` at the beginning of a line."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in _PIN.findall(text)}
