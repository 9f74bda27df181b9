"""lmms-eval's adapter: its parts, and as a process against an endpoint in the gateway's place."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.adapters.vlmevalkit_stub.process import Endpoint, Finished
from tests.local_data.made import docvqa_copy

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / "adapters" / "harnesses" / "lmms_eval"
RECORDED = Path(__file__).with_name("lmms_eval_recorded")
DOCUMENT = {"name": "receipts", "kind": "document", "benchmark": None, "file": None}
# Settings and keys of the person or of a launcher, none of which may reach lmms-eval.
TRAPS = {
    "OPENAI_API_KEY": "sk-not-ours",
    "HF_TOKEN": "hf-not-ours",
    "HF_ENDPOINT": "http://127.0.0.1:9",
    "LMMS_EVAL_PLUGINS": "no_such_module",
    "LMMS_IMAGE_ENCODE_FORMAT": "JPEG",
    "TQDM_ASCII": "1",  # it ends tqdm with a ZeroDivisionError
    "WORLD_SIZE": "2",  # lmms-eval would wait for a second process
    "LOCAL_RANK": "1",
    "OMPI_COMM_WORLD_SIZE": "2",
}


def part(name: str) -> Any:
    """A file of the adapter; for classes.py bench_protocol must be on the path."""
    spec = importlib.util.spec_from_file_location("lmms_eval_" + name, ADAPTER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def job(url: str, **keys: Any) -> dict[str, Any]:
    """job.json; `keys` stand over its own, those of the model under `model`."""
    model: dict[str, Any] = {"name": "tiny/model:1", "served_id": "org/o1-tiny,v=1"}
    model |= {"base_url": url, "timeout_s": 20, "system_prompt": None}
    model |= {"parameters": {"temperature": 0, "max_tokens": 64}}
    spec: dict[str, Any] = {"protocol": 1, "job": "job-1", "harness": "lmms-eval", "task": DOCUMENT}
    spec |= {"limit": None, "concurrency": 4, "options": {}, "harness_args": {}}
    return spec | keys | {"model": model | keys.get("model", {})}


def start(
    python: Path, folder: Path, spec: dict[str, Any], verb: str = "evaluate", **settings: str
) -> subprocess.Popen[bytes]:
    """HOME is `home` in the folder; nobody but lmms-eval would make it."""
    (folder / "job.json").write_text(json.dumps(spec))
    environment = os.environ | TRAPS | settings
    environment |= {"PYTHONPATH": str(ROOT / "adapters" / "_sdk"), "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", "HOME": str(folder / "home")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as the core: ten seconds more a process
    with (folder / "log.txt").open("wb") as log:
        argv = [str(python), str(ADAPTER / "run.py"), verb, str(folder)]
        return subprocess.Popen(argv, env=environment, cwd=folder, stdout=log, stderr=log)


def run(
    python: Path, folder: Path, spec: dict[str, Any], verb: str = "evaluate", **settings: str
) -> Finished:
    start(python, folder, spec, verb, **settings).wait()
    return Finished(folder)


def url(endpoint: Endpoint) -> str:
    host, port = endpoint.server_address[:2]
    return f"http://{host!s}:{port}/v1"


def local_tables(folder: Path) -> list[Any]:
    from bench_data import LocalCopy

    found: list[Any] = LocalCopy(str(docvqa_copy(folder / "copy").folder)).tables
    return found


class Rows(list[dict[str, Any]]):
    """Stands in for a split of the package datasets."""

    split = "test"

    @property
    def column_names(self) -> list[str]:
        return sorted({key for row in self for key in row})

    def add_column(self, name: str, values: list[str]) -> Rows:
        return Rows([row | {name: one} for row, one in zip(self, values, strict=True)])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return [row.get(key) for row in self]
        return super().__getitem__(key)


def edit(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """A file of JSON lines, its rows changed in place."""
    rows = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    change(rows)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
