"""Runs for tests that have a record of requests, written by hand: each line as wanted."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from bench import store
from bench.schema import RunUsed

AT = "2026-01-01T00:00:00+00:00"


def recorded_run(folder: Path, rows: Iterable[dict[str, Any]], jobs: tuple[str, ...] = ()) -> Path:
    """A run that never ended, whose gateway recorded these."""
    listed = list(rows)
    names = jobs or tuple(dict.fromkeys(row["job"] for row in listed))
    used = RunUsed(
        id="tried",
        started_at=AT,
        finished_at=AT,
        command=("bench", "eval"),
        config_sha256="",
        bench_version="0",
        seed=0,
    )
    (folder / "gateway" / "images").mkdir(parents=True, exist_ok=True)
    store.write_run(folder, store.RunDescribed(run=used, jobs=names, config={}))
    lines = (json.dumps(row).encode("ascii") + b"\n" for row in listed)
    (folder / "gateway" / "requests.jsonl").write_bytes(b"".join(lines))
    return folder


def request(number: int, **keys: Any) -> dict[str, Any]:
    """An answered request; its id begins with its number in hex."""
    values: dict[str, Any] = {
        "id": f"{number:04x}{hashlib.sha256(str(number).encode()).hexdigest()[:28]}",
        "session": 1,
        "job": "echo--m--t",
        "sample": f"s{number}",
        "model": "m",
        "served_model": "served",
        "path": "/chat/completions",
        "started_at": AT,
        "messages": [{"role": "user", "content": "What is it?"}],
        "parameters": {"temperature": 0},
        "status": "ok",
        "http_status": 200,
        "error": None,
        "text": f"answer {number}",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 10 + number, "completion_tokens": 5},
        "response": '{"choices": []}',
        "attempts": [attempt(200)],
        "queue_s": 0.001,
        "ttft_s": None,
        "latency_s": number / 10,
    }
    return values | keys


def failed(number: int, kind: str = "http", message: str = "HTTP 500: no", **keys: Any) -> Any:
    error = {"kind": kind, "message": message}
    status = 500 if kind == "http" else None
    values = {"status": "failed", "http_status": status, "error": error, "text": None}
    values |= {"finish_reason": None, "usage": None, "response": None}
    tried = [attempt(status, kind, "first"), attempt(status, kind, message)]
    return request(number, **(values | {"attempts": tried} | keys))


def attempt(status: int | None, kind: str = "", message: str = "") -> dict[str, Any]:
    error = {"kind": kind, "message": message} if kind else None
    return {"started_at": AT, "latency_s": 0.5, "http_status": status, "error": error}


def store_image(run: Path, size: tuple[int, int] = (40, 20), colour: str = "red") -> dict[str, Any]:
    """The part of a message that names a stored PNG."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return store_file(run, file.getvalue(), "png")


def store_file(run: Path, content: bytes, extension: str) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    place = run / "gateway" / "images"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{digest}.{extension}").write_bytes(content)
    inner = {"sha256": digest, "media_type": "image/png", "bytes": len(content)}
    return {"type": "image_url", "image_url": {"detail": "high", **inner}}


def replay(one: dict[str, Any], session: int = 2) -> dict[str, Any]:
    return {key: one[key] for key in ("id", "job", "sample")} | {"session": session, "at": AT}


def write_replays(run: Path, replays: Iterable[dict[str, Any]]) -> None:
    lines = (json.dumps(one) + "\n" for one in replays)
    (run / "gateway" / "replays.jsonl").write_text("".join(lines))


def said_by(role: str, *parts: Any) -> dict[str, Any]:
    return {"role": role, "content": list(parts)}


def text_part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
