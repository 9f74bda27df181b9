"""Interpreters: found on PATH, among pyenv's and uv's, and each asked what it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.errors import EnvironmentBuildError

_ASK = """
import json, os, platform, sys, sysconfig
print(json.dumps({
    "python": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "soabi": sysconfig.get_config_var("SOABI") or "",
    "platform": sysconfig.get_platform(),
    "libc": "-".join(platform.libc_ver()),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """`version` is full (3.11.7); `soabi`, `platform` and `libc` say which wheels fit."""

    python: str
    implementation: str
    version: str
    soabi: str
    platform: str
    libc: str


@cache
def find(minor: str) -> Interpreter:
    """The first interpreter of that minor version (`3.11`) that really runs."""
    for path in _candidates(minor):
        found = ask(path)
        if found and found.version.startswith(f"{minor}."):
            return found
    raise EnvironmentBuildError(
        f"no Python {minor} was found (PATH, pyenv, uv)",
        hint=f"install Python {minor} and put python{minor} on PATH",
    )


def ask(path: Path) -> Interpreter | None:
    """What it says of itself; None if it does not run."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _ASK], capture_output=True, timeout=60, check=True, cwd="/"
        )
        return Interpreter(**json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None


def _candidates(minor: str) -> Iterator[Path]:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == minor:
        yield Path(sys.executable)
    on_path = shutil.which(f"python{minor}")
    if on_path:
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path("~/.pyenv").expanduser())
    yield from sorted(pyenv.glob(f"versions/{minor}.*/bin/python{minor}"), reverse=True)
    managed = Path(
        os.environ.get("UV_PYTHON_INSTALL_DIR") or Path("~/.local/share/uv/python").expanduser()
    )
    yield from sorted(managed.glob(f"*-{minor}.*/bin/python{minor}"), reverse=True)
