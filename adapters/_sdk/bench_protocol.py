"""The adapter's side of the protocol, version 1. Standard library only, Python 3.9 and later.

The core starts  [environment's python, run.py, VERB, FOLDER]  for a harness or a judge and
[environment's python, serve.py, VERB, FOLDER]  for an engine.

VERB      reads                      writes
describe  -                          result.json {versions, capabilities}
evaluate  job.json, items.jsonl      events.jsonl, predictions.jsonl, asked.jsonl,
                                     native_scores.jsonl, result.json
collect   job.json, raw output       the same but events.jsonl; no model, no GPU
serve     engine.json                ready.json {port, versions}, then answers until SIGTERM
judge     job.json, items.jsonl      events.jsonl, judged.jsonl, result.json

result.json is written last, through os.replace: without it the job failed, whatever the exit code.
stdout and stderr belong to the harness; the core keeps both in log.txt. Every .jsonl file is
appended a whole line at a time; a reader drops a last line that was cut. Where RANK is set and is
not 0, nothing is written. Adapters of others may import this file; they need nothing else of ours.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import sys
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

PROTOCOL = 1

# Python before 3.11 ignores PYTHONSAFEPATH: a file beside run.py would shadow a library's module.
if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(sys.argv[0])):
    del sys.path[0]


class Unsupported(Exception):  # noqa: N818  (the name is the protocol's status)
    """This adapter cannot do that job; the message says why."""


def writes() -> bool:
    """True on the one process of a distributed job that may write."""
    return os.environ.get("RANK", "0") in ("", "0")


def write_json(path: str, value: Any) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    if not writes():
        return
    staging = "%s.%d.part" % (path, os.getpid())
    with open(staging, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staging, path)


def read_json(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_jsonl(path: str) -> Iterator[Dict[str, Any]]:
    """The file's rows; a last line without its newline was cut and is dropped."""
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n") and line.strip():
                yield json.loads(line)


class Job:
    """One job's folder: what was asked, and where the answers go. Safe to use from many threads."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self.spec: Dict[str, Any] = read_json(self.path("job.json"))
        if self.spec.get("protocol") != PROTOCOL:
            raise Unsupported(
                "job.json speaks protocol %r, this adapter %d"
                % (self.spec.get("protocol"), PROTOCOL)
            )
        self._lock = threading.Lock()
        self._last_progress = 0.0

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def items(self) -> List[Dict[str, Any]]:
        """The rows of items.jsonl: id, images (absolute paths), prompt, references; `answerable`
        is false where the right answer is that there is none."""
        return list(read_jsonl(self.path("items.jsonl")))

    def answered(self, sample: str, text: str) -> None:
        """The model's answer, byte for byte; an empty text is an answer."""
        self._append("predictions.jsonl", {"id": sample, "status": "answered", "prediction": text})

    def failed(self, sample: str, error: str) -> None:
        """No answer came: `error` says why."""
        row = {"id": sample, "status": "failed", "prediction": None, "error": error}
        self._append("predictions.jsonl", row)

    def asked(self, sample: str, **row: Any) -> None:
        """One row of a benchmark that the harness owns: references, question, images, group,
        doc_id (rows with the same one stand on one document)."""
        self._append("asked.jsonl", dict(row, id=sample))

    def scored(self, sample: str, metric: str, value: float) -> None:
        """The harness's own score of one sample, on the harness's own scale of a sample."""
        row = {"id": sample, "metric": metric, "value": value}
        self._append("native_scores.jsonl", row)

    def judged(self, sample: str, **row: Any) -> None:
        """One metric of a judge on one answer: metric, status judged or failed, value or error."""
        self._append("judged.jsonl", dict(row, id=sample))

    def progress(self, done: int, total: int) -> None:
        """At most ten lines a second; the first and the last always."""
        now = time.monotonic()
        if 0 < done < total and now - self._last_progress < 0.1:
            return
        self._last_progress = now
        self._append("events.jsonl", {"event": "progress", "done": done, "total": total})

    def stage(self, name: str) -> None:
        """What the job does now, in a few words: a person sees it beside the bar."""
        self._append("events.jsonl", {"event": "stage", "stage": name})

    def warn(self, text: str) -> None:
        """Something that a person who reads the numbers must know."""
        self._append("events.jsonl", {"event": "warning", "text": text})

    def restart(self, *names: str) -> None:
        """Empty these files: collect writes them anew."""
        for name in names:
            if writes() and os.path.exists(self.path(name)):
                os.remove(self.path(name))

    def _append(self, name: str, row: Dict[str, Any]) -> None:
        if not writes():
            return
        # ASCII only: a lone surrogate in a model's answer cannot be written as UTF-8.
        line = (json.dumps(row) + "\n").encode("ascii")
        with self._lock, open(self.path(name), "ab") as file:
            file.write(line)


class Answer(NamedTuple):
    """What the endpoint said to one request: `text` where it answered, else `error`."""

    text: Optional[str]
    error: Optional[str]


def image_part(path: str) -> Dict[str, Any]:
    """The file's own bytes as a part of a chat message: nothing is decoded or re-encoded."""
    with open(path, "rb") as file:
        content = file.read()
    url = "data:%s;base64,%s" % (media_type(content), base64.b64encode(content).decode("ascii"))
    return {"type": "image_url", "image_url": {"url": url}}


def media_type(content: bytes) -> str:
    """Told by the first bytes: a file's name may lie."""
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if content[:2] == b"BM":
        return "image/bmp"
    if content[:4] in (b"II*\x00", b"MM\x00*"):
        return "image/tiff"
    return "application/octet-stream"


def ask(model: Dict[str, Any], sample: str, content: List[Dict[str, Any]]) -> Answer:
    """One chat request to the job's model: job.json's `model`, the message's parts in, text out.

    Nothing is retried and nothing is changed here: the gateway behind `base_url` owns retries,
    time-outs and the record, and knows the sample by its header. With {"stream": true} among the
    parameters the answer is read as it comes, so that the record has a time to first token.
    """
    messages = [{"role": "user", "content": content}]
    if model.get("system_prompt"):
        messages.insert(0, {"role": "system", "content": model["system_prompt"]})
    body = dict(model.get("parameters") or {}, model=model["served_id"], messages=messages)
    request = urllib.request.Request(  # noqa: S310  (the core's own loopback address)
        model["base_url"] + "/chat/completions",
        data=json.dumps(body).encode("ascii"),
        headers={
            "Content-Type": "application/json",
            "X-Bench-Sample": urllib.parse.quote(sample, safe=""),
        },
    )
    # A proxy set for the machine must not see loopback traffic.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=model["timeout_s"]) as response:
            if body.get("stream") is True:
                text = _streamed(response)
            else:
                text = json.loads(response.read())["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode("utf-8", "replace")
        return Answer(None, "HTTP %d: %s" % (error.code, said))
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        return Answer(None, "%s: %s" % (type(error).__name__, error))
    # The API allows a null content (a refusal, a tool call): an answer without text.
    return Answer("" if text is None else text, None)


def _streamed(response: http.client.HTTPResponse) -> str:
    """The text of a streamed answer; by the gateway's rule it is whole after [DONE] or a finish
    reason, and what breaks after that breaks nothing.

    Raises ValueError or TypeError for an event that is an error or no JSON, ValueError for a
    stream that ends before.
    """
    pieces: List[str] = []
    chosen = ended = False
    try:
        for content in _events(response):
            if content == b"[DONE]":
                ended = True
                break
            for choice in _choices(content):
                chosen = True
                ended = ended or isinstance(choice.get("finish_reason"), str)
                delta = choice.get("delta")
                text = delta.get("content") if isinstance(delta, dict) else None
                pieces.append(text if isinstance(text, str) else "")
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        if not (chosen and ended):
            raise
    if not (chosen and ended):
        raise ValueError("the stream ended before its answer did")
    return "".join(pieces)


def _choices(content: bytes) -> List[Dict[str, Any]]:
    """An event's part of the first choice: none in one that only counts tokens."""
    event = json.loads(content)
    if not isinstance(event, dict):
        raise TypeError("the stream holds no chat completion: %r" % content[:200])
    if event.get("error") is not None:
        raise ValueError("the endpoint broke off: %s" % json.dumps(event["error"])[:2000])
    choices = event.get("choices")
    return [
        choice
        for choice in (choices if isinstance(choices, list) else [])
        if isinstance(choice, dict) and choice.get("index", 0) == 0
    ]


def _events(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The data of each server-sent event, up to and with [DONE]; the last may lack its blank line.

    The connection's time-out holds for each read, as the gateway's does for each gap.
    """
    data: List[bytes] = []
    held: List[bytes] = []
    while True:
        chunk = response.read1(65536)
        held.append(chunk)
        if chunk and b"\n" not in chunk:
            continue
        # bytes.splitlines knows only CR and LF: U+2028 inside an answer ends no line.
        lines = b"".join(held).splitlines(keepends=True)
        if chunk:
            held = [] if lines[-1].endswith(b"\n") else [lines.pop()]
        else:
            lines.append(b"")
        for line in lines:
            content = line.rstrip(b"\r\n")
            done = content.startswith(b"data:") and content[5:].strip() == b"[DONE]"
            if done or not content:
                if b"".join(data).strip():
                    yield b"\n".join(data)
                data = []
            elif content.startswith(b"data:"):
                data.append(content[6:] if content[5:6] == b" " else content[5:])
            if done:
                yield b"[DONE]"
                return
        if not chunk:
            return


def main(**verbs: Callable[..., Any]) -> None:
    """Run the verb that argv names. describe() takes nothing, evaluate, collect and judge take the
    Job, an engine's serve takes its folder and returns only when it is told to stop.

    The dict that a verb may return is merged into result.json: versions, capabilities, native.
    """
    verb, folder = sys.argv[1], sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    die_with_parent()
    result: Dict[str, Any] = {"protocol": PROTOCOL, "verb": verb, "status": "ok", "error": None}
    try:
        if verb not in verbs:
            raise Unsupported("this adapter has no verb %r" % verb)
        result.update(_run(verb, verbs[verb], folder) or {})
    except Unsupported as error:
        result.update(status="unsupported", error=_error(error))
    except BaseException as error:  # harnesses call sys.exit, also with 0
        result.update(status="failed", error=_error(error))
        traceback.print_exc()
    write_json(os.path.join(folder, "result.json"), result)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads and atexit hooks of a harness cannot keep or change a finished job.
    os._exit({"ok": 0, "failed": 1, "unsupported": 3}[result["status"]])


def _run(verb: str, function: Callable[..., Any], folder: str) -> Any:
    if verb == "describe":
        return function()
    return function(folder if verb == "serve" else Job(folder))


def _error(error: BaseException) -> Dict[str, str]:
    return {
        "type": type(error).__name__,
        "message": str(error) or "(no message)",
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }


def die_with_parent() -> None:
    """Should the core be killed outright, end this process and all that carry its BENCH_JOB."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        _kill_family()

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()


def _kill_family() -> None:
    mark = ("BENCH_JOB=" + os.environ.get("BENCH_JOB", "")).encode()
    for pid in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else []):
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                if int(pid) != os.getpid() and mark in file.read().split(b"\0"):
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile, or somebody else's
    os.kill(os.getpid(), signal.SIGKILL)
