"""A real server of one made-up model, and the ways in which one fails to start."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench_protocol import main, read_json, write_json


def prompt(body: bytes) -> str:
    parts = json.loads(body)["messages"][-1]["content"]
    return "".join(part["text"] for part in parts if part["type"] == "text")


def count(asked: Path, text: str) -> int:
    with asked.open("a+b") as file:
        file.write(json.dumps(text).encode() + b"\n")
        file.seek(0)
        return len(file.readlines())


def wait(gate: Path, number: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        while number > int(gate.read_text()):
            time.sleep(0.005)


def handler(arguments: dict[str, Any]) -> type:
    counting = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({"status": "ok"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = arguments.get("answer", "hello")
            if "asked" in arguments:
                with counting:
                    number = count(Path(arguments["asked"]), prompt(body))
                wait(Path(arguments["gate"]), number)
                answer = arguments.get("answer", prompt(body))
            message = {"role": "assistant", "content": answer}
            self._reply({"choices": [{"message": message}], "usage": {"completion_tokens": 5}})

        def _reply(self, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode("ascii")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet: `asked` says what was asked."""

    return Handler


def serve(folder: str) -> None:
    place = Path(folder)
    spec = read_json(str(place / "engine.json"))
    arguments = spec["arguments"]
    first = "--" not in place.name
    how = arguments.get("how" if first else "again", "serves")
    if how == "exits":
        print("the weights are missing", flush=True)
        os._exit(0)
    if how == "raises":
        raise MemoryError("no room for the weights")
    if how == "sleeps":
        time.sleep(600)
    if how == "garbles":
        write_json(str(place / "ready.json"), {"port": "soon"})
        time.sleep(600)
    with (place / "environment.json").open("w", encoding="utf-8") as file:
        json.dump(dict(os.environ), file)
    server = ThreadingHTTPServer((spec["host"], 0), handler(arguments))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"protocol": 1, "port": server.server_port, "versions": {"toy": "3.0"}}
    write_json(str(place / "ready.json"), ready)
    while True:
        signal.pause()


if __name__ == "__main__":
    main(serve=serve)
