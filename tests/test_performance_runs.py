"""Performance of whole runs: real gateway, real engine process, servers on loopback."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench import api
from bench.report.json_schema import report_schema
from bench.usage import read_usage
from tests.endpoint import Reply, endpoint
from tests.runs import run, use_fakes, write_model

MakeTask = Callable[..., Path]
FIRST_S, EACH_S, TOKENS = 0.06, 0.02, 6
STREAM = {"stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fakes(monkeypatch)


class Streams(BaseHTTPRequestHandler):
    """Six tokens: the first after 60 ms, one each 20 ms; usage at the end where it is asked for."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number in range(TOKENS):
            time.sleep(EACH_S if number else FIRST_S)
            self._event({"choices": [{"index": 0, "delta": {"content": f"w{number} "}}]})
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        self._event({"choices": [end]})
        if body.get("stream_options", {}).get("include_usage"):
            counted = {"prompt_tokens": 11, "completion_tokens": TOKENS}
            self._event({"choices": [], "usage": counted})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: Any) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode("ascii") + b"\n\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: the gateway keeps the record."""


@contextlib.contextmanager
def streaming() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Streams) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def test_a_streamed_answer_gives_its_first_token_and_the_time_of_each(
    make_task: MakeTask, tmp_path: Path
) -> None:
    with streaming() as url:
        model = write_model(tmp_path, base_url=url, parameters=STREAM, requests={"concurrency": 1})
        ended = run(backend="echo", model=model, task=str(make_task([{}] * 3)), out=tmp_path / "r")
    assert [row["prediction"] for row in ended.records()] == ["w0 w1 w2 w3 w4 w5 "] * 3
    found = ended.job.performance
    assert found is not None
    assert found.latency_s is not None
    assert found.ttft_s is not None
    assert found.tpot_s is not None
    assert (found.ttft_s.n, found.tpot_s.n) == (3, 3)
    assert FIRST_S <= found.ttft_s.p50 < FIRST_S + 0.1
    assert EACH_S <= found.tpot_s.p50 < 3 * EACH_S
    assert found.latency_s.p50 >= FIRST_S + (TOKENS - 1) * EACH_S
    per_token = (found.latency_s.mean - found.ttft_s.mean) / (TOKENS - 1)
    assert found.tpot_s.mean == pytest.approx(per_token, rel=1e-3)
    assert found.tokens is not None
    assert (found.tokens.prompt, found.tokens.completion) == (33, 18)
    assert found.duration_s is not None
    assert found.duration_s >= 3 * found.latency_s.p50 * 0.8
    assert found.completion_tokens_per_s == pytest.approx(18 / found.duration_s)
    assert found.concurrency is not None
    assert 0.3 < found.concurrency <= 1.01
    for name in ("ttft_s", "tpot_s", "completion_tokens_per_s"):
        assert f"performance.{name}" not in ended.job.absent


def test_a_stream_without_a_count_says_what_to_ask_for(make_task: MakeTask, tmp_path: Path) -> None:
    with streaming() as url:
        model = write_model(tmp_path, base_url=url, parameters={"stream": True})
        ended = run(backend="echo", model=model, task=str(make_task([{}])), out=tmp_path / "r")
    found = ended.job.performance
    assert found is not None
    assert found.ttft_s is not None
    assert found.tpot_s is None
    assert "include_usage" in ended.job.absent["performance.tpot_s"]


def test_prices_are_kept_with_the_run_and_scored_again(make_task: MakeTask, tmp_path: Path) -> None:
    """The endpoint counts 7 prompt and 3 completion tokens an answer."""
    prices = {"currency": "EUR", "input_per_million": 100, "output_per_million": 1000}
    rows = [{"doc_id": "d"}, {"doc_id": "d"}]
    with endpoint(lambda *_: Reply("hello")) as served:
        model = write_model(tmp_path, base_url=served.url, prices=prices)
        ended = run(backend="echo", model=model, task=str(make_task(rows)), out=tmp_path / "r")
    Path(model).unlink()
    found = ended.job.performance
    assert found is not None
    assert found.cost is not None
    assert found.cost.amount == pytest.approx(2 * (7 * 100 + 3 * 1000) / 1e6)
    assert found.cost.per_1000_documents == pytest.approx(1000 * found.cost.amount)
    assert api.rescore(ended.folder).jobs[0].performance == found
    assert found.images is not None
    assert (found.images.sent, found.images.distinct) == (2, 1)
    assert found.images.megapixels == pytest.approx(2e-6)
    assert ended.job.absent["performance.engine"] == "somebody else serves this model"


def test_an_engine_of_ours_is_watched(make_task: MakeTask, tmp_path: Path) -> None:
    model = write_model(tmp_path, engine="toy")
    ended = run(backend="echo", model=model, task=str(make_task([{}] * 4)), out=tmp_path / "r")
    found = ended.job.performance
    assert found is not None
    assert found.engine is not None
    assert found.engine.peak_rss_bytes is not None
    assert 5_000_000 < found.engine.peak_rss_bytes < 500_000_000
    assert found.engine.samples
    assert found.engine.cpu_s is not None
    moments = read_usage(ended.folder / "engines/m/usage.jsonl")
    assert max(one.rss for one in moments) >= found.engine.peak_rss_bytes
    jsonschema.validate(json.loads((ended.folder / "report.json").read_bytes()), report_schema())
    assert api.rescore(ended.folder).jobs[0].performance == found
    page = (ended.folder / "report.html").read_text(encoding="utf-8")
    assert "Engine memory" in page
