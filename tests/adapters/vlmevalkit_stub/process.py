"""A loopback endpoint in the gateway's place, and the adapter's process driven against it."""

import base64
import contextlib
import importlib.util
import io
import json
import os
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
ADAPTER = ROOT / "adapters" / "harnesses" / "vlmevalkit"
# Settings and a key of the person, none of which may reach VLMEvalKit.
TRAPS = {"MMEVAL_ROOT": "elsewhere", "SPLIT_THINK": "True", "PRED_FORMAT": "xlsx"}
TRAPS |= {"OPENAI_API_KEY": "sk-not-ours", "EVAL_PROXY": "http://127.0.0.1:9"}


def part(name: str) -> Any:
    """A file of the adapter."""
    spec = importlib.util.spec_from_file_location("vlmevalkit_" + name, ADAPTER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Endpoint(ThreadingHTTPServer):
    """Answers by the sample's id; a number is an HTTP status without an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Reply)
        self.answers: dict[str, str | int] = {}
        self.seen: dict[str, dict[str, Any]] = {}

    def parts(self, sample: str) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = self.seen[sample]["messages"][-1]["content"]
        return content

    def images(self, sample: str) -> list[bytes]:
        urls = [one["image_url"]["url"] for one in self.parts(sample) if one["type"] != "text"]
        return [base64.b64decode(url.partition(",")[2]) for url in urls]


class Reply(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sample = urllib.parse.unquote(self.headers["X-Bench-Sample"])
        assert sample not in self.server.seen, "asked twice"
        self.server.seen[sample] = dict(json.loads(body), headers=dict(self.headers))
        answer = self.server.answers[sample]
        status = answer if isinstance(answer, int) else 200
        reply = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextlib.contextmanager
def serving() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Finished:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder / "log.txt").read_text("utf-8", "replace")
        self.result = json.loads((folder / "result.json").read_text())
        self.events = self.rows("events.jsonl")
        self.predictions = {row["id"]: row for row in self.rows("predictions.jsonl")}
        self.asked = {row["id"]: row for row in self.rows("asked.jsonl")}
        self.scores = {
            (row["id"], row["metric"]): row["value"] for row in self.rows("native_scores.jsonl")
        }

    def rows(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(one) for one in path.read_text().splitlines()] if path.exists() else []

    def warnings(self) -> str:
        return "\n".join(one["text"] for one in self.events if one["event"] == "warning")

    def value(self, metric: str, group: str | None = None) -> dict[str, Any]:
        native: list[dict[str, Any]] = self.result["native"]
        (only,) = (one for one in native if (one["metric"], one["group"]) == (metric, group))
        return only


def run(
    python: Path,
    folder: Path,
    endpoint: Endpoint | None,
    task: dict[str, Any],
    *,
    verb: str = "evaluate",
    limit: int | None = None,
    harness_args: dict[str, Any] | None = None,
    in_process: dict[str, Any] | None = None,
    parameters: dict[str, Any] | None = None,
    system_prompt: str | None = None,
    **options: str,
) -> Finished:
    """The adapter's process as the core starts it; without an endpoint there is `in_process`."""
    folder.mkdir(exist_ok=True)
    model: dict[str, Any] = {"name": "tiny/model.tsv:1", "served_id": "tiny"}
    host, port = endpoint.server_address[:2] if endpoint else ("", 0)
    model |= {"base_url": f"http://{host!s}:{port}/v1" if endpoint else "", "timeout_s": 20}
    model |= {"parameters": parameters or {"temperature": 0, "max_tokens": 64}}
    model |= {"system_prompt": system_prompt, "in_process": in_process}
    spec: dict[str, Any] = {
        "protocol": 1,
        "job": "job-1",
        "harness": "vlmevalkit",
        "task": task,
        "model": model,
    }
    spec |= {"limit": limit, "concurrency": 4, "options": options}
    spec["harness_args"] = harness_args or {}
    (folder / "job.json").write_text(json.dumps(spec))
    environment = {name: one for name, one in os.environ.items() if name != "LMUData"} | TRAPS
    environment |= {"PYTHONPATH": str(ROOT / "adapters" / "_sdk"), "PYTHONSAFEPATH": "1"}
    environment |= {"PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1", "HOME": str(folder)}
    with (folder / "log.txt").open("wb") as log:
        subprocess.run(
            [str(python), str(ADAPTER / "run.py"), verb, str(folder)],
            env=environment,
            stdout=log,
            stderr=log,
            check=False,
        )
    return Finished(folder)


def picture(form: str, size: int = 24) -> bytes:
    """Smaller than the 100 pixels to which VLMEvalKit would enlarge it."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((size, size)).save(buffer, form)
    return buffer.getvalue()


def table(path: Path, rows: list[dict[str, str]]) -> str:
    lines = ["\t".join(rows[0])] + ["\t".join(row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def benchmark(name: str, file: str | None, data: Path | None = None) -> dict[str, Any]:
    task: dict[str, Any] = {"name": name, "kind": "benchmark", "benchmark": name, "file": file}
    return task | {"data": None if data is None else str(data)}


def document(folder: Path, ids: list[str], images: list[bytes]) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    with (folder / "items.jsonl").open("w") as items:
        for number, name in enumerate(ids):
            path = folder / f"page {number}.bin"
            path.write_bytes(images[number % len(images)])
            prompt = f" Read this.\tKeep {number}.\n"
            row = {"id": name, "images": [str(path)] * (1 + number % 2), "prompt": prompt}
            items.write(json.dumps(row | {"references": ["x"]}) + "\n")
    return {"name": "receipts", "kind": "document", "benchmark": None, "file": None}
