"""The engine as a real process over a stand-in `vllm` on PATH: there is no GPU here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.adapter import find_adapter

STAND_IN = Path(__file__).parent / "vllm_stand_in.py"
SDK = Path(__file__).parents[2] / "adapters/_sdk"
SCRIPT = find_adapter("engine", "vllm").script


@dataclass(frozen=True)
class Engine:
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.folder / "called.json").read_text())
        return record

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.folder / "result.json").read_text())
        return result

    def await_file(self, name: str) -> Path:
        until = time.monotonic() + 60
        while not (self.folder / name).exists():
            assert time.monotonic() < until, (self.folder / "log.txt").read_text()
            time.sleep(0.02)
        return self.folder / name


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


class Starter:
    def __init__(self, folder: Path) -> None:
        self._folder, self.engines = folder, list[Engine]()
        program = folder / "bin/vllm"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
        program.chmod(0o755)

    def __call__(self, behaviour: str = "serve", **spec: Any) -> Engine:
        folder = self._folder / "engine"
        folder.mkdir()
        plain = {"protocol": 1, "engine": "vllm", "served_id": "tiny", "host": "127.0.0.1"}
        written = plain | {"weights": "/weights/tiny", "arguments": {}} | spec
        (folder / "engine.json").write_text(json.dumps(written))
        environment = {
            **os.environ,
            "PATH": f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(SDK),
            "PYTHONSAFEPATH": "1",
            "VLLM_API_KEY": "a key of the person",
            "HF_TOKEN": "another",
            "VLLM_LOGGING_LEVEL": "DEBUG",
            "BENCH_TEST_RECORD": str(folder / "called.json"),
            "BENCH_TEST_BEHAVIOUR": behaviour,
        }
        with (folder / "log.txt").open("wb") as log:
            argv = [sys.executable, str(SCRIPT), "serve", str(folder)]
            process = subprocess.Popen(argv, env=environment, stdout=log, stderr=log)
        self.engines.append(Engine(folder, process))
        return self.engines[-1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    if (Path(sys.executable).parent / "vllm").exists():
        pytest.skip("this Python has a vllm of its own, which would be started")
    starter = Starter(tmp_path)
    yield starter
    for engine in starter.engines:
        engine.process.kill()
        engine.process.wait()
        if (engine.folder / "called.json").exists() and alive(engine.record["pid"]):
            os.kill(engine.record["pid"], signal.SIGKILL)


def test_it_is_ready_when_the_server_is_healthy_and_ends_with_us(start: Starter) -> None:
    engine = start(arguments={"dtype": "bfloat16", "max_pixels": 1003520})
    ready = json.loads(engine.await_file("ready.json").read_text())
    port = ready["port"]
    assert ready["protocol"] == 1
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as response:
        assert response.status == 200
    assert engine.record["argv"] == [
        *("serve", "/weights/tiny", "--served-model-name", "tiny"),
        *("--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16", "--seed", "0"),
        *("--mm-processor-kwargs", '{"max_pixels": 1003520}'),
    ]
    child = engine.record["pid"]
    assert alive(child)
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(30) == 0
    assert not alive(child)
    assert engine.result["status"] == "ok"


def test_the_server_gets_no_key_no_hub_and_counts_nobody(start: Starter) -> None:
    engine = start()
    engine.await_file("ready.json")
    found = engine.record["environment"]
    assert {"VLLM_API_KEY", "HF_TOKEN", "PYTHONPATH"} & set(found) == set()
    closed = ("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "DO_NOT_TRACK", "HF_HUB_OFFLINE")
    assert {name: found.get(name) for name in closed} == dict.fromkeys(closed, "1")
    assert found["VLLM_LOGGING_LEVEL"] == "DEBUG"


def test_a_server_that_does_not_start_is_an_error(start: Starter) -> None:
    engine = start("fail")
    assert engine.process.wait(60) == 1
    assert engine.result["error"]["message"] == "vllm serve ended with 1 before it was ready"
    assert not (engine.folder / "ready.json").exists()
    assert "CUDA is not available" in (engine.folder / "log.txt").read_text()


def test_a_server_that_ends_later_is_an_error_too(start: Starter) -> None:
    engine = start("crash")
    port = json.loads(engine.await_file("ready.json").read_text())["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as response:
        assert response.status == 200
    assert engine.process.wait(60) == 1
    assert engine.result["error"]["message"] == "vllm serve ended with 9"


def test_stopping_before_it_is_ready_ends_the_server(start: Starter) -> None:
    engine = start("never")
    engine.await_file("called.json")
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(30) == 0
    assert not alive(engine.record["pid"])
    assert not (engine.folder / "ready.json").exists()


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"arguments": {"dtype": "int3"}}, "dtype must be one of"),
        ({"weights": None}, "no weights"),
        ({"protocol": 2}, "speaks protocol 2"),
    ],
    ids=["argument", "weights", "protocol"],
)
def test_what_cannot_be_started_is_said_and_not_tried(
    start: Starter, spec: dict[str, Any], says: str
) -> None:
    engine = start(**spec)
    assert engine.process.wait(60) in (1, 3)
    assert says in engine.result["error"]["message"]
    assert not (engine.folder / "called.json").exists()
