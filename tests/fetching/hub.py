"""A small hub on loopback: what Hugging Face's client asks of one, large files elsewhere."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

SIGNED = "X-Amz-Signature=secret-of-the-address"


def commit_of(name: str) -> str:
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Repository:
    """`large`: paths that are kept as LFS files. `served`: other bytes than those that are listed.

    `stalls`: a path, and after how many bytes its download stands still.
    """

    id: str
    files: Mapping[str, bytes]
    kind: str = "models"
    large: frozenset[str] = frozenset()
    licence: str | None = "apache-2.0"
    gated: bool = False
    served: dict[str, bytes] = field(default_factory=dict)
    stalls: dict[str, int] = field(default_factory=dict)

    @property
    def commit(self) -> str:
        return commit_of(self.id)

    def info(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "sha": self.commit,
            "private": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "gated": "manual" if self.gated else False,
            "cardData": {"license": self.licence} if self.licence else None,
            "siblings": [self._sibling(path, content) for path, content in self.files.items()],
        }

    def _sibling(self, path: str, content: bytes) -> dict[str, Any]:
        blob = b"blob %d\0" % len(content) + content
        one: dict[str, Any] = {
            "rfilename": path,
            "size": len(content),
            "blobId": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
        }
        if path in self.large:
            sha256 = hashlib.sha256(content).hexdigest()
            one["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
        return one


@dataclass(frozen=True)
class Asked:
    """One request: to the hub, or to the address that large files lie at."""

    at: str
    path: str
    token: str | None
    range: str | None
    cookie: str | None


class Hub:
    def __init__(self, *repositories: Repository) -> None:
        self.repositories = {(one.kind, one.id): one for one in repositories}
        self.asked: list[Asked] = []
        self.go_on = threading.Event()
        self.address = self.store = ""

    def ranges(self, path: str) -> list[str | None]:
        """Of each download of the file."""
        at_store = [one for one in self.asked if one.at == "store"]
        return [one.range for one in at_store if one.path.endswith(path)]


@contextmanager
def serving(hub: Hub, requests: type[Requests] | None = None) -> Iterator[Hub]:
    """`requests`: the protocol that it speaks. The two addresses are of different hosts."""
    servers = [_Server(hub, at, requests or HuggingFaceRequests) for at in ("hub", "store")]
    hub.address, hub.store = (
        f"http://{host}:{one.server_port}"
        for host, one in zip(("127.0.0.1", "localhost"), servers, strict=True)
    )
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        for server in servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    def __init__(self, hub: Hub, at: str, requests: type[Requests]) -> None:
        super().__init__(("127.0.0.1", 0), requests)
        self.hub, self.at = hub, at


class Requests(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        pass

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        split = urlsplit(self.path)  # it has the host where we are asked as a proxy
        token, part = self.headers.get("Authorization"), self.headers.get("Range")
        cookie = self.headers.get("Cookie")
        to_store = split.netloc == urlsplit(server.hub.store).netloc
        at = "store" if to_store else server.at
        server.hub.asked.append(Asked(at, unquote(split.path), token, part, cookie))
        parts = unquote(split.path).strip("/").split("/")
        if at == "store":
            kind, organisation, name, *path = parts
            repository = server.hub.repositories[kind, f"{organisation}/{name}"]
            self.content(repository, "/".join(path), repository.files)
        else:
            self.answer(server.hub, parts, parse_qs(split.query))

    def answer(self, hub: Hub, parts: list[str], query: dict[str, list[str]]) -> None:
        raise NotImplementedError

    def file(self, hub: Hub, repository: Repository, path: str, files: Mapping[str, bytes]) -> None:
        """A large one lies elsewhere."""
        if path not in repository.large:
            self.content(repository, path, files)
            return
        place = f"{hub.store}/{repository.kind}/{repository.id}/{quote(path)}?{SIGNED}"
        self.send_response(302)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def content(self, repository: Repository, path: str, files: Mapping[str, bytes]) -> None:
        content = repository.served.get(path, files[path])
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stall = repository.stalls.pop(path, None)
        if stall is None:
            self.wfile.write(content[start:])
            return
        self.wfile.write(content[start:stall])
        self.wfile.flush()
        cast("_Server", self.server).hub.go_on.wait(60)

    def said(self, status: int, body: Any, code: str | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(content)


class HuggingFaceRequests(Requests):
    def answer(self, hub: Hub, parts: list[str], query: dict[str, list[str]]) -> None:
        if parts[0] == "api":
            self._api(hub, parts[1:], query)
        else:
            kind = parts.pop(0) if parts[0] == "datasets" else "models"
            self._resolve(hub, kind, parts)

    def _api(self, hub: Hub, parts: list[str], query: dict[str, list[str]]) -> None:
        if parts[0] not in ("models", "datasets"):
            self.said(404, {})
        elif len(parts) == 1:
            (author,) = query["author"]
            ids = [id_ for kind, id_ in hub.repositories if kind == parts[0]]
            self.said(200, [{"id": one} for one in ids if one.startswith(f"{author}/")])
        elif (repository := hub.repositories.get((parts[0], "/".join(parts[1:3])))) is None:
            self.said(401, {"error": "Repository not found"}, "RepoNotFound")
        elif parts[3:] == ["refs"]:
            main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.commit}
            self.said(200, {"branches": [main], "tags": [], "converts": []})
        elif parts[3:] and parts[4] not in ("main", repository.commit):
            self.said(404, {"error": "Invalid rev id"}, "RevisionNotFound")
        else:
            self.said(200, repository.info())

    def _resolve(self, hub: Hub, kind: str, parts: list[str]) -> None:
        repository, path = hub.repositories[kind, "/".join(parts[:2])], "/".join(parts[4:])
        if repository.gated:
            self.said(401, {"error": "Access is restricted"}, "GatedRepo")
        else:
            self.file(hub, repository, path, repository.files)
