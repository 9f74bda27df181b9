"""The transformers engine as a process, for tests that compare it with weights in lm-eval."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.adapters.lm_eval_process import ROOT, SDK
from tests.runs import await_true

SERVE = ROOT / "adapters" / "engines" / "transformers" / "serve.py"


@contextmanager
def served(python: Path, folder: Path, weights: Path) -> Iterator[dict[str, Any]]:
    """job.json's `model` for the weights behind a completions endpoint, in float32."""
    folder.mkdir()
    spec = {"protocol": 1, "engine": "transformers", "served_id": "tiny", "host": "127.0.0.1"}
    spec |= {"weights": str(weights), "arguments": {"dtype": "float32", "threads": 1}}
    (folder / "engine.json").write_text(json.dumps(spec))
    environment = os.environ | {"PYTHONPATH": str(SDK), "PYTHONSAFEPATH": "1"}
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [str(python), str(SERVE), "serve", str(folder)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    ready = folder / "ready.json"
    try:
        await_true(lambda: ready.exists() or server.poll() is not None, 120)
        port = json.loads(ready.read_text())["port"]
        yield {"api": "completions", "base_url": f"http://127.0.0.1:{port}/v1"}
    finally:
        server.terminate()
        server.wait(30)
