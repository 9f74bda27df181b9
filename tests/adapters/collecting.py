"""The collect verb of an adapter as the core runs it; this Python has no harness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SDK = Path(__file__).resolve().parents[2] / "adapters" / "_sdk"


def collected_by(adapter: Path, folder: Path) -> dict[str, Any]:
    """result.json of the job in `folder`, which the exit code agrees with."""
    environment = os.environ | {"PYTHONPATH": str(SDK), "PYTHONSAFEPATH": "1"}
    argv = [sys.executable, str(adapter / "run.py"), "collect", str(folder)]
    done = subprocess.run(argv, env=environment, capture_output=True, check=False)
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    assert (done.returncode == 0) == (result["status"] == "ok")
    return result
