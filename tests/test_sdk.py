"""The adapter's side of the protocol, in every Python that it promises to run in."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import interpreter, resources
from bench.errors import EnvironmentBuildError
from bench.gateway.sse import StreamedAnswer
from bench.process import clean_environment
from tests.endpoint import Reply, closed_port, endpoint
from tests.runs import await_true, rows

SDK = resources.folder("adapters") / "_sdk"

ADAPTER = """
import importlib.util, os, signal, subprocess, sys, time
from bench_protocol import Unsupported, ask, image_part, main


def evaluate(job):
    job.stage("reading")
    items = job.items()
    for done, item in enumerate(items, start=1):
        job.answered(item["id"], item["prompt"])
        job.progress(done, len(items))
    job.failed("other", "no luck")
    job.asked("s0", references=["r"], group="g")
    found = importlib.util.find_spec("datasets") is not None
    import statistics
    return {"versions": {"datasets": found, "statistics": statistics.mean([1, 3])}}


def collect(job):
    text, error = ask(job.spec["model"], "s/\\u00e9", [{"type": "text", "text": "hi"}])
    job.restart("predictions.jsonl")
    job.answered("text", repr(text))
    job.answered("error", repr(error))


def serve(folder):
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    with open(os.path.join(folder, "up"), "w"):
        pass
    time.sleep(600)


def describe():
    raise Unsupported("nothing to say")


main(evaluate=evaluate, collect=collect, serve=serve, describe=describe)
"""


@pytest.fixture(params=["3.9", "3.10", "3.11", "3.12", "3.13"])
def python(request: pytest.FixtureRequest) -> str:
    try:
        return interpreter.find(request.param).python
    except EnvironmentBuildError as error:
        pytest.skip(error.message)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "run.py").write_text(ADAPTER)
    for name in ("datasets.py", "statistics.py"):
        (folder / name).write_text("raise RuntimeError('a sibling shadows a library')\n")
    return folder / "run.py"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    folder.mkdir()
    items = [{"id": f"s{n}", "images": [], "prompt": text} for n, text in enumerate(["\u00e9", ""])]
    (folder / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in items))
    write_spec(folder)
    return folder


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], str]]:
    """Sends these bytes to the first who connects, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(sent: bytes) -> str:
            def once() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(sent)

            thread = threading.Thread(target=once)
            thread.start()
            threads.append(thread)
            return f"http://127.0.0.1:{listening.getsockname()[1]}/v1"

        threads: list[threading.Thread] = []
        yield serve
        for thread in threads:
            thread.join(10)


def write_spec(folder: Path, **keys: Any) -> None:
    (folder / "job.json").write_text(json.dumps({"protocol": 1, "options": {}} | keys))


def run(python: str, adapter: Path, verb: str, folder: Path, **variables: str) -> int:
    environment = clean_environment(os.environ, PYTHONPATH=str(SDK), PYTHONSAFEPATH="1")
    done = subprocess.run(
        [python, str(adapter), verb, str(folder)],
        env=environment | variables,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode


def result(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
    return found


def test_evaluate_in_every_python(python: str, adapter: Path, job: Path) -> None:
    assert run(python, adapter, "evaluate", job) == 0
    assert result(job) == {
        "protocol": 1,
        "verb": "evaluate",
        "status": "ok",
        "error": None,
        "versions": {"datasets": False, "statistics": 2},
    }
    assert rows(job / "predictions.jsonl") == [
        {"id": "s0", "status": "answered", "prediction": "\u00e9"},
        {"id": "s1", "status": "answered", "prediction": ""},
        {"id": "other", "status": "failed", "prediction": None, "error": "no luck"},
    ]
    assert rows(job / "asked.jsonl") == [{"references": ["r"], "group": "g", "id": "s0"}]
    events = rows(job / "events.jsonl")
    assert events[0] == {"event": "stage", "stage": "reading"}
    assert events[-1] == {"event": "progress", "done": 2, "total": 2}
    assert not list(job.glob("*.part"))


def test_only_rank_0_writes(adapter: Path, job: Path) -> None:
    before = sorted(job.iterdir())
    assert run(sys.executable, adapter, "evaluate", job, RANK="1") == 0
    assert sorted(job.iterdir()) == before
    assert run(sys.executable, adapter, "evaluate", job, RANK="0") == 0
    assert (job / "result.json").exists()


def test_what_a_verb_raises_is_its_result(adapter: Path, job: Path) -> None:
    (job / "items.jsonl").unlink()
    assert run(sys.executable, adapter, "evaluate", job) == 1
    error = result(job)["error"]
    assert (result(job)["status"], error["type"]) == ("failed", "FileNotFoundError")
    assert "items.jsonl" in error["message"]
    assert "in evaluate" in error["traceback"]


@pytest.mark.parametrize(
    ("verb", "said"),
    [("describe", "nothing to say"), ("dance", "this adapter has no verb 'dance'")],
)
def test_unsupported(adapter: Path, job: Path, verb: str, said: str) -> None:
    assert run(sys.executable, adapter, verb, job) == 3
    assert result(job)["status"] == "unsupported"
    assert result(job)["error"]["message"] == said


def test_a_job_of_another_protocol_is_unsupported(adapter: Path, job: Path) -> None:
    write_spec(job, protocol=2)
    assert run(sys.executable, adapter, "evaluate", job) == 3
    assert result(job)["error"]["message"] == "job.json speaks protocol 2, this adapter 1"


def asked(python: str, adapter: Path, job: Path, base_url: str) -> tuple[str, str]:
    """What `ask` gave: text and error."""
    model = {"served_id": "x", "base_url": base_url, "timeout_s": 5, "parameters": {"top_p": 1}}
    write_spec(job, model=model | {"system_prompt": "Be brief."})
    assert run(python, adapter, "collect", job, http_proxy="http://127.0.0.1:1") == 0
    said = {row["id"]: row["prediction"] for row in rows(job / "predictions.jsonl")}
    return said["text"], said["error"]


def test_ask_in_every_python(python: str, adapter: Path, job: Path) -> None:
    with endpoint(lambda *_: Reply(" \ud800\n")) as served:
        text, error = asked(python, adapter, job, served.url)
        (body,) = served.asked
    assert (text, error) == (repr(" \ud800\n"), "None")
    assert (body["model"], body["top_p"]) == ("x", 1)
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_null_content_is_an_empty_answer(adapter: Path, job: Path) -> None:
    with endpoint(lambda *_: Reply(None)) as served:
        assert asked(sys.executable, adapter, job, served.url) == ("''", "None")


def test_an_http_error_is_no_answer(adapter: Path, job: Path) -> None:
    with endpoint(lambda *_: Reply(status=500)) as served:
        text, error = asked(sys.executable, adapter, job, served.url)
    assert text == "None"
    assert "HTTP 500" in error


def test_a_refused_connection_is_no_answer(adapter: Path, job: Path) -> None:
    text, error = asked(sys.executable, adapter, job, f"http://127.0.0.1:{closed_port()}/v1")
    assert text == "None"
    assert "refused" in error


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"what?\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{",
        b"",
    ],
)
def test_a_broken_reply_is_no_answer(
    adapter: Path, job: Path, sent: bytes, raw_server: Callable[[bytes], str]
) -> None:
    text, error = asked(sys.executable, adapter, job, raw_server(sent))
    assert text == "None"
    assert error != "None"


def event(text: str | None, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def streamed(
    python: str, adapter: Path, job: Path, base_url: str, timeout_s: float = 5.0
) -> tuple[str, str]:
    model = {"served_id": "x", "base_url": base_url, "timeout_s": timeout_s}
    write_spec(job, model=model | {"parameters": {"stream": True}})
    assert run(python, adapter, "collect", job) == 0
    said = {row["id"]: row["prediction"] for row in rows(job / "predictions.jsonl")}
    return said["text"], said["error"]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
DONE = b"data: [DONE]\n\n"
SAID = " 4\u20282\u2028 \ud800\n\u00e9"
STREAM = (
    b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\r\n\r\n'
    b": a comment\r\n\r\nevent: x\r\n\r\n"
    + 'data: {"choices": [{"delta": {"content": " 4\u20282"}}]}\n\n'.encode()
    + b'data: {"choices": [{"index": 1, "delta": {"content": "no"}},\ndata:{"index": 0,\r\n'
    + b'data:  "delta": {"content": "\\u2028 \\ud800\\n"}}]}\n\r\n'
    + b'data: {"choices": [{"delta": {}}, {"delta": "?"}, 7]}\n\ndata:\n\n'
    + event("\u00e9", "stop")
    + b'data: {"choices": [], "usage": {"completion_tokens": 4}}\n\ndata: {"choices": null}\n\n'
    + DONE
    + b"data: after the end\n\n"
)


def chunked(stream: bytes, size: int) -> bytes:
    cuts = [stream[at : at + size] for at in range(0, len(stream), size)]
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%s\r\n" % (len(cut), cut) for cut in [*cuts, b""]
    )


def test_a_stream_is_put_together_in_every_python(
    python: str, adapter: Path, job: Path, raw_server: Callable[[bytes], str]
) -> None:
    url = raw_server(HEAD + chunked(STREAM, 7))
    assert streamed(python, adapter, job, url) == (repr(SAID), "None")


@pytest.mark.parametrize("size", [1, 2, 3, 100_000])
def test_a_stream_in_any_cut(
    adapter: Path, job: Path, size: int, raw_server: Callable[[bytes], str]
) -> None:
    url = raw_server(HEAD + chunked(STREAM, size))
    assert streamed(sys.executable, adapter, job, url) == (repr(SAID), "None")
    recorded = StreamedAnswer("chat")
    recorded.feed(STREAM)
    assert recorded.answer().text == SAID  # harness and gateway agree


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"\r\n" + event("4") + event(None, "stop")[:-2], "4"),
        (b"Content-Length: 500\r\n\r\n" + event("4", "length"), "4"),
        (chunked(event("4", "stop"), 9)[:-5], "4"),
        (b"\r\n" + event(None) + DONE, ""),
        (b"\r\n" + event("4", "stop") + b'data: {"error": "late"}\n\n', "4"),
        (b"\r\n" + event("4").replace(b"\n", b"\r") + b"data: [DONE]", "4"),
    ],
    ids=["no newline", "short", "cut after its end", "null", "late error", "CR"],
)
def test_a_finish_reason_or_done_ends_a_stream(
    adapter: Path, job: Path, sent: bytes, text: str, raw_server: Callable[[bytes], str]
) -> None:
    url = raw_server(HEAD + sent)
    assert streamed(sys.executable, adapter, job, url) == (repr(text), "None")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (chunked(event("4"), 9)[:-5], "IncompleteRead"),
        (chunked(event("4"), 9), "ended before its answer"),
        (b"\r\n", "ended before its answer"),
        (b"\r\n" + DONE, "ended before its answer"),
        (b"\r\n" + event("4") + b'data: {"error": {"message": "died"}}\n\n' + DONE, "died"),
        (b"\r\n" + event("4") + b"data: {broken\n\n" + DONE, "JSONDecodeError"),
        (b"\r\n" + event("4") + b"data: [1]\n\n" + DONE, "no chat completion"),
        (b'\r\n{"choices": [{"message": {"content": "whole"}}]}', "ended before its answer"),
    ],
)
def test_a_stream_that_breaks_before_its_end_is_no_answer(
    adapter: Path, job: Path, sent: bytes, error: str, raw_server: Callable[[bytes], str]
) -> None:
    text, said = streamed(sys.executable, adapter, job, raw_server(HEAD + sent))
    assert text == "None"
    assert error in said


def test_a_stream_s_time_out_holds_for_each_gap(adapter: Path, job: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(pauses: list[float]) -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(ConnectionError):
                connection.recv(65536)
                connection.sendall(HEAD + b"\r\n")
                for pause in pauses:
                    time.sleep(pause)
                    connection.sendall(event("4"))
                connection.sendall(event("2", "stop"))

        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        said = []
        for pauses in ([0.4] * 4, [0.4, 2.5]):
            thread = threading.Thread(target=serve, args=(pauses,))
            thread.start()
            said.append(streamed(sys.executable, adapter, job, url, timeout_s=1.0))
            thread.join(10)
    assert said[0] == (repr("44442"), "None")
    assert said[1][0] == "None"
    assert "timed out" in said[1][1]


def test_it_ends_with_its_parent_and_takes_its_family(adapter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    folder.mkdir()
    mark = f"test-{os.getpid()}"
    source = (
        "import subprocess, sys\n"
        f"subprocess.Popen({[sys.executable, str(adapter), 'serve', str(folder)]!r},\n"
        "    start_new_session=True).wait()\n"
    )
    environment = clean_environment(os.environ, PYTHONPATH=str(SDK), BENCH_JOB=mark)
    parent = subprocess.Popen([sys.executable, "-c", source], env=environment)
    await_true((folder / "up").exists)
    assert len(marked(mark)) == 3
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    await_true(lambda: not marked(mark), 10)


def marked(mark: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if f"BENCH_JOB={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found
