"""The command in a process of its own, with no setting of this machine's hubs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.fetching.hub import Hub

Run = Callable[..., subprocess.CompletedProcess[str]]
_OWN = ("HF_", "MODELSCOPE_")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bench", *words]


def surroundings(hub: Hub, tmp_path: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    own = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hf")}
    own |= {"MODELSCOPE_ENDPOINT": hub.address, "NO_PROXY": "127.0.0.1,localhost"}
    return kept | own | {"BENCH_DATA": str(tmp_path / "copies"), **variables}


def runs(hub: Hub, tmp_path: Path) -> Run:
    def bench(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words),
            env=surroundings(hub, tmp_path, **variables),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return bench
