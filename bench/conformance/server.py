"""A scripted OpenAI-compatible endpoint on loopback: real sockets, made-up answers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer, or an error status; `delay_s` seconds pass before it is sent."""

    text: str | None = ""
    status: int = 200
    delay_s: float = 0.0
    finish_reason: str = "stop"


Script = Callable[[str, int], Reply]  # the prompt, and the request's number from 1


@dataclass
class Endpoint:
    port: int
    keys: list[str | None] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextlib.contextmanager
def endpoint(script: Script) -> Iterator[Endpoint]:
    closing, counting = threading.Event(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with counting:
                served.asked.append(body)
                served.keys.append(self.headers.get("Authorization"))
                number = len(served.asked)
            content = body["messages"][-1]["content"]
            parts = [{"text": content}] if isinstance(content, str) else content
            prompt = "".join(part.get("text", "") for part in parts)
            reply = script(prompt, number)
            closing.wait(reply.delay_s)
            with contextlib.suppress(ConnectionError):  # the gateway lost its patience
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            value: dict[str, Any] = {"error": {"message": "scripted"}}
            if reply.status == 200:
                message = {"role": "assistant", "content": reply.text}
                value = {"choices": [{"message": message, "finish_reason": reply.finish_reason}]}
                value["usage"] = {"prompt_tokens": 7, "completion_tokens": 3}
            content = json.dumps(value).encode("ascii")
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet: the gateway keeps the record."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that broke is the scenario, not an error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        served = Endpoint(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            closing.set()
            server.shutdown()
            thread.join()
