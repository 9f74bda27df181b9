"""Where the shipped folders are (in a checkout, in a wheel), and where we may write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["adapters", "docs_tasks", "configs"]) -> Path:
    """The shipped folder. `_shipped` first: a top-level `adapters` may be somebody else's."""
    for path in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if path.is_dir():
            return path
    raise FileNotFoundError(f"{name}/ is neither beside nor inside {_PACKAGE}")


def home() -> Path:
    """Environments and logs live here: BENCH_HOME, else the user's cache folder."""
    named = os.environ.get("BENCH_HOME")
    if named:
        return Path(named).expanduser().resolve()
    import platformdirs

    return platformdirs.user_cache_path("vlmhyperbench")


def logs() -> Path:
    """Logs of what is no run: builds, locks, bugs."""
    return home() / "logs"
