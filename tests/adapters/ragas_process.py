"""The RAGAS adapter's process, and a scripted judge with embeddings on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

ADAPTER = REPOSITORY / "adapters" / "judges" / "ragas"
SDK = REPOSITORY / "adapters" / "_sdk"
# Settings of the person: with one of them in force, telemetry is on, or requests go elsewhere.
TRAPS = {
    "RAGAS_DO_NOT_TRACK": "false",
    "OPENAI_API_KEY": "sk-not-ours",
    "OPENAI_BASE_URL": "http://192.0.2.1/v1",
    "LANGSMITH_TRACING": "true",
    "LANGCHAIN_TRACING_V2": "true",
    "http_proxy": "http://192.0.2.2:3128",
    "HTTPS_PROXY": "http://192.0.2.2:3128",
    "ALL_PROXY": "http://192.0.2.2:3128",
}

# The form that is asked for (the JSON Schema's title) and the prompt, to what the judge says: a
# value is sent as JSON, a str as it is, an int is an HTTP status.
Script = Callable[[str, str], Any]
Vectors = Callable[[str], list[float]]


@dataclass
class ScriptedJudge:
    port: int
    chats: list[dict[str, Any]] = field(default_factory=list)
    embedded: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


FORMS = ("StatementGeneratorOutput", "NLIStatementOutput", "AnswerRelevanceOutput")


def form_of(body: dict[str, Any]) -> str:
    asked = str(body["messages"][0]["content"])
    return next(form for form in FORMS if f'"title": "{form}"' in asked)


@contextlib.contextmanager
def scripted(script: Script, vectors: Vectors = lambda _: [1.0, 0.0]) -> Iterator[ScriptedJudge]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                judge.keys.add(self.headers.get("Authorization"))
                (judge.embedded if "input" in body else judge.chats).append(body)
            if "input" in body:
                self._send(200, _embedded(body["input"], vectors))
                return
            # A judge that is told that its JSON is wrong says the same again.
            said = script(form_of(body), str(body["messages"][1]["content"]))
            if isinstance(said, int):
                self._send(said, {"error": {"message": "scripted"}})
            else:
                self._send(200, _completion(said))

        def _send(self, status: int, value: dict[str, Any]) -> None:
            content = json.dumps(value).encode("ascii")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        judge = ScriptedJudge(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield judge
        finally:
            server.shutdown()
            thread.join()


def _completion(said: Any) -> dict[str, Any]:
    cut = isinstance(said, str) and said.startswith("cut off")
    text = said if isinstance(said, str) else json.dumps(said)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
    frame = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return frame | {"choices": [choice]}


def _embedded(asked: str | list[str], vectors: Vectors) -> dict[str, Any]:
    texts = [asked] if isinstance(asked, str) else asked
    rows = [
        {"object": "embedding", "index": number, "embedding": vectors(text)}
        for number, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "m", "data": rows, "usage": usage}


def judge_folder(
    python: Path, folder: Path, judge: ScriptedJudge, items: list[dict[str, Any]], **spec: Any
) -> dict[str, Any]:
    """Run the adapter on `items`, with every trap set; its result.json. HOME is folder/home-of."""
    folder.mkdir()
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    endpoint = {"name": "tiny", "served_id": "tiny", "base_url": judge.url, "timeout_s": 20.0}
    given = {
        "protocol": 1,
        "job": "job-1",
        "metrics": ["faithfulness", "answer_relevancy"],
        "model": endpoint | {"system_prompt": None, "parameters": {}},
        "embeddings": endpoint | {"served_id": "vectors"},
        "concurrency": 4,
    }
    (folder / "job.json").write_text(json.dumps(given | spec))
    home = folder / "home-of"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(SDK)} | TRAPS
    with (folder / "log.txt").open("wb") as log:
        subprocess.run(
            [str(python), str(ADAPTER / "run.py"), "judge", str(folder)],
            env=environment | {"PYTHONSAFEPATH": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            check=False,
            timeout=120,
        )
    found: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return found
