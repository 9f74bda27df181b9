"""A real server of one made-up model, and the ways in which one fails to start."""

from __future__ import annotations

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


def handler(answer: str) -> type:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({"status": "ok"})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            message = {"role": "assistant", "content": answer}
            self._reply({"choices": [{"message": message}], "usage": {"completion_tokens": 5}})

        def _reply(self, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode("ascii")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def serve(folder: str) -> None:
    place = Path(folder)
    spec = read_json(str(place / "engine.json"))
    arguments = spec["arguments"]
    how = arguments.get("how", "serves")
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
    server = ThreadingHTTPServer((spec["host"], 0), handler(arguments.get("answer", "hello")))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {"protocol": 1, "port": server.server_port, "versions": {"toy": "3.0"}}
    write_json(str(place / "ready.json"), ready)
    while True:
        signal.pause()


if __name__ == "__main__":
    main(serve=serve)
