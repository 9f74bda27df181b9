"""What the harnesses' classes of models take, as their environments say it: recorded for tests."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.adapter import Adapter, find_adapter
from bench.environment import build
from bench.model import Model

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "models"
RECORDED = GOLDEN / "parameters.json"
_PROBE = Path(__file__).with_name("probe.py")
Found = dict[str, Any]
Say = Callable[[str], None]


@functools.cache
def recorded() -> dict[str, dict[str, Found]]:
    """By harness and its name of the model, as the file has it."""
    found: dict[str, dict[str, Found]] = json.loads(RECORDED.read_bytes())
    return found


def live(harness: str, models: Iterable[Model], say: Say) -> dict[str, Found]:
    """As the harness's environment has it, which is built where it is not. What only imports beside
    a model's `requires` is asked for there.
    """
    named = [one.in_process[harness] for one in models if harness in one.in_process]
    wanted = {one.model: one.requires for one in named}
    adapter = find_adapter("harness", harness)
    found = _probed(adapter, sorted(wanted), (), say)
    for one, said in found.items():
        if "error" in said and wanted[one]:
            found |= _probed(adapter, [one], wanted[one], say)
    return found


def _probed(
    adapter: Adapter, names: list[str], requires: tuple[str, ...], say: Say
) -> dict[str, Found]:
    python = build(adapter, "cpu", say, weights=True, requires=requires).python
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "found.json"
        argv = [str(python), "-P", str(_PROBE), adapter.name, str(adapter.folder), str(out)]
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "LMUData": scratch, "HOME": scratch}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # ten seconds more a process
        subprocess.run(
            [*argv, *names], env=environment, check=True, stdout=subprocess.DEVNULL, text=True
        )
        found: dict[str, Found] = json.loads(out.read_bytes())
    return found
