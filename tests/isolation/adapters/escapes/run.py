"""A harness that tries to get out; each function is one way. What came of it is in tried.json."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from bench_protocol import Job, main, write_json


def answers(job: Job) -> None:
    for item in job.items():
        job.answered(item["id"], item["references"][0])


def reaches_out(job: Job) -> None:
    """An address of TEST-NET-2 (RFC 5737), by TCP and by UDP: nobody is there."""
    said = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.settimeout(2)
            try:
                probe.connect(("198.51.100.7", 80))
                said.append("connected")
            except OSError as error:
                said.append(type(error).__name__)
    write_json(job.path("tried.json"), {"said": said})
    answers(job)


def writes_outside(job: Job) -> None:
    said = {}
    for place in job.spec["options"]["places"]:
        try:
            Path(place).write_text("x")
            said[place] = "written"
        except OSError as error:
            said[place] = type(error).__name__
    Path("/tmp/inside").write_text("x")
    Path("beside-job.json").write_text("x")
    write_json(job.path("tried.json"), said)
    answers(job)


def forks(job: Job) -> None:
    """1,000 that live until they are killed."""
    started = 0
    for _ in range(1000):
        try:
            pid = os.fork()
        except OSError:
            continue
        if pid == 0:
            time.sleep(600)
            os._exit(0)
        started += 1
    write_json(job.path("tried.json"), {"started": started})
    answers(job)


def eats_memory(job: Job) -> None:
    held = []
    while True:
        held.append(b"x" * 10_000_000)


def a_child_eats_memory(job: Job) -> None:
    eat = "held = []\nwhile True: held.append(b'x' * 10_000_000)"
    code = subprocess.run([sys.executable, "-c", eat], check=False).returncode
    write_json(job.path("tried.json"), {"code": code})
    answers(job)


def dies(job: Job) -> None:
    os.kill(os.getpid(), 11)


def hangs(job: Job) -> None:
    subprocess.Popen(["/bin/sh", "-c", "sleep 600 || while :; do :; done"], start_new_session=True)
    write_json(job.path("tried.json"), {"variables": sorted(os.environ), "user": os.getuid()})
    time.sleep(600)


def describe() -> dict[str, Any]:
    """With the version of a package that only a test's overlay has."""
    try:
        tiny = metadata.version("tiny-made-up")
    except metadata.PackageNotFoundError:
        tiny = None
    return {"versions": {"harness": "1", "tiny": tiny}}


def evaluate(job: Job) -> None:
    globals()[job.spec["options"]["how"]](job)


if __name__ == "__main__":
    main(describe=describe, evaluate=evaluate)
