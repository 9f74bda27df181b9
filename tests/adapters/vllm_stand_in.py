"""A program `vllm` that writes down how it was called, and serves /health after a while."""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Health(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        Health.asked += 1
        ready = self.path == "/health" and Health.asked > 2
        self.send_response(200 if ready else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name there)
        pass


if __name__ == "__main__":
    record = Path(os.environ["BENCH_TEST_RECORD"])
    said = {"argv": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}
    record.with_suffix(".part").write_text(json.dumps(said))
    record.with_suffix(".part").replace(record)
    behaviour = os.environ.get("BENCH_TEST_BEHAVIOUR", "serve")
    if behaviour == "fail":
        sys.exit("CUDA is not available")
    if behaviour == "never":
        time.sleep(600)
    port = int(sys.argv[sys.argv.index("--port") + 1])
    server = HTTPServer(("127.0.0.1", port), Health)
    if behaviour == "crash":
        for _ in range(4):
            server.handle_request()
        sys.exit(9)
    server.serve_forever()
