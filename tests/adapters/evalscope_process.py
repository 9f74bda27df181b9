"""EvalScope's adapter as a process, against a loopback endpoint in the gateway's place."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.adapters.vlmevalkit_stub.process import Endpoint, Finished

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / "adapters" / "harnesses" / "evalscope"
DOCUMENT = {"name": "receipts", "kind": "document", "benchmark": None, "file": None}
# Settings and a key of the person, none of which may reach EvalScope.
TRAPS = {"EVALSCOPE_API_KEY": "sk-not-ours", "EVALSCOPE_BASE_URL": "http://127.0.0.1:9/v1"}
TRAPS |= {"EVALSCOPE_LOG_LEVEL": "DEBUG", "USE_OSS": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}


def job(url: str, **keys: Any) -> dict[str, Any]:
    """job.json; `keys` stand over its own, those of the model under `model`."""
    model: dict[str, Any] = {"name": "tiny/model.tsv:1", "served_id": "org/tiny,v=1"}
    model |= {"base_url": url, "timeout_s": 20, "system_prompt": None}
    model |= {"parameters": {"temperature": 0, "max_tokens": 64}}
    spec: dict[str, Any] = {"protocol": 1, "job": "job-1", "harness": "evalscope", "task": DOCUMENT}
    spec |= {"limit": None, "concurrency": 4, "options": {}, "harness_args": {}}
    return spec | keys | {"model": model | keys.get("model", {})}


def start(
    python: Path, folder: Path, spec: dict[str, Any], verb: str = "evaluate"
) -> subprocess.Popen[bytes]:
    (folder / "job.json").write_text(json.dumps(spec))
    environment = os.environ | TRAPS
    environment |= {"PYTHONPATH": str(ROOT / "adapters" / "_sdk"), "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", "HOME": str(folder / "home")}
    with (folder / "log.txt").open("wb") as log:
        argv = [str(python), str(ADAPTER / "run.py"), verb, str(folder)]
        return subprocess.Popen(argv, env=environment, cwd=folder, stdout=log, stderr=log)


def run(python: Path, folder: Path, spec: dict[str, Any], verb: str = "evaluate") -> Finished:
    start(python, folder, spec, verb).wait()
    return Finished(folder)


def url(endpoint: Endpoint) -> str:
    host, port = endpoint.server_address[:2]
    return f"http://{host!s}:{port}/v1"
