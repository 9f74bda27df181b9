"""The lm-eval adapter's parts, and its process driven against a loopback endpoint."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.adapters.vlmevalkit_stub.process import Endpoint, Finished

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADAPTER = ROOT / "adapters" / "harnesses" / "lm_eval"
SDK = ROOT / "adapters" / "_sdk"
# Settings and keys of the person, none of which may reach lm-eval.
TRAPS = {
    "OPENAI_API_KEY": "sk-not-ours",
    "HF_TOKEN": "hf-not-ours",
    "TQDM_ASCII": "1",  # it would end lm-eval with a ZeroDivisionError
    "LMEVAL_LOG_LEVEL": "DEBUG",
    "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER": "none",
    "LM_HARNESS_CACHE_PATH": "elsewhere",
    "LOCAL_RANK": "1",  # it would leave lm-eval without results
}


def part(name: str) -> Any:
    """A file of the adapter; bench_protocol must be on the path."""
    spec = importlib.util.spec_from_file_location("lm_eval_" + name, ADAPTER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Counting(Endpoint):
    """Knows how many connections there were: the adapter makes a new one for each request.

    Those after the first `hold_after` are not answered before `released` is set.
    """

    connections = 0
    hold_after: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        del request, client_address
        self.connections += 1
        return True

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.hold_after is not None and self.connections > self.hold_after:
            self.released.wait(30)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is the scenario, not an error."""


@contextlib.contextmanager
def counting() -> Iterator[Counting]:
    with Counting() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


def specification(base_url: str, model: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """job.json as the core writes it; `model` and `spec` override its keys."""
    plain: dict[str, Any] = {
        "name": "tiny",
        "served_id": "tiny",
        "system_prompt": None,
        "parameters": {},
    }
    return {
        "protocol": 1,
        "job": "job-1",
        "harness": "lm-eval",
        "task": {"name": "papers", "kind": "document", "benchmark": None, "file": None},
        "model": plain | {"base_url": base_url, "timeout_s": 20.0} | model,
        "limit": None,
        "concurrency": 4,
        "options": {},
        "harness_args": {},
    } | spec


def write_items(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"references": ["x"]} | row) + "\n" for row in rows]
    (folder / "items.jsonl").write_text("".join(lines))


def start(python: Path, folder: Path, spec: dict[str, Any], verb: str) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    (folder / "job.json").write_text(json.dumps(spec))
    environment = os.environ | TRAPS | {"PYTHONPATH": str(SDK), "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONNOUSERSITE": "1", "HOME": str(folder / "home")}
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [str(python), str(ADAPTER / "run.py"), verb, str(folder)],
            env=environment,
            stdout=log,
            stderr=log,
        )


def run(python: Path, folder: Path, spec: dict[str, Any], verb: str = "evaluate") -> Finished:
    start(python, folder, spec, verb).wait()
    return Finished(folder)
