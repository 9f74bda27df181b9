"""HRET's adapter as a process, against a loopback endpoint in the gateway's place."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.adapters.vlmevalkit_stub.process import Endpoint, Finished

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / "adapters" / "harnesses" / "hret"
DOCUMENT = {"name": "receipts", "kind": "document", "benchmark": None, "file": None}
# Settings and keys of the person, none of which may reach HRET.
TRAPS = {"OPENAI_API_KEY": "sk-not-ours", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
TRAPS |= {"LITELLM_LOG": "DEBUG", "HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf-not-ours"}


def part(name: str) -> Any:
    """A file of the adapter."""
    spec = importlib.util.spec_from_file_location("hret_" + name, ADAPTER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kmmlu(data: Path, **keys: Any) -> dict[str, Any]:
    """job.json's `task` for a local copy."""
    task = {"name": "kmmlu", "kind": "benchmark", "benchmark": "kmmlu", "metric": "accuracy"}
    return task | {"file": None, "data": str(data), "parts": {}} | keys


def job(url: str, **keys: Any) -> dict[str, Any]:
    """job.json; `keys` stand over its own, those of the model under `model`."""
    model: dict[str, Any] = {"name": "tiny/model.tsv:1", "served_id": "org/tiny,v=1"}
    model |= {"base_url": url, "timeout_s": 20, "system_prompt": None}
    model |= {"parameters": {"temperature": 0, "max_tokens": 64}}
    spec: dict[str, Any] = {"protocol": 1, "job": "job-1", "harness": "hret", "task": DOCUMENT}
    spec |= {"limit": None, "concurrency": 4, "options": {}, "harness_args": {}}
    return spec | keys | {"model": model | keys.get("model", {})}


def run(
    python: Path,
    folder: Path,
    spec: dict[str, Any],
    verb: str = "evaluate",
    before: Sequence[str] = (),
) -> Finished:
    """`before` stands before the command: a namespace without network."""
    (folder / "job.json").write_text(json.dumps(spec))
    environment = os.environ | TRAPS
    environment |= {"PYTHONPATH": str(ROOT / "adapters" / "_sdk"), "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", "HOME": str(folder / "home")}
    with (folder / "log.txt").open("wb") as log:
        argv = [*before, str(python), str(ADAPTER / "run.py"), verb, str(folder)]
        subprocess.run(argv, env=environment, cwd=folder, stdout=log, stderr=log, check=False)
    return Finished(folder)


def url(endpoint: Endpoint) -> str:
    host, port = endpoint.server_address[:2]
    return f"http://{host!s}:{port}/v1"
